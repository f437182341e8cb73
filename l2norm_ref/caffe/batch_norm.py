"""`BatchNorm`: the layer as an object, with Caffe's three blobs, its scratch buffers, and when they change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from l2norm_ref._arguments import flag, refusal
from l2norm_ref.caffe import _batch_norm_passes as passes
from l2norm_ref.caffe._checks import checked_shape, float_field, real_array
from l2norm_ref.caffe._layer import Layer


class BatchNorm(Layer):
    r"""Caffe's `BatchNorm` layer, CPU path, call for call: normalization without gamma and beta (that is `Scale`).

        y = (x - mean) / sigma,   sigma = sqrt(var + eps),   dx = (dy - mean(dy) - y mean(y dy)) / sigma

    Means run over samples and positions, var is the biased variance. With global statistics mean and var come from the
    blobs, and dx = dy / sigma. The state is three blobs of sums, which each forward pass in training changes (with or
    without a backward pass), for batches of m = N*S elements a channel and lambda = moving_average_fraction:

        blobs[0] = lambda * blobs[0] + mean,   blobs[1] = lambda * blobs[1] + var * m / (m - 1),   (m = 1: + var)
        blobs[2] = lambda * blobs[2] + 1;      the estimates are blobs[0] / blobs[2] and blobs[1] / blobs[2]

    Args:
        use_global_stats: True normalizes with the estimates and leaves the blobs alone. None: if the phase is TEST.
        moving_average_fraction: lambda. Rounded to float32 whatever the dtype, as the 32-bit field of the parameter.
        eps: Added to the variance. Rounded to float32 likewise.
        phase: "TRAIN" or "TEST".
        dtype: "float32" or "float64".
        lr_mult: The lr_mult of the `param` entries of the prototxt, at most three. Caffe appends 0 for those missing
            and aborts on any other number. (A net that is loaded with exactly three entries has them removed before.)

    Attributes:
        blobs, diffs: Lists of three arrays of shapes (C,), (C,), (1,), settable in place; zeros, made by `set_up` or
            the first `forward`. The solver never changes the blobs, as lr_mult is 0; the diffs stay 0.
        lr_mult: Always (0.0, 0.0, 0.0).
        use_global_stats, moving_average_fraction, eps: As the layer uses them.
        mean_, variance_, temp_, x_norm_, batch_sum_multiplier_, spatial_sum_multiplier_, num_by_chans_: Scratch. After
            a forward pass `variance_` holds sigma.
        calls: None, or a list to which every call is appended as a `Call`, with the blobs' names as arguments.

    Sharp edges, kept: blobs[2] = 0 counts as estimates of 0, so that an untrained layer in TEST gives x / sqrt(eps).

    Source: weiliu89/caffe, branch ssd, commit 4817bf8b42, src/caffe/layers/batch_norm_layer.cpp, lines 9 to 242.

    Example:
        >>> layer = BatchNorm(eps=0, dtype="float64")
        >>> layer.forward(np.array([[1.0], [2.0], [6.0]])).round(6).tolist()
        [[-0.92582], [-0.46291], [1.38873]]
        >>> [blob.round(6).tolist() for blob in layer.blobs]  # the variance is 14/3, and 7 after the correction
        [[3.0], [7.0], [1.0]]
        >>> layer.backward(np.array([[1.0], [0.0], [0.0]])).round(6).tolist()
        [[0.176347], [-0.220433], [0.044087]]
    """

    def __init__(
        self,
        use_global_stats: bool | None = None,
        moving_average_fraction: float = 0.999,
        eps: float = 1e-5,
        phase: str = "TRAIN",
        dtype: str = "float32",
        *,
        lr_mult: Sequence[float] = (),
    ) -> None:
        super().__init__(dtype)
        if phase not in ("TRAIN", "TEST"):
            raise ValueError(f"phase={phase!r}: expected 'TRAIN' or 'TEST'")
        if not isinstance(use_global_stats, bool | np.bool_ | None):
            raise refusal(TypeError, "use_global_stats", "True, False or None", use_global_stats)
        self.use_global_stats = phase == "TEST" if use_global_stats is None else bool(use_global_stats)
        self.moving_average_fraction = float_field("moving_average_fraction", moving_average_fraction, dtype)
        self.eps = float_field("eps", eps, dtype)
        self.lr_mult = _lr_mult(lr_mult)
        self._channels = 0

    def set_up(self, shape: Sequence[int], blobs: Sequence[Any] | None = None) -> None:
        """Run `LayerSetUp` for a bottom of this shape, so that the blobs are there before the first `forward`.

        Args:
            shape: (N, C) or (N, C, ...).
            blobs: Weights to start from, copied: sums of the means and of the variances, and their factor. Default: 0.

        Raises:
            TypeError, ValueError: no such shape, or blobs that do not fit.
        """
        shape = checked_shape("x", shape, 2, "Caffe asks for shape(1) in line 55 and aborts")
        shapes = ((shape[1],), (shape[1],), (1,))
        self._load([np.zeros(s) for s in shapes] if blobs is None else blobs, shapes)
        self._channels, self._frame = shape[1], None

    def forward(self, x: Any, *, in_place: bool = False) -> np.ndarray:
        """Run `Forward_cpu`.

        Args:
            x: Shape (N, C) or (N, C, ...), converted to the layer's dtype and not changed.
            in_place: The top is the bottom. The results are the same bit for bit.

        Returns:
            The top, of x's shape.

        Raises:
            TypeError: x is no array of real numbers.
            ValueError: x has one axis, is empty, or has other channels than the layer was set up with.
        """
        bottom, in_place = real_array("x", x, self.dtype), flag("in_place", in_place)
        shape = checked_shape("x", bottom.shape, 2, "Caffe asks for shape(1) in line 55 and aborts")
        if not self._channels:
            self.set_up(shape, self.blobs or None)  # Caffe, too, leaves blobs that are there
        if shape[1] != self._channels:
            raise ValueError(
                f"x has {shape[1]} channels: expected {self._channels}, as set up (Caffe's CHECK in line 55)"
            )
        self._check_blobs()
        self._reshape(shape)
        bottom_diff = np.zeros_like(bottom)
        frame = self._frame = passes.Frame(
            num=shape[0],
            channels=shape[1],
            spatial_dim=bottom.size // (shape[0] * shape[1]),
            use_global_stats=self.use_global_stats,
            in_place=in_place,
            eps=self.eps,
            moving_average_fraction=self.moving_average_fraction,
            top=bottom if in_place else np.zeros_like(bottom),
            bottom=bottom,
            top_diff=bottom_diff if in_place else np.zeros_like(bottom),
            bottom_diff=bottom_diff,
            blobs_=tuple(self.blobs),
            mean_=self.mean_,
            variance_=self.variance_,
            temp_=self.temp_,
            x_norm_=self.x_norm_,
            x_norm_diff=self._x_norm_diff,
            batch_sum_multiplier_=self.batch_sum_multiplier_,
            spatial_sum_multiplier_=self.spatial_sum_multiplier_,
            num_by_chans_=self.num_by_chans_,
        )
        with np.errstate(all="ignore"):  # C++ does not warn
            passes.forward_cpu(frame, self._do)
        return frame.top.copy()

    def backward(self, dy: Any, *, propagate_down: bool = True) -> np.ndarray:
        """Run `Backward_cpu`: overwrite the bottom's diff. No blob and no diff of a blob changes.

        Args:
            dy: The gradient of the top, of its shape.
            propagate_down: Ignored, as the source ignores it; here for the sake of one signature for all layers.

        Returns:
            The diff of the bottom, of x's shape.

        Raises:
            RuntimeError: there was no `forward`.
            TypeError, ValueError: dy is no array of real numbers, or has another shape than the top.
        """
        if self._frame is None:
            raise RuntimeError("backward before forward: the layer needs x_norm_ and temp_ of the last forward")
        self._top_diff(dy, self._frame)
        with np.errstate(all="ignore"):
            passes.backward_cpu(self._frame, self._do)
        return self._frame.bottom_diff.copy()

    def _reshape(self, shape: tuple[int, ...]) -> None:
        """Lines 52 to 84. What is not resized there has the right size already."""
        (num, channels), zeros = shape[:2], lambda *s: np.zeros(s, self.dtype)
        spatial_dim = int(np.prod(shape[2:]))
        self.mean_, self.variance_, self.num_by_chans_ = zeros(channels), zeros(channels), zeros(num * channels)
        self.temp_, self.x_norm_, self._x_norm_diff = zeros(*shape), zeros(*shape), zeros(*shape)
        self.batch_sum_multiplier_, self.spatial_sum_multiplier_ = zeros(num) + 1, zeros(spatial_dim) + 1


def _lr_mult(entries: Sequence[float]) -> tuple[float, float, float]:
    """Lines 37 to 48."""
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        raise refusal(TypeError, "lr_mult", "a sequence of numbers, one for each param entry", entries)
    if len(entries) > 3:
        raise ValueError(f"lr_mult has {len(entries)} entries: expected at most 3, one for each blob")
    for k, entry in enumerate(entries):
        if float_field(f"lr_mult[{k}]", entry, "float32") != 0:
            raise ValueError(
                f"lr_mult[{k}] = {entry!r}: expected 0; the statistics are not learned by the solver, and Caffe aborts "
                "(CHECK in batch_norm_layer.cpp, line 44)"
            )
    return 0.0, 0.0, 0.0
