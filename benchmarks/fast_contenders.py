"""What the benchmark of the fast kernels lets run side by side, each as a function without arguments.

Every contender computes y, dx and dscale of one problem, forward and backward together; `copy` reads x and dy and
writes two arrays, which is the least that any of them can do. A contender whose package is not installed is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from l2norm_ref import fast, l2norm_backward, l2norm_forward

EPS = 1e-10


@dataclass(eq=False)
class Problem:
    """Arrays, and the arguments of the layer.

    Attributes:
        name: what the page calls it.
        shape: of x.
        dtype: of all arrays.
        across_spatial: one norm for each sample instead of each position.
        channel_axis: 1, or -1 for NHWC.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str = "float32"
    across_spatial: bool = False
    channel_axis: int = 1
    x: np.ndarray = field(init=False)
    dy: np.ndarray = field(init=False)
    scale: np.ndarray = field(init=False)
    out: tuple[np.ndarray, np.ndarray] = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(0)
        x, dy = (rng.standard_normal(self.shape, dtype=np.dtype(self.dtype).type) for _ in range(2))
        scale = (20 + rng.standard_normal(self.shape[self.channel_axis])).astype(self.dtype)
        self.x, self.dy, self.scale, self.out = x, dy, scale, (np.zeros_like(x), np.zeros_like(x))

    @property
    def mode(self) -> dict[str, Any]:
        """The arguments of the layer."""
        mode = {"across_spatial": self.across_spatial, "channel_shared": False, "channel_axis": self.channel_axis}
        return mode | {"eps": EPS}

    @property
    def axes(self) -> tuple[int, ...]:
        """The axes that are summed."""
        return tuple(range(1, len(self.shape))) if self.across_spatial else (self.channel_axis % len(self.shape),)

    @property
    def column(self) -> tuple[int, ...]:
        """The shape in which the scale broadcasts."""
        return tuple(-1 if k == self.channel_axis % len(self.shape) else 1 for k in range(len(self.shape)))


Run = Callable[[], Any]


def copy(p: Problem) -> Run:
    def run() -> None:
        np.copyto(p.out[0], p.x)
        np.copyto(p.out[1], p.dy)

    return run


def fresh_copy(p: Problem) -> Run:
    return lambda: (p.x.copy(), p.dy.copy())


def straightforward(p: Problem) -> Run:
    """As one would type it: no `out`, no blocks."""
    gamma = p.scale.reshape(p.column)
    others = tuple(k for k in range(p.x.ndim) if p.column[k] == 1)

    def run():
        d = np.sqrt(np.sum(p.x**2, axis=p.axes, keepdims=True) + p.x.dtype.type(EPS))
        xhat = p.x / d
        y = gamma * xhat
        h = gamma * p.dy
        dx = (h - xhat * np.sum(xhat * h, axis=p.axes, keepdims=True)) / d
        return y, dx, np.sum(p.dy * xhat, axis=others)

    return run


def reference(p: Problem) -> Run:
    def run():
        y, saved = l2norm_forward(p.x, p.scale, precision="plain", **p.mode)
        return y, *l2norm_backward(p.dy, saved)

    return run


def ours(engine: str, threads: int = 1, given: bool = True) -> Callable[[Problem], Run]:
    def build(p: Problem) -> Run:
        out = p.out if given else None
        arguments = {"engine": engine, "threads": threads, **p.mode}
        return lambda: fast.l2norm_forward_backward(p.x, p.scale, p.dy, out, **arguments)

    return build


def torch_eager(p: Problem, compiled: bool = False) -> Run:
    import torch

    torch.set_num_threads(1)
    x, scale = (torch.from_numpy(a).requires_grad_() for a in (p.x, p.scale))
    dy, column = torch.from_numpy(p.dy), p.column

    def layer(x, scale):
        return x * torch.rsqrt((x * x).sum(p.axes, keepdim=True) + EPS) * scale.view(column)

    function: Callable = layer
    if compiled:
        import_module("torch._dynamo").reset()  # else it gives up after eight problems, and takes eager's way
        function = torch.compile(layer, dynamic=False)

    def run():
        y = function(x, scale)
        dx, dscale = torch.autograd.grad(y, (x, scale), dy)
        return y.detach().numpy(), dx.numpy(), dscale.numpy()

    return run


def torch_compiled(p: Problem) -> Run:
    return torch_eager(p, compiled=True)


def jax_jit(p: Problem) -> Run:
    jax = import_module("jax")
    jax.config.update("jax_enable_x64", True)

    def layer(x, scale):
        return x * jax.lax.rsqrt((x * x).sum(p.axes, keepdims=True) + x.dtype.type(EPS)) * scale.reshape(p.column)

    @jax.jit
    def both(x, scale, dy):
        y, back = jax.vjp(layer, x, scale)
        return y, *back(dy)

    arrays = [jax.numpy.asarray(a) for a in (p.x, p.scale, p.dy)]
    return lambda: jax.block_until_ready(both(*arrays))


@dataclass(frozen=True)
class Contender:
    """A row of the table.

    Attributes:
        name: what the page calls it.
        build: makes the function for a problem.
        needs: the package it needs, if any.
        fresh: whether it makes new arrays for its results.
        ours: whether it is of `l2norm_ref.fast`.
        threads: how many it uses.
    """

    name: str
    build: Callable[[Problem], Run]
    needs: str = "numpy"
    fresh: bool = True
    ours: bool = False
    threads: int = 1

    @property
    def installed(self) -> bool:
        """Whether its package can be imported."""
        return find_spec(self.needs) is not None


CONTENDERS = (
    Contender("copy", copy, fresh=False),
    Contender("fast, Numba", ours("numba"), "numba", fresh=False, ours=True),
    Contender("fast, Numba, 2 threads", ours("numba", 2), "numba", fresh=False, ours=True, threads=2),
    Contender("fast, NumPy", ours("numpy"), fresh=False, ours=True),
    Contender("copy, new arrays", fresh_copy),
    Contender("fast, Numba, new arrays", ours("numba", given=False), "numba", ours=True),
    Contender("fast, NumPy, new arrays", ours("numpy", given=False), ours=True),
    Contender("NumPy, straightforward", straightforward),
    Contender('the reference, precision="plain"', reference),
    Contender("PyTorch, eager", torch_eager, "torch"),
    Contender("PyTorch, torch.compile", torch_compiled, "torch"),
    Contender("JAX, jax.jit", jax_jit, "jax"),
)

SHAPES = (
    ("SSD300, conv4_3", (8, 512, 38, 38), False, 1),
    ("SSD512, conv4_3", (4, 512, 64, 64), False, 1),
    ("ParseNet, one norm for each sample", (8, 512, 32, 32), True, 1),
    ("NHWC", (8, 38, 38, 512), False, -1),
    ("tall", (1, 4096, 1, 1), False, 1),
    ("tiny", (1, 3, 4, 4), False, 1),
)
"""Name, shape, across_spatial, channel_axis."""


def problems() -> Iterator[Problem]:
    """One after another, so that the arrays of the one before can go."""
    for name, shape, across, axis in SHAPES:
        for dtype in ("float32", "float64"):
            yield Problem(name, shape, dtype, across_spatial=across, channel_axis=axis)
