"""What a preset is: a read-only mapping of keyword arguments that knows where they come from."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

STATUSES = {
    "run": "the layer itself was run, and its results compared with the preset's",
    "transcribed": "its formula was typed again from the source, and that was run",
    "read": "its source was read",
}


def float32(value: float) -> float:
    """The float32 nearest to the value, exactly, as the float64 that `eps` is: 1e-10 becomes 1.000000013351432e-10."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


def arguments(
    eps_mode: str,
    eps: float,
    *,
    across_spatial: bool = False,
    channel_shared: bool = False,
    channel_axis: int = 1,
    axes: tuple[int, ...] | str | None = None,
) -> tuple[tuple[str, Any], ...]:
    """The keyword arguments of `l2norm_forward`, all spelled out; `axes` stands in the place of `across_spatial`."""
    over = {"across_spatial": across_spatial} if axes is None else {"axes": axes}
    shared = {"channel_shared": channel_shared, "channel_axis": channel_axis}
    return tuple({"eps_mode": eps_mode, "eps": eps, **over, **shared}.items())


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Preset(Mapping[str, Any]):
    """Keyword arguments for `l2norm_forward`, and the source that they were read from.

    Its docstring, `preset.__doc__`, says all of it in words.

    Attributes:
        name: Its name in `presets`.
        framework: The framework or project, and what the layer is called there.
        repository: Owner and name on GitHub.
        path: The file.
        commit: The commit or the release's tag at which the file was read.
        lines: The lines, `"first-last"`; empty where only the file is known.
        version: The version that was run; empty where none was.
        status: `"run"`, `"transcribed"` or `"read"`, see `STATUSES`.
        scale: The layer's own scale: its shape and the value that it starts from; `"none"` without.
        eps_text: What the framework says of eps: its default, and the type that holds it.
        note: Where the preset ends: what the layer does that `l2norm_forward` does not.
        arguments: The keyword arguments as pairs; the preset itself is the mapping.
    """

    name: str
    framework: str
    repository: str
    path: str
    commit: str
    lines: str = ""
    version: str = ""
    status: str = "read"
    scale: str = "none"
    eps_text: str = ""
    note: str = ""
    arguments: tuple[tuple[str, Any], ...]

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise ValueError(f"status: expected one of {', '.join(STATUSES)}, got {self.status!r}")
        run = f", version {self.version}" if self.version else ""
        text = f"{self.framework}.\n\n{self.source}{run} ({self.status}: {STATUSES[self.status]}).\n{self.url}\n"
        text += f"\nScale: {self.scale}. eps: {self.eps_text}.\n"
        object.__setattr__(self, "__doc__", text + (f"\n{self.note}\n" if self.note else ""))

    @property
    def source(self) -> str:
        """Repository, file, lines and commit in one line."""
        lines = f":{self.lines}" if self.lines else ""
        return f"{self.repository}: {self.path}{lines} at {self.commit}"

    @property
    def url(self) -> str:
        """The page that shows the source as it was read."""
        first, _, last = self.lines.partition("-")
        anchor = f"#L{first}" + (f"-L{last}" if last else "") if first else ""
        return f"https://github.com/{self.repository}/blob/{self.commit}/{self.path}{anchor}"

    def __getitem__(self, key: str) -> Any:
        return dict(self.arguments)[key]

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self.arguments))

    def __len__(self) -> int:
        return len(self.arguments)

    def __or__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments with some of them replaced: `presets.OPENVINO_ADD | {"eps": 1e-6}`."""
        return {**self, **other} if isinstance(other, Mapping) else NotImplemented

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(f'{key}={value!r}' for key, value in self.items())})"
