"""`Normalize`: the layer as an object, with Caffe's blobs and scratch buffers, their shapes, and when they change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from l2norm_ref._arguments import flag
from l2norm_ref.caffe import _passes, math_functions
from l2norm_ref.caffe._calls import Call
from l2norm_ref.caffe._checks import float_field, real_array


class Normalize:
    r"""Caffe's `Normalize` layer (L2Norm), CPU path, call for call; its gradient as it is.

        y = gamma * x / d,   d = sqrt(sum of x**2 + eps),   dx = gamma * (dy - x <x,dy> / d**2) / d

    The dx is what the layer computes, not the derivative, unless gamma is the same for all channels; the derivative is
    `l2norm_ref.l2norm_backward`'s. The sum runs over channels and positions (across_spatial) or channels only.

    Args:
        across_spatial: One norm for each sample instead of one for each position. Caffe's default; SSD says false.
        channel_shared: One scale instead of one for each channel. Caffe's default; SSD says false.
        eps: Added to the sum of squares. Rounded to float32 whatever the dtype, as the 32-bit field of the parameter.
        scale: What the scale is filled with, a number or an array of shape (C,). A `scale_filler` of the type
            "constant" without a value means 0 in Caffe; here that is `scale=0.0`.
        dtype: "float32", "float64", or None: the same calls on symbols (needs SymPy). Then `forward` and `backward`
            take names, or duck arrays of the read-back, and return such arrays; the scale is the symbol gamma.

    Attributes:
        blobs, diffs: Lists with one array, shape () or (C,): the scale and its gradient, settable in place. Made by
            the first `forward`, or at once where the shape is known. The diff accumulates: `diffs[0][...] = 0` clears.
        norm_, buffer_, buffer_channel_, buffer_spatial_, sum_channel_multiplier_, sum_spatial_multiplier_: Scratch.
        param_propagate_down: Like Caffe's; [False] is `lr_mult: 0`, and leaves the scale's diff alone.
        calls: None, or a list to which every call is appended as a `Call`.

    Sharp edges, kept: a scale of 0 makes the gradient of that scale NaN (0/0); a layer run in place returns dx = 0.
    Not kept: in Caffe a batch that grows under across_spatial is written past the end of `norm_`; here it is an error.

    Source: weiliu89/caffe, branch ssd, commit 4817bf8b42, src/caffe/layers/normalize_layer.cpp, lines 9 to 224.

    Example:
        >>> layer = Normalize(across_spatial=False, channel_shared=False, scale=[1.0, 2.0], dtype="float64")
        >>> layer.forward(np.array([[3.0, 4.0]])).round(6).tolist()
        [[0.6, 1.6]]
        >>> layer.backward(np.array([[1.0, 0.0]])).round(6).tolist()  # the derivative is (0.128, -0.096)
        [[0.128, -0.192]]
        >>> layer.diffs[0].round(6).tolist(), layer.norm_.shape, layer.buffer_.shape
        ([0.6, 0.0], (1, 1, 1, 1), (1, 2, 1, 1))
    """

    def __init__(
        self,
        across_spatial: bool = True,
        channel_shared: bool = True,
        eps: float = 1e-10,
        scale: Any = 1.0,
        dtype: str | None = "float32",
    ) -> None:
        if dtype not in ("float32", "float64", None):
            raise ValueError(f"dtype={dtype!r}: expected 'float32', 'float64' or None")
        self.across_spatial = flag("across_spatial", across_spatial)
        self.channel_shared = flag("channel_shared", channel_shared)
        self.dtype = dtype
        self.param_propagate_down = [True]
        self.calls: list[Call] | None = None
        self.blobs: list[Any] = []
        self.diffs: list[Any] = []
        self._frame: _passes.Frame | None = None
        self._set_up_shape: tuple[int, ...] | None = None
        self._math: Any = math_functions
        if dtype is None:
            from l2norm_ref.caffe.symbols import Symbols

            self._math = Symbols()
            return
        self.eps = float_field("eps", eps, dtype)
        self._scale = real_array("scale", scale, dtype)
        if self._scale.ndim > 1 or (channel_shared and self._scale.ndim):
            expected = "()" if channel_shared else "() or (C,)"
            raise ValueError(f"scale has shape {self._scale.shape}: expected {expected}")
        if channel_shared or self._scale.ndim:
            self._make_blobs(self._scale)

    def forward(self, x: Any, *, in_place: bool = False) -> Any:
        """Run `Forward_cpu`.

        Args:
            x: Shape (N, C), (N, C, H) or (N, C, H, W), converted to the layer's dtype and not changed.
            in_place: The top is the bottom, as where a prototxt names the same blob twice. Then `backward` returns 0.

        Returns:
            The top, of x's shape.

        Raises:
            ValueError: x has other than 2 to 4 axes, or a shape that Caffe would run out of a buffer with.
            TypeError: x is no array of real numbers; or the layer runs on symbols, and x is neither a name nor a duck
                array of the read-back.
        """
        frame = self._frame = (
            self._symbolic_frame(x, in_place) if self.dtype is None else self._numeric_frame(x, in_place)
        )
        with np.errstate(all="ignore"):  # C++ does not warn
            _passes.forward_cpu(frame, self._do)
        return self._result(frame.top)

    def backward(self, dy: Any, *, propagate_down: bool = True) -> Any:
        """Run `Backward_cpu`: add to the scale's diff, and overwrite the bottom's.

        Args:
            dy: The gradient of the top, of its shape.
            propagate_down: False skips the bottom, as Caffe does where nothing below learns.

        Returns:
            The diff of the bottom, of x's shape; None without `propagate_down`.

        Raises:
            RuntimeError: there was no `forward`.
            TypeError, ValueError: dy is no array of real numbers, or has another shape than the top.
        """
        if self._frame is None:
            raise RuntimeError("backward before forward: the layer needs the norms of the last forward")
        frame = replace(self._frame, scale=self.blobs[0], scale_diff=self.diffs[0])
        if self.dtype is None:
            frame.top_diff[0] = self._math.value(dy, "ncs")
            frame.top_diff.name = dy if isinstance(dy, str) else "dy"
        else:
            dy = real_array("dy", dy, self.dtype)
            if dy.shape != frame.top.shape:
                raise ValueError(f"dy has shape {dy.shape}: expected {frame.top.shape}, the shape of the top")
            frame.top_diff[...] = dy
        with np.errstate(all="ignore"):
            if self.param_propagate_down[0]:
                _passes.backward_scale(frame, self._do)
            if propagate_down:
                _passes.backward_bottom(frame, self._do)
        return self._result(frame.bottom_diff) if propagate_down else None

    def _do(self, line: int, name: str, *arguments: Any) -> Any:
        result = getattr(self._math, name)(*arguments)
        if self.calls is not None:
            target = arguments[-1] if result is None else result
            value = getattr(target, "content", target) if self.dtype is None else np.array(target)
            shown = tuple(getattr(a, "name", a) for a in arguments) if self.dtype is None else ()
            self.calls.append(Call(line, name, shown, getattr(target, "name", ""), value))
        return result

    def _result(self, blob: Any) -> Any:
        return blob.content if self.dtype is None else blob.copy()

    def _make_blobs(self, scale: np.ndarray) -> None:
        self.blobs, self.diffs = [np.array(scale, dtype=self.dtype)], [np.zeros_like(scale, dtype=self.dtype)]

    def _numeric_frame(self, x: Any, in_place: bool) -> _passes.Frame:
        bottom = real_array("x", x, self.dtype)  # a copy: Caffe owns its blobs
        if not 2 <= bottom.ndim <= 4:
            raise ValueError(f"x has {bottom.ndim} axes: expected 2 to 4, (N, C), (N, C, H) or (N, C, H, W)")
        shape = (*bottom.shape, 1, 1)[:4]
        if self._set_up_shape is None:
            self._layer_set_up(shape)
        self._reshape(shape)
        num, channels, spatial_dim = shape[0], shape[1], shape[2] * shape[3]
        bottom_diff = np.zeros_like(bottom)
        return self._make_frame(
            samples=range(num),
            sizes=(num, channels, spatial_dim, self.norm_.size),
            bottom=bottom,
            top=bottom if in_place else np.zeros_like(bottom),
            bottom_diff=bottom_diff,
            top_diff=bottom_diff if in_place else np.zeros_like(bottom),
        )

    def _make_frame(self, samples: Any, sizes: tuple[Any, ...], **data: Any) -> _passes.Frame:
        num, channels, spatial_dim, norm_count = sizes
        return _passes.Frame(
            at=self._math.at,
            reciprocal=self._math.reciprocal,
            samples=samples,
            num=num,
            channels=channels,
            spatial_dim=spatial_dim,
            norm_count=norm_count,
            across_spatial=self.across_spatial,
            channel_shared=self.channel_shared,
            eps=self.eps,
            scale=self.blobs[0],
            scale_diff=self.diffs[0],
            norm=self.norm_,
            buffer=self.buffer_,
            buffer_channel=self.buffer_channel_,
            buffer_spatial=self.buffer_spatial_,
            ones_channel=self.sum_channel_multiplier_,
            ones_spatial=self.sum_spatial_multiplier_,
            **data,
        )

    def _layer_set_up(self, shape: tuple[int, ...]) -> None:
        """Lines 9 to 61."""
        (num, channels, height, width), zeros = shape, lambda *s: np.zeros(s, self.dtype)
        self._set_up_shape = shape
        self.norm_ = zeros(num, 1, 1, 1) if self.across_spatial else zeros(num, 1, height, width)
        self.buffer_channel_, self.buffer_spatial_ = zeros(1, channels, 1, 1), zeros(1, 1, height, width)
        self.sum_channel_multiplier_ = zeros(1, channels, 1, 1) + 1
        self.sum_spatial_multiplier_ = zeros(1, 1, height, width) + 1
        if not self.blobs:
            self._make_blobs(np.broadcast_to(self._scale, (channels,)))
        if not self.channel_shared and self.blobs[0].shape != (channels,):
            self._set_up_shape = None
            raise ValueError(f"the scale has shape {self.blobs[0].shape}: expected ({channels},), as x has channels")

    def _reshape(self, shape: tuple[int, ...]) -> None:
        """Lines 64 to 82, and the two ways in which what they do not resize is too small."""
        num, channels, height, width = shape
        if self.across_spatial and num > self.norm_.size:
            raise ValueError(
                f"the batch grew from {self.norm_.size} to {num} samples: norm_ keeps the size of LayerSetUp under "
                "across_spatial, and Caffe would write past its end (normalize_layer.cpp, lines 71 and 104)"
            )
        if channels > self.buffer_channel_.size or (not self.channel_shared and channels != self.blobs[0].size):
            raise ValueError(
                f"x has {channels} channels and the layer was set up with {self.buffer_channel_.size}: Caffe does not "
                "resize buffer_channel_, sum_channel_multiplier_ and the scale, and would read past their end"
            )
        self.buffer_ = np.zeros((1, channels, height, width), self.dtype)
        if not self.across_spatial:
            self.norm_ = np.zeros((num, 1, height, width), self.dtype)
        if height * width != self.sum_spatial_multiplier_.size:
            self.sum_spatial_multiplier_ = np.ones((1, 1, height, width), self.dtype)
            self.buffer_spatial_ = np.zeros((1, 1, height, width), self.dtype)

    def _symbolic_frame(self, x: Any, in_place: bool) -> _passes.Frame:
        from l2norm_ref.caffe.symbols import set_up
        from l2norm_ref.emit.tracer import Traced

        if not isinstance(x, str | Traced) or in_place:
            raise TypeError(f"dtype=None: x is {x!r}, {in_place=}: expected a name or a Traced array, not in place")

        sizes, blobs = set_up(self, self._math, x)
        return self._make_frame(samples=(0,), sizes=sizes, **blobs)
