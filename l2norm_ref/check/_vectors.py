"""Test vectors in a folder, for kernels in other languages: inputs and right results as .npy files, and what came back.

    manifest.json           the variant and, for each case, its name, dtype, shapes and tolerances
    <case>/x.npy, dy.npy, scale.npy                         the inputs
    <case>/expected_y.npy, expected_dx.npy, expected_dscale.npy
    <case>/y.npy, dx.npy, dscale.npy                        to be written by the kernel

Arrays are C-contiguous, little-endian, in the .npy format 1.0. A kernel that has no backward pass writes y.npy only.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from l2norm_ref import _arguments as arguments
from l2norm_ref import l2norm_backward, l2norm_forward
from l2norm_ref.check import _tolerance
from l2norm_ref.check._fixtures import Fixture, fixtures
from l2norm_ref.check._l2norm import check_l2norm, dtypes_of
from l2norm_ref.check._mode import KEYWORDS, Mode, resolve
from l2norm_ref.check._report import Report

VERSION = 1
MANIFEST = "manifest.json"


class VectorsError(ValueError):
    """A folder that does not hold vectors of this kind."""


def write_vectors(
    folder: str | os.PathLike[str],
    *,
    dtypes: Iterable[str] = ("float32", "float64"),
    has_scale: bool = True,
    rank: int | None = None,
    **mode: Any,
) -> Path:
    """Write the inputs of `check_l2norm` and the right results into a new folder.

    Args:
        folder: Where; it must not exist, or be empty.
        dtypes: As in `check_l2norm`.
        has_scale: As in `check_l2norm`.
        rank: As in `check_l2norm`.
        **mode: As in `check_l2norm`.

    Returns:
        The path of the manifest. The folder appears whole or not at all.

    Raises:
        TypeError, ValueError: As `check_l2norm`, or the folder is no path.
        FileExistsError: The folder has something in it.

    Example:
        >>> import json, tempfile
        >>> from l2norm_ref import presets
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     manifest = json.loads(write_vectors(f"{folder}/v", **presets.SSD_CAFFE).read_text())
        >>> manifest["mode"]["eps_mode"], manifest["cases"][0]["inputs"]["x"]["shape"]
        ('add_inside', [2, 3, 5, 7])
    """
    target = _path(folder)
    if target.exists() and any(target.iterdir()):
        raise FileExistsError(f"{target}: expected a folder that does not exist yet, or an empty one")
    resolved = resolve(mode, has_scale=has_scale, rank=rank)
    with np.errstate(all="ignore"):
        chosen = [fixture for dtype in dtypes_of(dtypes) for fixture in fixtures(resolved, dtype)]
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as made:
        cases = [_write(Path(made), fixture, resolved) for fixture in chosen if _has_a_folder(fixture)]
        record = {
            "version": VERSION,
            "layer": "l2norm",
            "mode": {key: list(v) if isinstance(v, tuple) else v for key, v in resolved.arguments.items()},
            "has_scale": has_scale,
            "rank": resolved.rank,
            "tolerances": {"of": _tolerance.FORMULAS, "unit": "of the natural magnitude of each element, see `of`"},
            "cases": cases,
        }
        (Path(made) / MANIFEST).write_text(json.dumps(record, indent=1) + "\n", "utf-8")
        if target.exists():
            target.rmdir()
        os.chmod(made, 0o755)
        os.rename(made, target)
        os.mkdir(made)  # for the context manager to remove
    return target / MANIFEST


def _has_a_folder(fixture: Fixture) -> bool:
    """Not what has the arrays of another fixture, and differs from it only in how a function is called."""
    return not (fixture.repeat or fixture.strided)


def _case(fixture: Fixture) -> str:
    """The name of its folder."""
    return f"{fixture.name.replace(' ', '-')}-{fixture.x.dtype}"


def _inputs(fixture: Fixture) -> dict[str, np.ndarray]:
    inputs = {"x": fixture.x, "dy": fixture.dy, "scale": fixture.scale}
    return {name: array for name, array in inputs.items() if array is not None}


def _write(folder: Path, fixture: Fixture, mode: Mode) -> dict[str, Any]:
    """One case: its folder, and what the manifest says of it."""
    dtype, name, inputs = fixture.x.dtype, _case(fixture), _inputs(fixture)
    scale = None if fixture.scale is None else fixture.scale.astype(np.float64)
    y, saved = l2norm_forward(fixture.x, scale, **mode.arguments)
    dx, dscale = l2norm_backward(fixture.dy, saved)
    outputs = {"y": y, "dx": dx} | ({} if dscale is None else {"dscale": dscale})
    lengths = _tolerance.lengths(fixture.x, fixture.dy, mode)
    (folder / name).mkdir()
    for prefix, arrays in (("", inputs), ("expected_", outputs)):
        for key, array in arrays.items():
            little = np.ascontiguousarray(array).astype(dtype.newbyteorder("<"))
            np.save(folder / name / f"{prefix}{key}.npy", little, allow_pickle=False)
    return {
        "case": name,
        "why": fixture.why,
        "dtype": str(dtype),
        "decides": fixture.core,
        "inputs": {k: {"file": f"{name}/{k}.npy", "shape": list(a.shape)} for k, a in inputs.items()},
        "outputs": {
            key: {
                "file": f"{name}/{key}.npy",
                "expected": f"{name}/expected_{key}.npy",
                "shape": list(array.shape),
                "tolerance": _tolerance.relative(key, lengths, dtype),
            }
            for key, array in outputs.items()
        },
    }


def check_vectors(folder: str | os.PathLike[str], *, strict: bool = False) -> Report:
    """Judge what a kernel has written into a folder of vectors.

    Args:
        folder: As `write_vectors` made it, with the kernel's y.npy, dx.npy and dscale.npy beside the inputs. Without
            any dx.npy and dscale.npy only the forward pass is checked. The inputs are made again.
        strict: As in `check_l2norm`.

    Returns:
        The report of `check_l2norm`. A file that is missing or broken is a failure that names its case, and so is an
        input that is no longer what was written.

    Raises:
        TypeError: An argument is of the wrong type.
        VectorsError: There is no manifest, or not one of this version, or of a variant that cannot be checked.
        OSError: The manifest cannot be read.
    """
    root = _path(folder)
    record = _manifest(root)
    strict = arguments.flag("strict", strict)
    mode = {key: tuple(v) if isinstance(v, list) else v for key, v in record["mode"].items()}
    try:
        resolved = resolve(mode, has_scale=record["has_scale"], rank=record["rank"])
        dtypes = dtypes_of(dict.fromkeys(case["dtype"] for case in record["cases"]))
        with np.errstate(all="ignore"):
            chosen = [fixture for dtype in dtypes for fixture in fixtures(resolved, dtype)]
    except (TypeError, ValueError, KeyError) as error:
        raise VectorsError(f"{root / MANIFEST}: {error}") from error
    known = {_key(fixture.x, fixture.scale): fixture for fixture in chosen if _has_a_folder(fixture)}

    def load(x: np.ndarray, scale: np.ndarray | None, name: str) -> np.ndarray:
        fixture = known[_key(x, scale)]
        for key, array in _inputs(fixture).items():
            path = root / _case(fixture) / f"{key}.npy"
            if path.is_file() and not np.array_equal(np.load(path, allow_pickle=False), array):
                raise VectorsError(f"{path} was changed, or written by another version")
        path = root / _case(fixture) / f"{name}.npy"
        if not path.is_file():
            raise VectorsError(f"{path} is missing")
        return np.load(path, allow_pickle=False)

    def forward(x, scale):
        return load(x, scale, "y")

    def backward(dy, x, scale):
        return load(x, scale, "dx"), None if scale is None else load(x, scale, "dscale")

    folders = {root / _case(fixture) for fixture in known.values()}
    wrote_gradients = any((folder / f"{name}.npy").exists() for folder in folders for name in ("dx", "dscale"))
    names = tuple(map(str, dtypes))
    keywords: dict[str, Any] = {**mode, "has_scale": record["has_scale"], "rank": record["rank"]}
    return check_l2norm(forward, backward if wrote_gradients else None, dtypes=names, strict=strict, **keywords)


def _path(folder: Any) -> Path:
    try:
        return Path(folder)
    except TypeError as error:
        raise arguments.refusal(TypeError, "folder", "a path", folder) from error


def _key(x: np.ndarray, scale: np.ndarray | None) -> bytes:
    """What tells one case from another."""
    parts = [str(x.dtype), str(x.shape), np.ascontiguousarray(x).tobytes()]
    parts.append(b"" if scale is None else np.ascontiguousarray(scale).tobytes())
    return b"|".join(part.encode() if isinstance(part, str) else part for part in parts)


def _manifest(root: Path) -> Mapping[str, Any]:
    path = root / MANIFEST
    if not path.is_file():
        raise VectorsError(f"{path}: there is no such file; write_vectors makes one")
    try:
        record = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise VectorsError(f"{path}: not JSON: {error}") from error
    expected = {"version": int, "mode": dict, "has_scale": bool, "rank": int, "cases": list}
    if not isinstance(record, dict) or any(not isinstance(record.get(key), kind) for key, kind in expected.items()):
        raise VectorsError(f"{path}: expected an object with {', '.join(expected)}")
    if record["version"] != VERSION or not set(record["mode"]) <= set(KEYWORDS):
        raise VectorsError(f"{path}: expected version {VERSION} and a mode of {', '.join(KEYWORDS)}")
    if not all(isinstance(case, dict) and isinstance(case.get("dtype"), str) for case in record["cases"]):
        raise VectorsError(f"{path}: expected cases with a dtype each")
    return record
