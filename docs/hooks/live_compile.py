"""A wheel whose modules the browser need not compile: more than half of the time until the first derivation.

Contract: ``compiled(wheel, pyodide, cache)`` returns the wheel with bytecode in the place of its sources, made by the
very Python that will run it: Pyodide, in the Node.js that npm runs on.  It is about as large.  The result is kept in
``cache`` and found there as long as the wheel, Pyodide and this recipe are the same.  Node.js that is missing or fails
raises ``Unavailable``.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

from live_pyodide import VERSION, Unavailable
from live_wheels import Wheel, pack

SCRIPT = Path(__file__).resolve().with_suffix(".mjs")
SECONDS = 300


def compiled(wheel: Wheel, pyodide: Path, cache: Path) -> Wheel:
    """The wheel with bytecode instead of sources.

    Args:
        wheel: A wheel of pure Python that does not read its own sources.
        pyodide: The folder of Pyodide's files.
        cache: Where results are kept.

    Raises:
        Unavailable: Node.js is missing or fails.
    """
    recipe = SCRIPT.read_bytes() + Path(__file__).read_bytes() + VERSION.encode()
    key = hashlib.sha256(recipe + hashlib.sha256(wheel.data).digest()).hexdigest()[:16]
    target = cache / f"{wheel.name}-{wheel.version}-{key}.whl"
    if not target.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix=".compile-") as folder:
            finished = Path(folder) / "finished"
            finished.write_bytes(_repacked(wheel, _modules(wheel, pyodide, Path(folder))))
            finished.replace(target)
    return replace(wheel, data=target.read_bytes())


def _modules(wheel: Wheel, pyodide: Path, folder: Path) -> dict[str, bytes]:
    """The bytecode of every module, by the name of its file."""
    node = shutil.which("node")
    if node is None:
        raise Unavailable("node is not installed")
    source, out = folder / "in.whl", folder / "out.zip"
    source.write_bytes(wheel.data)
    command = [node, str(SCRIPT), str(pyodide.resolve()), str(source), str(out)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"node did not run: {error}") from error
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise Unavailable(f"{wheel.name} could not be compiled: {said[-1] if said else f'status {done.returncode}'}")
    with zipfile.ZipFile(out) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _repacked(wheel: Wheel, modules: dict[str, bytes]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(wheel.data)) as archive:
        names = [name for name in archive.namelist() if not name.endswith((".py", ".dist-info/RECORD"))]
        files = {name: archive.read(name) for name in names}
    return pack(files | modules, f"{wheel.name}-{wheel.version}.dist-info")
