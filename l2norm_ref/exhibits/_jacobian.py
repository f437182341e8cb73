"""Exhibits in which the Jacobian is missing, or only part of it is there."""

from __future__ import annotations

import numpy as np

from l2norm_ref.exhibits._exhibit import Axes, Exhibit, Source
from l2norm_ref.exhibits._truth import per_channel, total


def darknet_cpu(dy, x, scale, eps: float, axes: Axes):
    """dx = dy: what comes from above is passed on.

    Source: pjreddie/darknet, commit f6afaabcdf, src/l2norm_layer.c, lines 43 to 47.

    Example:
        >>> darknet_cpu(np.array([[1.0, 0.0]]), np.array([[3.0, 4.0]]), None, 0.0, (1,)).tolist()
        [[1.0, 0.0]]
    """
    return dy * 1.0


def darknet_gpu(dy, x, scale, eps: float, axes: Axes):
    """dx = dy + (1 - y) / n, with n = 1 where x is 0.

    Source: pjreddie/darknet, commit f6afaabcdf, src/l2norm_layer.c, lines 57 to 61; src/blas_kernels.cu, lines 472
    to 499.

    Example:
        >>> darknet_gpu(np.zeros((1, 2)), np.array([[3.0, 4.0]]), None, 0.0, (1,)).round(9).tolist()  # although dy = 0
        [[0.08, 0.04]]
    """
    n = np.sqrt(total(x * x, axes))
    n = np.where(n == 0, 1.0, n)
    return dy + (1 - x / n) / n


def numpynet(dy, x, scale, eps: float, axes: Axes):
    """dx = dy + (1 - y) / d, d = sqrt(s + eps).

    Source: Nico-Curti/NumPyNet, commit 777db4f1f6, NumPyNet/layers/l2norm_layer.py, lines 98 to 143.

    Example:
        >>> numpynet(np.array([[1.0, 0.0]]), np.array([[3.0, 4.0]]), None, 0.0, (1,)).round(9).tolist()
        [[1.08, 0.04]]
    """
    d = np.sqrt(total(x * x, axes) + eps)
    return dy + (1 - x / d) / d


def diagonal(dy, x, scale, eps: float, axes: Axes):
    """dx = dy * (1 - y**2) / n: the diagonal of the Jacobian (I - y y^T) / n, without the rest.

    Source: wyharveychen/TransferNeuralTrees, commit 28aced71cd, TNT_layers/L2NormLayers.m, lines 22 to 24 and 37 to 39.

    Example:
        >>> diagonal(np.array([[1.0, 0.0]]), np.array([[3.0, 4.0]]), None, 0.0, (1,)).round(9).tolist()
        [[0.128, 0.0]]
    """
    n = np.sqrt(total(x * x, axes))
    return dy * (1 - (x / n) ** 2) / n


def sum_of_x(dy, x, scale, eps: float, axes: Axes):
    """dx = dy * (1 - x sum(x) / d**2) / d, d = sqrt(s + eps): sum(x) * dy_i in place of <x,dy>.

    Source: a comment in PaddlePaddle/Paddle, commit 2ccdd1a251, paddle/phi/kernels/cpu/norm_grad_kernel.cc, lines 68
    and 69. The code below it computes <x,dy>, and is right.

    Example:
        >>> sum_of_x(np.array([[1.0, 1.0]]), np.array([[3.0, 4.0]]), None, 0.0, (1,)).round(9).tolist()  # right
        [[0.032, -0.024]]
        >>> sum_of_x(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]), None, 0.0, (1,)).round(9).tolist()
        [[0.032, -0.048]]
    """
    d = np.sqrt(total(x * x, axes) + eps)
    return dy * (1 - x * total(x, axes) / d**2) / d


def eps_dropped(dy, x, scale, eps: float, axes: Axes):
    """dx = (h - x <x,h> / s) / d, d = sqrt(s + eps): the projection divides by s where it should by s + eps.

    Not found in the wild by us with a source: a change of our own, which shows what it takes to see eps.

    Example:
        >>> eps_dropped(np.array([[1.0, 0.0]]), np.array([[3.0, 4.0]]), None, 75.0, (1,)).round(9).tolist()
        [[0.064, -0.048]]
    """
    s = total(x * x, axes)
    h = per_channel(scale, x) * dy
    along = np.divide(total(x * h, axes), s, out=np.zeros_like(s), where=s > 0)
    return (h - x * along) / np.sqrt(s + eps)


