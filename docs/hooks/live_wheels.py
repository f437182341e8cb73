"""The Python packages that go to the browser, as wheels: SymPy and mpmath as they are installed here, and our own.

Contract: ``library(name)`` packs an installed distribution again, without its tests; ``own(root)`` packs
``root/l2norm_ref`` as it is.  The same input gives the same bytes.  ``lock(original, wheels)`` is Pyodide's list of
packages with these in it and no others.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

LIBRARIES = {"mpmath": (), "sympy": ("mpmath",)}
"""What the derivation needs, and what that needs in turn."""

OWN = "l2norm_ref"
NOT_NEEDED = {"tests", "test-examples", "benchmarks", "__pycache__"}
MINE = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}  # what an installer adds to a wheel's metadata
WHEEL = "Wheel-Version: 1.0\nGenerator: l2norm_ref\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
LONG_AGO = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Wheel:
    """A wheel: the name of its package as one imports it, and its bytes."""

    name: str
    version: str
    depends: tuple[str, ...]
    data: bytes

    @property
    def file_name(self) -> str:
        """As the specification has it."""
        return f"{self.name}-{self.version}-py3-none-any.whl"

    @property
    def key(self) -> str:
        """The canonical name, by which Pyodide looks packages up."""
        return canonical(self.name)

    def entry(self) -> dict[str, object]:
        """This wheel in Pyodide's list of packages."""
        return {
            "name": self.key,
            "version": self.version,
            "file_name": self.file_name,
            "install_dir": "site",
            "package_type": "package",
            "sha256": hashlib.sha256(self.data).hexdigest(),
            "imports": [self.name],
            "depends": [canonical(name) for name in self.depends],
            "unvendored_tests": False,
        }


def canonical(name: str) -> str:
    """``l2norm_ref`` -> ``l2norm-ref``."""
    return re.sub(r"[-_.]+", "-", name).lower()


def library(name: str) -> Wheel:
    """An installed distribution of pure Python, without its tests."""
    installed = distribution(name)
    files: dict[str, bytes] = {}
    for path in installed.files or ():
        in_metadata = path.parts[0].endswith(".dist-info")
        if path.parts[0] == ".." or NOT_NEEDED & set(path.parts) or (in_metadata and path.name in MINE):
            continue
        files[path.as_posix()] = Path(str(path.locate())).read_bytes()
    return Wheel(name, installed.version, LIBRARIES[name], pack(files, f"{name}-{installed.version}.dist-info"))


def own(root: Path) -> Wheel:
    """The package of this project, from its sources."""
    version = re.search(r'^__version__ = "(.+)"$', (root / OWN / "__init__.py").read_text("utf-8"), re.M)
    assert version is not None
    paths = [path.relative_to(root) for path in (root / OWN).rglob("*") if path.is_file()]
    files = {path.as_posix(): (root / path).read_bytes() for path in paths if not NOT_NEEDED & set(path.parts)}
    metadata = f"{OWN}-{version[1]}.dist-info"
    files[f"{metadata}/METADATA"] = f"Metadata-Version: 2.1\nName: {OWN}\nVersion: {version[1]}\n".encode()
    files[f"{metadata}/WHEEL"] = WHEEL.encode()
    if (root / "LICENSE").is_file():
        files[f"{metadata}/licenses/LICENSE"] = (root / "LICENSE").read_bytes()
    return Wheel(OWN, version[1], tuple(LIBRARIES), pack(files, metadata))


def pack(files: Mapping[str, bytes], metadata: str) -> bytes:
    """A zip file with a RECORD, whose bytes depend on nothing but the names and contents."""
    lines = []
    for name, data in sorted(files.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(data)}\n")
    record = f"{metadata}/RECORD"
    contents = {**files, record: "".join([*lines, f"{record},,\n"]).encode()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in sorted(contents.items()):
            about = zipfile.ZipInfo(name, LONG_AGO)
            about.compress_type = zipfile.ZIP_DEFLATED
            about.external_attr = 0o644 << 16
            archive.writestr(about, data)
    return packed.getvalue()


def lock(original: str, wheels: Sequence[Wheel]) -> str:
    """Pyodide's ``pyodide-lock.json``: what it says of itself, and our packages instead of its own."""
    packages = {wheel.key: wheel.entry() for wheel in wheels}
    return json.dumps({"info": json.loads(original)["info"], "packages": packages}, indent=1, sort_keys=True) + "\n"
