"""Exhibits that are right for inputs of ordinary size, and not where eps takes part."""

from __future__ import annotations

import numpy as np

from l2norm_ref.exhibits._exhibit import Axes, Exhibit, Source
from l2norm_ref.exhibits._truth import total


def mindspore(dy, x, scale, eps: float, axes: Axes):
    """dx = (dy - y <y,dy>) / (n if n >= eps else eps), y = x / sqrt(max(s, eps)).

    The forward pass clamps s at eps, so n at sqrt(eps); the backward pass clamps n at eps. Below the clamp the
    derivative is dy / sqrt(eps), without a projection.

    Source: mindspore-ai/mindspore, commit 243b4dbcad, mindspore/ccsrc/plugin/device/cpu/kernel/
    l2normalize_grad_cpu_kernel.cc, lines 200 to 217.

    Example:
        >>> x, dy = np.array([[3.0, 4.0]]), np.array([[1.0, 0.0]])
        >>> mindspore(dy, x, None, 25.0, (1,)).round(9).tolist()  # eps = 25: in the forward pass just at the clamp
        [[0.0256, -0.0192]]
    """
    s = total(x * x, axes)
    n = np.sqrt(s)
    y = x / np.sqrt(np.maximum(s, eps))
    return (dy - y * total(y * dy, axes)) / np.where(n >= eps, n, eps)


def deeplearning4j(dy, x, scale, eps: float, axes: Axes):
    """dx = dy / max(n, eps) - x <x,dy> / max(n**3, eps), where y = x / max(n, eps).

    n**3 falls below eps long before n does. Between, and below n = eps, the projection is not the derivative's.

    Source: deeplearning4j/deeplearning4j, commit 7d601a86a7, L2NormalizeVertex.java, lines 94 to 132.

    Example:
        >>> deeplearning4j(np.ones((1, 1)), np.array([[0.001]]), None, 1e-8, (1,)).round(6).tolist()  # derivative: 0
        [[900.0]]
    """
    n = np.sqrt(total(x * x, axes))
    return dy / np.maximum(n, eps) - x * total(x * dy, axes) / np.maximum(n**3, eps)


def caffe2(dy, x, scale, eps: float, axes: Axes):
    """dx = dy / d - x <x,dy> / d**3, d = max(n, eps), below the clamp too.

    Source: pytorch/pytorch, commit 20a276a71b, caffe2/operators/normalize_op.cc, lines 21 to 32.

    Example:
        >>> caffe2(np.array([[1.0, 0.0]]), np.array([[3.0, 4.0]]), None, 10.0, (1,)).round(9).tolist()
        [[0.091, -0.012]]
    """
    d = np.maximum(np.sqrt(total(x * x, axes)), eps)
    return dy / d - x * total(x * dy, axes) / d**3


def paddle(dy, x, scale, eps: float, axes: Axes):
    """dx = dy / d - a x / (n + eps) * <x,dy> / d**2, d = max(n, eps), a = 1, 1/2, 0 above, at, below the clamp.

    The derivative of n is x / n; x / (n + eps) stands for it, which keeps 0/0 away at x = 0.

    Source: PaddlePaddle/Paddle, commit 0370ca91f1, paddle/phi/kernels/cpu/p_norm_grad_kernel.cc, lines 89 to 94.

    Example:
        >>> paddle(np.array([[1.0, 0.0]]), np.array([[3.0, 4.0]]), None, 1.0, (1,)).round(9).tolist()
        [[0.14, -0.08]]
    """
    n = np.sqrt(total(x * x, axes))
    d = np.maximum(n, eps)
    share = np.where(n > eps, 1.0, np.where(n == eps, 0.5, 0.0))
    return dy / d - share * x / (n + eps) * total(x * dy, axes) / d**2


def l2n(dy, x, scale, eps: float, axes: Axes):
    """dx = dy / (n + eps) - x <x,dy> / (n**3 + eps), where y = x / (n + eps).

    The derivative has n (n + eps)**2 in the place of n**3 + eps.

    Source: xuzhenqi/caffe, commit 2d438a1b8e, src/caffe/layers/l2n_layer.cpp, lines 53 to 85.

    Example:
        >>> l2n(np.array([[1.0]]), np.array([[1.0]]), None, 1.0, (1,)).tolist()  # the derivative is 0.25
        [[0.0]]
    """
    n = np.sqrt(total(x * x, axes))
    return dy / (n + eps) - x * total(x * dy, axes) / (n**3 + eps)


_READ = "Read, and its arithmetic typed again; it was not run."
_MINDSPORE = "mindspore/ccsrc/plugin/device/cpu/kernel/"

