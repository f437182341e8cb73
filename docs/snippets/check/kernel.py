"""L2Norm as SSD has it, in PyTorch: one norm for each position, a scale for each channel."""

import torch


def forward(x, scale):
    d = torch.sqrt(torch.sum(x * x, dim=1, keepdim=True) + 1e-10)
    return scale.reshape(1, -1, 1, 1) * x / d


def backward(dy, x, scale):
    x, scale = x.detach().requires_grad_(), scale.detach().requires_grad_()
    forward(x, scale).backward(dy)
    return x.grad, scale.grad


def wrong(dy, x, scale):  # the scale outside of the inner product
    d = torch.sqrt(torch.sum(x * x, dim=1, keepdim=True) + 1e-10)
    xhat = x / d
    inner = torch.sum(xhat * dy, dim=1, keepdim=True)
    return scale.reshape(1, -1, 1, 1) * (dy - xhat * inner) / d, torch.sum(dy * xhat, dim=(0, 2, 3))
