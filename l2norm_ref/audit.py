"""L2Norm in public code: which divisor, which eps, which sum, and whether its gradient is the derivative.

A light reader of `data/implementations.json`: it needs nothing but Python. Each row names a file at a commit; a layer
whose source could not be found again is not here. The words are those of the page "Implementations in the wild".

    >>> from l2norm_ref import audit
    >>> [row.framework for row in audit.rows() if row.verdict == "differs" and row.gradient == "run"]
    ['Caffe (branch ssd of weiliu89)', 'Paddle']
    >>> row = audit.by_id("mxnet")
    >>> row.convention, row.eps, row.verdict, row.forward, row.gradient
    ('add_inside', '1e-10', 'derivative', 'run', 'run')
    >>> row.url.rpartition("/")[2]
    'l2_normalization-inl.h#L73-L111'
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

VERDICTS = {
    "derivative": "the gradient is the derivative of the layer's own forward pass",
    "exceptions": "it is the derivative, but for the inputs that are named",
    "differs": "it is not the derivative, or not in the case that is named",
    "forward differs": "the forward pass is not the scale times x / d in the case that is named",
    "none": "the layer has no gradient",
}
STATUSES = {
    "run": "the layer itself was executed",
    "transcribed": "its formula was typed again from the source, and that was executed",
    "read": "its source was read",
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One implementation, as it was read.

    Attributes:
        id: A short name, that of the row's anchor on the page.
        framework: The framework or project.
        name: What the layer is called there.
        repository: Owner and name on GitHub.
        path: The file.
        commit: The commit or the release's tag at which it was read.
        lines: The lines, `"first-last"`; empty where only the file is known.
        convention: The divisor, as `l2norm_forward` calls it (`eps_mode`).
        eps: The default, as it is typed there; "none", "required" (there is no default) or "not read".
        sums: What the squares are summed over, in words.
        scale: The layer's own scale, in words.
        backward: Who wrote the gradient: "autograd", "hand-written", "none", with details.
        verdict: A key of `VERDICTS`.
        note: What the verdict leaves open.
        forward: How the forward pass is known, a key of `STATUSES`.
        gradient: How the gradient is known, a key of `STATUSES`; empty where there is none.
        presets: The names in `l2norm_ref.presets` that mean this layer.
        exhibits: The names in `l2norm_ref.exhibits` that compute what it computes otherwise.
    """

    id: str
    framework: str
    name: str
    repository: str
    path: str
    commit: str
    lines: str
    convention: str
    eps: str
    sums: str
    scale: str
    backward: str
    verdict: str
    note: str
    forward: str
    gradient: str
    presets: tuple[str, ...]
    exhibits: tuple[str, ...]

    @property
    def url(self) -> str:
        """The page that shows the source as it was read."""
        first, _, last = self.lines.partition("-")
        anchor = f"#L{first}" + (f"-L{last}" if last else "") if first else ""
        return f"https://github.com/{self.repository}/blob/{self.commit}/{self.path}{anchor}"


@cache
def _data() -> dict[str, Any]:
    return json.loads(files("l2norm_ref").joinpath("data", "implementations.json").read_text("utf-8"))


def date() -> str:
    """The day for which the rows hold.

    Example:
        >>> date()
        '2026-11-20'
    """
    return _data()["date"]


@cache
def rows() -> tuple[Row, ...]:
    """All rows: SSD's layer first, then frameworks that train, then engines that only run forward.

    Example:
        >>> rows()[0].framework, rows()[0].verdict
        ('Caffe (branch ssd of weiliu89)', 'differs')
    """
    return tuple(_row(entry) for entry in _data()["implementations"])


def _row(entry: dict[str, Any]) -> Row:
    lists: dict[str, Any] = {name: tuple(entry[name]) for name in ("presets", "exhibits")}
    return Row(**{**entry, **lists})


def by_id(id: str) -> Row:
    """The row of that id.

    Raises:
        KeyError: There is none; the message lists them.

    Example:
        >>> by_id("torch").name
        'torch.nn.functional.normalize'
    """
    for row in rows():
        if row.id == id:
            return row
    raise KeyError(f"no row {id!r}; there are {', '.join(row.id for row in rows())}")