MINDSPORE = Exhibit(
    name="mindspore",
    title="MindSpore, CPU: another clamp than the forward pass",
    framework="MindSpore (L2NormalizeGrad, CPU)",
    source=Source(
        "mindspore-ai/mindspore",
        "243b4dbcad22f2404be2e1887b3829ac9259576c",
        _MINDSPORE + "l2normalize_grad_cpu_kernel.cc",
        (200, 217),
    ),
    also=(
        Source(
            "mindspore-ai/mindspore",
            "2cd6c4c22bfe859c9059057e1263d8ea2a20f177",
            _MINDSPORE + "l2_normalize_cpu_kernel.cc",
            (98, 115),
        ),
    ),
    status="transcribed",
    evidence=_READ,
    what="The forward pass clamps the sum of squares at eps, the backward pass the norm, and it keeps the projection "
    "below the clamp.",
    formula="dx = (dy - y <y,dy>) / (n if n >= eps else eps), y = x / sqrt(max(s, eps))",
    right="where n >= sqrt(eps) and n >= eps; with the default eps = 1e-4, from n = 1e-2 on",
    eps_mode="clamp_sum",
    eps=1e-4,
    backward=mindspore,
)

DEEPLEARNING4J = Exhibit(
    name="deeplearning4j",
    title="Deeplearning4j: the cube clamped as well",
    framework="Deeplearning4j (L2NormalizeVertex)",
    source=Source(
        "deeplearning4j/deeplearning4j",
        "7d601a86a7374894473cea5ddad904086d624b66",
        "deeplearning4j/deeplearning4j-nn/src/main/java/org/deeplearning4j/nn/graph/vertex/impl/L2NormalizeVertex.java",
        (94, 132),
    ),
    status="transcribed",
    evidence=_READ,
    what="The norm and its cube are clamped at the same eps, and the cube falls below it first.",
    formula="dx = dy / max(n, eps) - x <x,dy> / max(n^3, eps)",
    right="where n^3 >= eps and n >= eps; with the default eps = 1e-8, from n = 2.2e-3 on",
    eps_mode="clamp_norm",
    eps=1e-8,
    backward=deeplearning4j,
)

CAFFE2 = Exhibit(
    name="caffe2",
    title="Caffe2: projection kept below the clamp",
    framework="Caffe2 (Normalize)",
    source=Source(
        "pytorch/pytorch",
        "20a276a71b8954b931e181d15c18846a828030a8",
        "caffe2/operators/normalize_op.cc",
        (21, 32),
    ),
    status="transcribed",
    evidence=_READ,
    what="Below the clamp the denominator is constant, and nothing should be projected away.",
    formula="dx = dy / d - x <x,dy> / d^3, d = max(n, eps)",
    right="where n >= eps, and at x = 0; the default eps is 1e-12",
    eps_mode="clamp_norm",
    eps=1e-12,
    backward=caffe2,
)

PADDLE = Exhibit(
    name="paddle",
    title="Paddle: x / (n + eps) for the derivative of n",
    framework="Paddle 3.3.1 (nn.functional.normalize)",
    source=Source(
        "PaddlePaddle/Paddle",
        "0370ca91f1194ef04872b6dde07d5600ab77b358",
        "paddle/phi/kernels/cpu/p_norm_grad_kernel.cc",
        (89, 94),
    ),
    status="run",
    evidence="paddlepaddle 3.3.1 (CPU) was run on 2026-11-21: this function reproduces its gradients to 1e-14 of the "
    "natural magnitude. tests/exhibits/test_exhibits.py does so again where it is installed. eps is a float32 there.",
    what="The norm's derivative x / n is replaced by x / (n + eps), and the maximum passes on one half at the tie.",
    formula="dx = dy / d - a x / (n + eps) <x,dy> / d^2, d = max(n, eps), a = 1, 1/2, 0 above, at, below the clamp",
    right="below the clamp and at x = 0; above it the error is about eps / n, far below rounding for the default eps = "
    "1e-12 and inputs of ordinary size",
    eps_mode="clamp_norm",
    eps=1e-12,
    backward=paddle,
)

L2N = Exhibit(
    name="l2n",
    title="L2N of a Caffe fork: eps added to the cube",
    framework="a fork of Caffe (L2N)",
    source=Source(
        "xuzhenqi/caffe",
        "2d438a1b8e70bfdd6c4748a2147265620a04eed8",
        "src/caffe/layers/l2n_layer.cpp",
        (53, 85),
    ),
    status="transcribed",
    evidence=_READ + " Its default eps was not read; 1e-10 is used here.",
    what="eps is added to the cube of the norm, where the derivative has n (n + eps)^2.",
    formula="dx = dy / (n + eps) - x <x,dy> / (n^3 + eps)",
    right="where eps is negligible beside n and beside n^3, and at x = 0",
    eps_mode="add_outside",
    eps=1e-10,
    backward=l2n,
)
