"""Execute the notebooks, whoever shows them afterwards: the site and the tests both come here.

Contract: ``execute_all(root)`` runs ``root/notebooks/*.ipynb`` from top to bottom, two at a time, and returns the
executed copies, in order.  A copy is reused while nothing that it depends on has changed.  Any error in a cell, and
any text on stderr (a warning), raises ``NotebookError``.  From the command line: ``python docs/hooks/execute.py``.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import kept
import nbformat
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

AT_ONCE = 2
CELL_SECONDS = 300

Report = Callable[[str, float], None]


class NotebookError(Exception):
    """A notebook does not run cleanly."""


class ThisPython(AsyncKernelManager):
    """A kernel of the Python that runs this file, wherever Jupyter may have other kernels installed."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """The command, instead of one that Jupyter looks up."""
        # Figures come as SVG here; in a reader's own Jupyter they are whatever that is set to.
        options = ["--InlineBackend.figure_formats=svg"]
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", *options]
        return KernelSpec(argv=command, display_name="Python 3", language="python")


def key(notebook: Path, root: Path, around: str | None = None) -> str:
    """A digest of all that decides a notebook's outputs; ``around`` is ``surroundings(root)``, if it is known."""
    text = notebook.read_bytes()
    digest = hashlib.sha256(f"{around or surroundings(root)}\0{notebook.name}\0".encode() + text)
    for path in sorted((root / "docs" / "data").glob("*.json")):
        if path.name.encode() in text:  # it reads this file
            digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def surroundings(root: Path) -> str:
    """A digest of what decides the outputs of every notebook."""
    around = kept.surroundings(root, ["l2norm_ref", "notebooks"])
    return around + hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


def execute_all(root: Path, report: Report | None = None) -> list[Path]:
    """Execute every notebook of the project, or find it executed.

    Args:
        root: The project's folder, which holds ``notebooks/`` and ``l2norm_ref/``.
        report: Called after each notebook with its name and its seconds (0 when it was reused).

    Returns:
        The executed notebooks, ``.cache/notebooks/<key>/<name>.ipynb``, sorted by name.
    """
    return asyncio.run(_execute_all(root, report or (lambda name, seconds: None)))


async def _execute_all(root: Path, report: Report) -> list[Path]:
    free, around = asyncio.Semaphore(AT_ONCE), surroundings(root)

    async def one(notebook: Path) -> Path:
        target = root / ".cache" / "notebooks" / key(notebook, root, around) / notebook.name
        seconds = 0.0
        if not target.exists():
            async with free:
                start = time.perf_counter()
                node = await run(notebook, root)
                seconds = time.perf_counter() - start
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_suffix(f".{os.getpid()}")
            nbformat.write(node, partial)
            partial.replace(target)  # so that nobody ever reads half a notebook
        report(notebook.name, seconds)
        return target

    return list(await asyncio.gather(*(one(path) for path in sorted((root / "notebooks").glob("*.ipynb")))))


async def run(notebook: Path, root: Path) -> nbformat.NotebookNode:
    """Execute one notebook in a fresh kernel and check that it ran cleanly."""
    node = nbformat.read(notebook, as_version=4)
    with tempfile.TemporaryDirectory() as empty:
        # Sockets in the folder where the system has them: no open port, and no warning about one.
        where = {"transport": "ipc", "ip": f"{empty}/kernel"} if os.name == "posix" else {}
        manager = ThisPython(connection_file=f"{empty}/kernel.json", **where)
        client = NotebookClient(
            node,
            km=manager,
            timeout=CELL_SECONDS,
            record_timing=False,
            coalesce_streams=True,  # one block of text, however often the cell flushed it
            resources={"metadata": {"path": str(notebook.parent)}},
        )
        try:
            await client.async_execute(env=_environment(root, empty))
        except CellExecutionError as error:
            raise NotebookError(f"{notebook.name}: a cell failed\n{error}") from None
        finally:
            if client.kc is not None:
                client.kc.stop_channels()
            await manager.shutdown_kernel(now=True)
    for cell in node.cells:
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                raise NotebookError(f"{notebook.name}, cell {cell.id!r} wrote to stderr:\n{output['text']}")
    return node


def _environment(root: Path, empty: str) -> dict[str, str]:
    """The environment without what one person's settings would change in the outputs."""
    mine = ("JUPYTER", "IPYTHON", "PYTHON", "MPL", "MATPLOTLIB")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(mine)}
    return kept | {
        "IPYTHONDIR": empty,
        "JUPYTER_CONFIG_DIR": empty,
        "MPLCONFIGDIR": str(root / ".cache" / "matplotlib"),  # kept, because it holds the slow list of fonts
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(root),
    }


if __name__ == "__main__":
    try:
        execute_all(
            Path(__file__).resolve().parents[2],
            lambda name, seconds: print(f"{name}: " + (f"{seconds:.1f} s" if seconds else "unchanged"), flush=True),
        )
    except NotebookError as problem:
        sys.exit(str(problem))
