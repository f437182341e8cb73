"""`Scale`: the layer as an object, with the bias that it may have, and when its diffs are added to or overwritten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from l2norm_ref._arguments import flag, refusal
from l2norm_ref.caffe import _scale_passes as passes
from l2norm_ref.caffe._checks import checked_shape, integer_field, real_array
from l2norm_ref.caffe._layer import Layer

Shape = tuple[int, ...]


class Scale(Layer):
    r"""Caffe's `Scale` layer, CPU path, call for call: multiplies by a scale, and adds a bias if there is one.

        y = scale * x + bias,   dx = scale * dy,   dscale = sum of x * dy,   dbias = sum of dy

    The scale has the shape x.shape[axis : axis + num_axes] and is the same along all other axes.

    Args:
        scale: What the scale is filled with: a number, or an array of its shape. A `filler { }` without a value means 0
            in Caffe (here `scale=0.0`); only without any filler it is 1. Caffe rounds a filler's number to float32, a
            32-bit field; here it is taken as it is.
        axis: The first axis of the scale; negative counts from the end.
        num_axes: How many axes it has; 0 is a scalar, -1 all up to the last.
        bias_term: Whether a bias of the scale's shape is added, and learned.
        bias: What the bias is filled with. Without `bias_term` it is ignored, as Caffe ignores `bias_filler`.
        dtype: "float32" or "float64".

    Attributes:
        blobs, diffs: Lists of the scale and, with `bias_term`, the bias, settable in place. Made by `set_up` or the
            first `forward`. With a second bottom for the scale, only the bias.
        second_diff: The diff of the second bottom after `backward`; overwritten each time. None with one bottom.
        param_propagate_down: Like Caffe's, one for each blob; False is `lr_mult: 0`, and leaves that diff alone.
        temp_, sum_result_, sum_multiplier_: Scratch. `temp_` is empty unless the layer runs in place.
        calls: None, or a list to which every call is appended as a `Call`, with the blobs' names as arguments.

    Sharp edges, kept:
        The scale's diff is overwritten, not added to, where the axes before `axis` have size 1 and the scale has more
        than one element (so with axis=1 and a batch of one), and where the scale has as many elements as x. Then
        gradients of several passes do not accumulate. The diff of the bias always accumulates.
        In place, `backward` leaves x * dy where it had kept x (unless the scale has as many elements as x), so a second
        `backward` for one `forward` gives a wrong gradient of the scale.

    Source: weiliu89/caffe, branch ssd, commit 4817bf8b42, src/caffe/layers/scale_layer.cpp, lines 11 to 218, and
    bias_layer.cpp, lines 9 to 111.

    Example:
        >>> layer = Scale(scale=[1.0, 2.0], bias_term=True, bias=[0.0, 5.0], dtype="float64")
        >>> layer.forward(np.array([[3.0, 4.0], [1.0, 1.0]])).tolist()
        [[3.0, 13.0], [1.0, 7.0]]
        >>> layer.backward(np.array([[1.0, 1.0], [0.0, 1.0]])).tolist()
        [[1.0, 2.0], [0.0, 2.0]]
        >>> [diff.tolist() for diff in layer.diffs]
        [[3.0, 5.0], [1.0, 2.0]]
    """

    def __init__(
        self,
        scale: Any = 1.0,
        axis: int = 1,
        num_axes: int = 1,
        bias_term: bool = False,
        bias: Any = 0.0,
        dtype: str = "float32",
    ) -> None:
        super().__init__(dtype)
        self.axis, self.num_axes = integer_field("axis", axis), integer_field("num_axes", num_axes)
        if self.num_axes < -1:
            raise ValueError(f"num_axes={num_axes}: expected -1 or more")
        self.bias_term = flag("bias_term", bias_term)
        self._scale, self._bias = real_array("scale", scale, dtype), real_array("bias", bias, dtype)
        self.param_propagate_down = [True] * (1 + self.bias_term)
        self.second_diff: np.ndarray | None = None
        self._bottoms = 0

    def set_up(self, shape: Sequence[int], second: Sequence[int] | None = None, *, blobs: Any = None) -> None:
        """Run `LayerSetUp` for bottoms of these shapes, so that the blobs are there before the first `forward`.

        Args:
            shape: Of the first bottom.
            second: Of the second bottom, if the scale is one.
            blobs: Weights to start from, copied, instead of what the layer fills them with.

        Raises:
            TypeError, ValueError: the scale does not fit the bottom, or the blobs do not fit.
        """
        shapes = self._shapes(checked_shape("x", shape, 1, "it has no axis to scale"), second)
        if blobs is None:
            fill = {"scale": self._scale} if second is None else {}
            fill |= {"bias": self._bias} if self.bias_term else {}
            for (name, value), expected in zip(fill.items(), shapes, strict=True):
                if value.shape not in ((), expected):
                    raise ValueError(f"{name} has shape {value.shape}: expected () or {expected}")
            blobs = [np.broadcast_to(value, s) for value, s in zip(fill.values(), shapes, strict=True)]
        self._load(blobs, shapes)
        kept = [True, True, *self.param_propagate_down]  # what is missing in front is true
        self.param_propagate_down = kept[len(kept) - len(shapes) :]
        self._bottoms, self._frame, self.second_diff = 1 if second is None else 2, None, None

    def forward(self, x: Any, second: Any = None, *, in_place: bool = False) -> np.ndarray:
        """Run `Forward_cpu`.

        Args:
            x: Of one or more axes, converted to the layer's dtype and not changed.
            second: The scale as a second bottom, of the shape of the axes of x from `axis` on. Then nothing but a bias
                is learned, and `scale` and `num_axes` do not matter.
            in_place: The top is the (first) bottom. The results are the same bit for bit.

        Returns:
            The top, of x's shape.

        Raises:
            TypeError: x or second is no array of real numbers.
            ValueError: the scale does not fit x, or the number of bottoms is not that of the set-up.
        """
        bottom, in_place = real_array("x", x, self.dtype), flag("in_place", in_place)
        shape = checked_shape("x", bottom.shape, 1, "it has no axis to scale")
        factor = None if second is None else real_array("second", second, self.dtype)
        bottoms = 1 if factor is None else 2
        if not self._bottoms:
            self.set_up(shape, None if factor is None else factor.shape, blobs=self.blobs or None)
        if bottoms != self._bottoms:
            raise ValueError(f"forward with {bottoms} bottoms: expected {self._bottoms}, as set up")
        self._check_blobs()
        if factor is None:
            factor, factor_diff = self.blobs[0], self.diffs[0]
        else:
            factor_diff = self.second_diff = np.zeros_like(factor)
        frame = self._frame = self._reshape(bottom, factor, factor_diff, in_place)
        with np.errstate(all="ignore"):  # C++ does not warn
            passes.forward_cpu(frame, self._do)
        return frame.top.copy()

    def backward(self, dy: Any, *, propagate_down: bool | Sequence[bool] = True) -> np.ndarray | None:
        """Run `Backward_cpu`: the bias first, then the scale, then overwrite the bottom's diff.

        Args:
            dy: The gradient of the top, of its shape.
            propagate_down: False skips the bottom, as Caffe does where nothing below learns. With two bottoms one for
                each, or one for both.

        Returns:
            The diff of the (first) bottom, of x's shape; None if it was skipped.

        Raises:
            RuntimeError: there was no `forward`.
            TypeError, ValueError: dy is no array of real numbers, or has another shape than the top.
        """
        if self._frame is None:
            raise RuntimeError("backward before forward: the layer needs the bottom of the last forward")
        down = self._propagate_down(propagate_down)
        self._check_blobs()
        frame: passes.Frame = self._frame
        if frame.scale_param:
            frame = replace(frame, scale=self.blobs[0], scale_diff=self.diffs[0])
        if self.bias_term:
            frame = replace(frame, bias=self.blobs[-1], bias_diff=self.diffs[-1])
        self._frame = frame
        self._top_diff(dy, frame)
        with np.errstate(all="ignore"):
            if frame.bias_diff is not None and self.param_propagate_down[-1]:
                passes.backward_bias(frame, frame.bias_diff, self._do)
            if self.param_propagate_down[0] if frame.scale_param else down[1]:
                passes.backward_scale(frame, self._do)
            if down[0]:
                passes.backward_bottom(frame, self._do)
        return frame.bottom_diff.copy() if down[0] else None

    def _propagate_down(self, value: Any) -> list[bool]:
        """One for each bottom."""
        if isinstance(value, bool | np.bool_):
            return [bool(value)] * self._bottoms
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise refusal(TypeError, "propagate_down", "True, False or a sequence of these, one for each bottom", value)
        if len(value) != self._bottoms:
            raise ValueError(f"propagate_down has {len(value)} elements: expected {self._bottoms}, one for each bottom")
        return [flag(f"propagate_down[{k}]", entry) for k, entry in enumerate(value)]

    def _shapes(self, shape: Shape, second: Sequence[int] | None) -> list[Shape]:
        """The shapes of the blobs: lines 17 to 33, and 44 to 54 for a bias."""
        if second is not None:
            return [checked_shape("second", second, 0, "")] * self.bias_term
        start = self._start(shape)
        stop = len(shape) if self.num_axes == -1 else start + self.num_axes
        if stop > len(shape):
            raise ValueError(f"axis={self.axis}, num_axes={self.num_axes}: the scale extends past x, of shape {shape}")
        return [shape[start:stop]] * (1 + self.bias_term)

    def _start(self, shape: Shape) -> int:
        """The axis, counted from the beginning."""
        if not -len(shape) <= self.axis < len(shape):
            raise ValueError(f"axis={self.axis}: expected one of x, of shape {shape}")
        return self.axis % len(shape)

    def _reshape(self, bottom: np.ndarray, scale: np.ndarray, scale_diff: np.ndarray, in_place: bool) -> passes.Frame:
        """Lines 75 to 114. A scalar counts as before the first axis, whatever `axis` is."""
        shape = bottom.shape
        start = self._start(shape) if scale.ndim else 0
        stop = start + scale.ndim
        if shape[start:stop] != scale.shape:
            raise ValueError(f"x has shape {shape}: expected {scale.shape}, the scale's, from axis {start} on")
        outer_dim, inner_dim = int(np.prod(shape[:start])), int(np.prod(shape[stop:]))
        self.temp_ = np.zeros(shape if in_place else 0, self.dtype)
        self.sum_result_ = np.zeros(outer_dim * scale.size, self.dtype)
        self.sum_multiplier_ = np.ones(max(outer_dim, inner_dim), self.dtype)
        bottom_diff = np.zeros_like(bottom)
        return passes.Frame(
            outer_dim=outer_dim,
            scale_dim=scale.size,
            inner_dim=inner_dim,
            in_place=in_place,
            scale_param=self._bottoms == 1,
            top=bottom if in_place else np.zeros_like(bottom),
            bottom=bottom,
            top_diff=bottom_diff if in_place else np.zeros_like(bottom),
            bottom_diff=bottom_diff,
            scale=scale,
            scale_diff=scale_diff,
            bias=self.blobs[-1] if self.bias_term else None,
            bias_diff=self.diffs[-1] if self.bias_term else None,
            temp_=self.temp_,
            sum_result_=self.sum_result_,
            sum_multiplier_=self.sum_multiplier_,
            bias_multiplier_=np.ones(inner_dim, self.dtype),
        )
