"""What a prototxt says, as far as BatchNorm, Scale and Normalize are concerned: `Net`, `Layer` and their parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

PHASES = ("TRAIN", "TEST")
EXPLAINED = {"BatchNorm": "batch_norm_param", "Scale": "scale_param", "Normalize": "norm_param"}


def _empty() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Param:
    """A `param { }` entry: the multipliers for one learned blob.

    Attributes:
        line: Where the entry begins.
        lr_mult, decay_mult: As written, or Caffe's default 1.
        lines: The lines of the fields that are written.
        name: What the blob is shared under; empty if it is not.
    """

    line: int
    lr_mult: float = 1.0
    decay_mult: float = 1.0
    name: str = ""
    lines: Mapping[str, int] = field(default_factory=_empty)


@dataclass(frozen=True)
class Rule:
    """An `include { }` or `exclude { }` rule. `conditional` rules also depend on the net's stages or level."""

    line: int
    phase: str | None = None
    conditional: bool = False


@dataclass(frozen=True)
class Unknown:
    """A field that Caffe does not know, and so refuses to load: its name, the block that it is in, and its line."""

    name: str
    block: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A layer of a net. Of a type other than BatchNorm, Scale and Normalize, little more than how it is connected.

    Attributes:
        index: Its place in the file, from 0.
        name, type, bottoms, tops: As in the file; the type of the old format is an upper-case word.
        line: Where it begins.
        lines: The line of each field that is written, by path: "name", "batch_norm_param.eps".
        parameter: For the three types, every field of their parameter block, with Caffe's defaults where nothing is
            written; a filler is a mapping likewise. Fields without default are None. Numbers are float32, as Caffe's.
        param: The `param` entries.
        include, exclude: The rules.
        phase: What `phase` says, directly in the layer: it overrides the net's phase.
        unknown: Fields that Caffe does not know (looked for in the three types only).
        blocks: The parameter blocks that are written, whatever layer they belong to.
        bias_term: Of a Convolution, Deconvolution or InnerProduct: whether it has a bias. Else None.
        negative_slope: Of a ReLU.
        batch_size: Of a layer that brings data in: the batch size, where it can be seen.
        loss: Whether it adds to the loss: by its type, or by a loss_weight.
    """

    index: int
    name: str
    type: str
    bottoms: tuple[str, ...] = ()
    tops: tuple[str, ...] = ()
    line: int = 1
    lines: Mapping[str, int] = field(default_factory=_empty)
    parameter: Mapping[str, Any] = field(default_factory=_empty)
    param: tuple[Param, ...] = ()
    include: tuple[Rule, ...] = ()
    exclude: tuple[Rule, ...] = ()
    phase: str | None = None
    unknown: tuple[Unknown, ...] = ()
    blocks: tuple[str, ...] = ()
    bias_term: bool | None = None
    negative_slope: float = 0.0
    batch_size: int | None = None
    loss: bool = False

    @property
    def in_place(self) -> bool:
        """Whether the first top is the first bottom."""
        return bool(self.bottoms and self.tops) and self.bottoms[0] == self.tops[0]

    @property
    def phases(self) -> tuple[str, ...]:
        """The phases in which the rules let it be: those that depend on stages or levels are taken as met."""
        return tuple(phase for phase in PHASES if self._active(phase))

    def _active(self, phase: str) -> bool:
        if self.include:
            return any(rule.phase in (None, phase) for rule in self.include)
        return not any(rule.phase in (None, phase) and not rule.conditional for rule in self.exclude)

    @property
    def conditional(self) -> bool:
        """Whether it also depends on the net's stages or level, which a prototxt does not tell."""
        return any(rule.conditional for rule in (*self.include, *self.exclude))

    def written(self, path: str) -> bool:
        """Whether a field of the parameter block is written, such as "eps" or "filler.value"."""
        return f"{EXPLAINED.get(self.type)}.{path}" in self.lines

    def line_of(self, path: str) -> int:
        """The line of a field of the parameter block; where it is not written that of the block, or of the layer."""
        block = EXPLAINED.get(self.type, "")
        return self.lines.get(f"{block}.{path}", self.lines.get(block, self.line))

    def multipliers(self, blob: int) -> Param:
        """The `param` entry of a blob, or Caffe's defaults."""
        return self.param[blob] if blob < len(self.param) else Param(self.line)


@dataclass(frozen=True, kw_only=True)
class Net:
    """A net as a prototxt describes it.

    Attributes:
        file: What it was read from, for messages.
        name: As in the file.
        layers: All layers, in the order of the file.
        inputs: The blobs of `input` fields, with their batch sizes where they can be seen.
        unknown: Fields outside the layers that Caffe does not know.
        state_line: Where the net says in which phase, stages and level it is (`state`), if it does.
        old_format: Whether it has `layers` (the format of 2014, in which there is no BatchNorm, Scale or Normalize).
    """

    file: str
    name: str = ""
    layers: tuple[Layer, ...] = ()
    inputs: Mapping[str, int | None] = field(default_factory=_empty)
    unknown: tuple[Unknown, ...] = ()
    state_line: int | None = None
    old_format: bool = False
