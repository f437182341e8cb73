"""Python for the browser: Pyodide's core, from its npm package, at one version and with known bytes.

Contract: ``fetch(cache)`` returns the folder that holds ``FILES``.  The first time it asks ``npm`` for the package,
compares it with ``INTEGRITY`` and unpacks it; after that the folder is reused.  Whatever is in the way (no npm, no
network, other bytes) raises ``Unavailable``, and nothing is left behind.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

VERSION = "314.0.7"
INTEGRITY = "sha512-0YvXxEhfEdpLfb/XkM2BFAeMROq0iMUX2bzzH9pOttyMcWkwq+HbE5uyuGD82LN7y2q+SNvi/6V5JEsOlD2R1A=="
FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
SECONDS = 180


class Unavailable(Exception):
    """Why there is no Python for the browser."""


def fetch(cache: Path) -> Path:
    """The folder with Pyodide's files, ``cache/pyodide-<version>``.

    Raises:
        Unavailable: npm is missing or fails, or the package is not the one that is pinned here.
    """
    target = cache / f"pyodide-{VERSION}"
    if target.is_dir():
        return target
    npm = shutil.which("npm")
    if npm is None:
        raise Unavailable("npm is not installed")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".pyodide-") as folder:
        _pack(npm, Path(folder))
        unpacked = Path(folder) / "files"
        unpacked.mkdir()
        _unpack(Path(folder) / f"pyodide-{VERSION}.tgz", unpacked)
        try:
            unpacked.replace(target)
        except OSError:
            if not target.is_dir():  # else another build was faster, with the same bytes
                raise
    return target


def _pack(npm: str, folder: Path) -> None:
    command = [npm, "pack", f"pyodide@{VERSION}", "--silent", "--ignore-scripts", "--prefer-offline"]
    try:
        done = subprocess.run(
            [*command, "--pack-destination", str(folder)],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
            env=os.environ | {"npm_config_fetch_retries": "1", "npm_config_update_notifier": "false"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"npm did not run: {error}") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Unavailable(f"npm pack failed: {said[0] if said else f'exit status {done.returncode}'}")


def _unpack(package: Path, folder: Path) -> None:
    if not package.is_file():
        raise Unavailable(f"npm pack left no file {package.name}")
    data = package.read_bytes()
    found = "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()
    if found != INTEGRITY:
        raise Unavailable(f"{package.name} has other bytes than expected: {found} instead of {INTEGRITY}")
    with tarfile.open(package) as archive:
        for name in FILES:
            content = archive.extractfile(f"package/{name}")
            assert content is not None, name
            (folder / name).write_bytes(content.read())
