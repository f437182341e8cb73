"""What `BatchNorm` and `Scale` share: loading of weights, what comes in, and the record of the calls.

A frame is a dataclass with what the passes see. Its arrays are blobs; a recorded call names them as the frame does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from l2norm_ref._arguments import refusal
from l2norm_ref.caffe import math_functions
from l2norm_ref.caffe._calls import Call
from l2norm_ref.caffe._checks import real_array


class Layer:
    """The dtype, the blobs with their diffs, and the calls; a subclass has the passes."""

    def __init__(self, dtype: str) -> None:
        if dtype not in ("float32", "float64"):
            raise ValueError(f"dtype={dtype!r}: expected 'float32' or 'float64'")
        self.dtype = dtype
        self.calls: list[Call] | None = None
        self.blobs: list[np.ndarray] = []
        self.diffs: list[np.ndarray] = []
        self._frame: Any = None
        self._blob_shapes: tuple[tuple[int, ...], ...] = ()

    def _load(self, blobs: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> None:
        """New blobs with copies of these values, and diffs of 0."""
        if not isinstance(blobs, Sequence | np.ndarray):
            raise refusal(TypeError, "blobs", f"a sequence of {len(shapes)} arrays", blobs)
        if len(blobs) != len(shapes):
            raise ValueError(f"blobs: expected {len(shapes)} arrays, got {len(blobs)}")
        loaded = [real_array(f"blobs[{k}]", blob, self.dtype) for k, blob in enumerate(blobs)]
        for k, (blob, shape) in enumerate(zip(loaded, shapes, strict=True)):
            if blob.shape != shape:
                raise ValueError(f"blobs[{k}] has shape {blob.shape}: expected {shape}")
        self.blobs, self.diffs = loaded, [np.zeros_like(blob) for blob in loaded]
        self._blob_shapes = tuple(shapes)

    def _check_blobs(self) -> None:
        """Another array in one of the lists has to be like the one that was there: a pass writes through flat views."""
        for name in ("blobs", "diffs"):
            arrays, shapes = getattr(self, name), self._blob_shapes
            if len(arrays) != len(shapes):
                raise ValueError(f"{name}: expected {len(shapes)} arrays, got {len(arrays)}")
            for k, (array, shape) in enumerate(zip(arrays, shapes, strict=True)):
                good = isinstance(array, np.ndarray) and array.shape == shape and array.dtype == self.dtype
                if not good or not array.flags.c_contiguous or not array.flags.writeable:
                    expected = f"a contiguous, writeable {self.dtype} array of shape {shape}"
                    raise refusal(ValueError, f"{name}[{k}]", f"{expected}; write into it, {name}[{k}][...] =", array)

    def _top_diff(self, dy: Any, frame: Any) -> None:
        """Copy the gradient of the top to where the backward pass expects it."""
        dy = real_array("dy", dy, self.dtype)
        if dy.shape != frame.top.shape:
            raise ValueError(f"dy has shape {dy.shape}: expected {frame.top.shape}, the shape of the top")
        frame.top_diff[...] = dy

    def _do(self, line: int, name: str, *arguments: Any) -> Any:
        result = getattr(math_functions, name)(*arguments)
        if self.calls is not None:
            blobs = named(self._frame)
            shown = tuple(_shown(argument, blobs) for argument in arguments)
            if result is None:
                target, value = _home(arguments[-1], blobs)
                self.calls.append(Call(line, name, shown, target, value.copy()))
            else:
                self.calls.append(Call(line, name, shown, "", np.array(result)))
        return result


def named(frame: Any) -> dict[str, np.ndarray]:
    """The blobs of a frame by name; those of a tuple are numbered, as Caffe's `blobs_` are."""
    result = {}
    for name, value in vars(frame).items():
        if isinstance(value, np.ndarray):
            result[name] = value
        elif isinstance(value, tuple):
            result |= {f"{name}[{k}]": blob for k, blob in enumerate(value)}
    return result


def _home(pointer: np.ndarray, blobs: dict[str, np.ndarray]) -> tuple[str, np.ndarray]:
    """The blob that a pointer points into."""
    return next((name, blob) for name, blob in blobs.items() if np.may_share_memory(pointer, blob))


def _shown(argument: Any, blobs: dict[str, np.ndarray]) -> Any:
    """A pointer by the name of its blob and its offset; anything else as it is."""
    if not isinstance(argument, np.ndarray):
        return argument
    name, blob = _home(argument, blobs)
    offset = blob.size - argument.size  # a pointer reaches to the end of its blob
    return f"{name} + {offset}" if offset else name