_DARKNET = ("pjreddie/darknet", "f6afaabcdf85f77e7aff2ec55c020c0e297c77f9")
_READ = "Read, and its arithmetic typed again."

DARKNET_CPU = Exhibit(
    name="darknet-cpu",
    title="darknet, CPU: no Jacobian",
    framework="darknet (l2norm)",
    source=Source(*_DARKNET, "src/l2norm_layer.c", (43, 47)),
    also=(Source(*_DARKNET, "src/blas.c", (126, 144)),),
    status="transcribed",
    evidence=_READ,
    what="The gradient from above is passed on as it is; the line that would have added something is commented out.",
    formula="dx = dy",
    right="nowhere in general",
    eps_mode="none",
    eps=0.0,
    backward=darknet_cpu,
)

DARKNET_GPU = Exhibit(
    name="darknet-gpu",
    title="darknet, GPU: a sum instead of a product",
    framework="darknet (l2norm)",
    source=Source(*_DARKNET, "src/l2norm_layer.c", (57, 61)),
    also=(Source(*_DARKNET, "src/blas_kernels.cu", (472, 499)),),
    status="transcribed",
    evidence=_READ,
    what="A term that does not depend on the loss is added to the gradient from above. The diagonal of the Jacobian is "
    "(1 - y^2) / n; it looks as if the square was lost.",
    formula="dx = dy + (1 - y) / n",
    right="nowhere in general",
    eps_mode="none",
    eps=0.0,
    backward=darknet_gpu,
)

NUMPYNET = Exhibit(
    name="numpynet",
    title="NumPyNet: a sum instead of a product",
    framework="NumPyNet (L2Norm_layer)",
    source=Source(
        "Nico-Curti/NumPyNet",
        "777db4f1f625d9ba61c944fee5b6073ea7e68f1a",
        "NumPyNet/layers/l2norm_layer.py",
        (98, 143),
    ),
    status="transcribed",
    evidence=_READ + " The project's own tests say that this backward pass is not right yet.",
    what="The same as in darknet's GPU code, with a denominator of its own.",
    formula="dx = dy + (1 - y) / d",
    right="nowhere in general",
    eps_mode="add_inside",
    eps=1e-8,
    backward=numpynet,
)

DIAGONAL = Exhibit(
    name="diagonal",
    title="TransferNeuralTrees: only the diagonal",
    framework="TransferNeuralTrees (L2NormLayers)",
    source=Source(
        "wyharveychen/TransferNeuralTrees",
        "28aced71cd464e42733d52a7550b0c7e877ba103",
        "TNT_layers/L2NormLayers.m",
        (22, 39),
    ),
    status="transcribed",
    evidence=_READ,
    what="Each element is differentiated by itself alone: the Jacobian without what is off its diagonal.",
    formula="dx = dy * (1 - y^2) / n",
    right="where only one element of each norm is not 0, for instance with one channel",
    eps_mode="none",
    eps=0.0,
    backward=diagonal,
)

SUM_OF_X = Exhibit(
    name="sum-of-x",
    title="sum(x) in place of the inner product",
    framework="a comment in Paddle (norm_grad)",
    source=Source(
        "PaddlePaddle/Paddle",
        "2ccdd1a251d88266eb421e3b15dc086be47f04a1",
        "paddle/phi/kernels/cpu/norm_grad_kernel.cc",
        (68, 69),
    ),
    status="read",
    evidence="A comment, which is not run; the code below it is right. The comment's root leaves eps out, which is not "
    "repeated here.",
    what="dy is taken out of the sum, as if it were the same for all elements.",
    formula="dx = dy * (1 - x sum(x) / d^2) / d",
    right="where dy is the same for all elements of a norm: a check with dy = 1 does not see it",
    eps_mode="add_inside",
    eps=1e-10,
    backward=sum_of_x,
)

EPS_DROPPED = Exhibit(
    name="eps-dropped",
    title="eps left out of the projection (our own change)",
    framework="none",
    source=None,
    status="ours",
    evidence="A change of our own, without a source: it shows what it takes to see eps.",
    what="The projection divides by s, as if the denominator were the norm.",
    formula="dx = (h - x <x,h> / s) / d",
    right="where eps is negligible beside s, and at x = 0",
    eps_mode="add_inside",
    eps=1e-10,
    has_scale=True,
    backward=eps_dropped,
)
