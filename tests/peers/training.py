"""Peers with a gradient. Each function takes x, dy, the scale and the preset, and returns what the peer makes of them.

A forward pass may be typed here where a project's formula is run instead of its code (status "transcribed"); a gradient
never: it is the framework's own.
"""

from __future__ import annotations

from importlib import import_module

import numpy as np


def _torch_run(forward, x, dy, scale):
    torch = import_module("torch")
    leaf = torch.from_numpy(x.copy()).requires_grad_()
    gamma = None if scale is None else torch.from_numpy(scale.copy()).requires_grad_()
    y = forward(leaf) if gamma is None else forward(leaf, gamma)
    y.backward(torch.from_numpy(dy.copy()))
    found = {"y": y.detach().numpy(), "dx": leaf.grad.numpy()}
    return found if gamma is None else found | {"dscale": gamma.grad.numpy()}


def torch_normalize(x, dy, scale, preset):
    return _torch_run(import_module("torch").nn.functional.normalize, x, dy, scale)


def torchvision_ssd(x, dy, scale, preset):
    """The real feature extractor, with everything but its normalisation taken out."""
    torch = import_module("torch")
    ssd = import_module("torchvision.models.detection.ssd")
    extractor = ssd.SSDFeatureExtractorVGG(import_module("torchvision.models").vgg16(weights=None).features, False)
    extractor.features, extractor.extra = torch.nn.Identity(), torch.nn.ModuleList()
    extractor.scale_weight = torch.nn.Parameter(torch.from_numpy(scale.copy()))
    found = _torch_run(lambda leaf: extractor(leaf)["0"], x, dy, None)
    return found | {"dscale": extractor.scale_weight.grad.numpy()}


def ssd_pytorch(x, dy, scale, preset):
    """ssd.pytorch, MMDetection and the tutorial: x over its norm, with or without eps added."""

    def forward(leaf, gamma):
        norm = leaf.pow(2).sum(dim=1, keepdim=True).sqrt() + preset["eps"]
        return gamma.view(1, -1, 1, 1) * (leaf / norm)

    return _torch_run(forward, x, dy, scale)


def keras_normalize(x, dy, scale, preset):
    return _torch_run(import_module("keras").ops.normalize, x, dy, scale)


def keras_layer(x, dy, scale, preset):
    return _torch_run(import_module("keras").layers.UnitNormalization(), x, dy, scale)


def keras_constraint(x, dy, scale, preset):
    return {"y": _torch_run(import_module("keras").constraints.UnitNorm(), x, dy, scale)["y"]}


def _paddle_run(forward, x, dy):
    paddle = import_module("paddle")
    leaf = paddle.to_tensor(x, stop_gradient=False)
    y = forward(leaf)
    (dx,) = paddle.grad(y, leaf, grad_outputs=paddle.to_tensor(dy))
    return {"y": y.numpy(), "dx": dx.numpy()}


def paddle_norm(x, dy, scale, preset):
    operators = import_module("paddle")._C_ops

    def forward(leaf):
        result = operators.norm(leaf, 1, preset["eps"], False)
        return result[0] if isinstance(result, tuple | list) else result

    return _paddle_run(forward, x, dy)


def paddle_normalize(x, dy, scale, preset):
    return _paddle_run(import_module("paddle").nn.functional.normalize, x, dy)


def flax_normalize(x, dy, scale, preset):
    jax, normalization = import_module("jax"), import_module("flax.linen.normalization")
    y, pull_back = jax.vjp(normalization._l2_normalize, x)
    return {"y": np.asarray(y), "dx": np.asarray(pull_back(dy)[0])}
