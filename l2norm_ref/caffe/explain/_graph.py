"""Who feeds whom in one phase of a net. A blob that a layer rewrites in place is another one from there on."""

from __future__ import annotations

from l2norm_ref.caffe.net import EXPLAINED, PHASES, Layer, Net

# Layers whose top has as many samples as their bottom.
_KEEP_BATCH = frozenset(
    """
    AbsVal BatchNorm Bias BNLL Concat Convolution Crop Deconvolution Dropout Eltwise ELU Exp Flatten InnerProduct LRN
    Log MVN Normalize Permute Pooling Power PReLU ReLU Scale Sigmoid Softmax Split SPP TanH
    """.split()  # noqa: SIM905
)
_WITH_BIAS = ("Convolution", "Deconvolution", "InnerProduct")


class Graph:
    """The layers that are active in a phase, and their connections.

    Attributes:
        phase: "TRAIN" or "TEST".
        layers: The active layers, in order.
        batch_norms: The names of the active BatchNorm layers.
        batch_norm_of: The name of the first BatchNorm that reads a blob, by the blob's name.
    """

    def __init__(self, net: Net, phase: str) -> None:
        self.phase = phase
        self.layers = [layer for layer in net.layers if phase in layer.phases]
        self.batch_norms: set[str] = set()
        self.batch_norm_of: dict[str, str] = {}
        self._sources: dict[int, list[Layer | None]] = {}
        self._consumers: dict[tuple[int, str], list[Layer]] = {}
        self._batch: dict[int, int | None] = {}
        latest: dict[str, Layer] = {}
        for layer in self.layers:
            if layer.type == "BatchNorm":
                self.batch_norms.add(layer.name)
                self.batch_norm_of.setdefault(layer.bottoms[0] if layer.bottoms else "", layer.name)
            sources = self._sources[layer.index] = [latest.get(blob) for blob in layer.bottoms]
            for blob, source in zip(layer.bottoms, sources, strict=True):
                if source is not None:
                    self._consumers.setdefault((source.index, blob), []).append(layer)
            self._batch[layer.index] = self._batch_of(layer, net)
            latest.update(dict.fromkeys(layer.tops, layer))

    def source(self, layer: Layer) -> Layer | None:
        """The layer that wrote the first bottom, if it is in the net."""
        return next(iter(self._sources[layer.index]), None)

    def consumers(self, layer: Layer) -> list[Layer]:
        """The layers that read the first top, before and while it is rewritten in place."""
        return self._consumers.get((layer.index, layer.tops[0]), []) if layer.tops else []

    def batch(self, layer: Layer) -> int | None:
        """The number of samples that the layer gets at once, if the net tells."""
        return self._batch[layer.index]

    def _batch_of(self, layer: Layer, net: Net) -> int | None:
        if not layer.bottoms:
            return layer.batch_size
        source = self._sources[layer.index][0]
        if source is None:
            return net.inputs.get(layer.bottoms[0])
        return self._batch[source.index] if source.type in _KEEP_BATCH or not source.bottoms else None


def phases_of(net: Net) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The phases in which a net can run as it stands, and notes on the others.

    A net that brings in its data but has no loss is not trained; one whose data are there in one phase only is not run
    in the other. A fragment without data is explained in both.
    """
    sources = [layer for layer in net.layers if not layer.bottoms and layer.tops and layer.type not in EXPLAINED]
    if not sources and not net.inputs:
        return PHASES, ()
    phases, notes = [], []
    for phase in PHASES:
        if not net.inputs and not any(phase in layer.phases for layer in sources):
            notes.append(f"no data layer is active in {phase}, which is left out")
        elif phase == "TRAIN" and not any(layer.loss and phase in layer.phases for layer in net.layers):
            notes.append("there is no loss, so it is taken as a net that is not trained: TRAIN is left out")
        else:
            phases.append(phase)
    return (tuple(phases), tuple(notes)) if phases else (PHASES, ())


def has_bias(layer: Layer) -> bool:
    """Whether the layer ends by adding something learned."""
    if layer.type in _WITH_BIAS:
        return bool(layer.bias_term)
    return layer.type == "Bias" or (layer.type == "Scale" and layer.parameter["bias_term"])


def is_affine(layer: Layer) -> bool:
    """Whether it is one of the layers with weights and, unless told otherwise, a bias."""
    return layer.type in _WITH_BIAS


def learned(layer: Layer, blob: int = 0) -> bool:
    """Whether the solver changes a blob."""
    return layer.multipliers(blob).lr_mult != 0


def global_stats(layer: Layer, phase: str) -> bool:
    """Whether a BatchNorm normalizes with its stored statistics in a phase of the net."""
    given = layer.parameter["use_global_stats"]
    return (layer.phase or phase) == "TEST" if given is None else given
