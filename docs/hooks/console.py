"""Commands on a page, run while the site is built, with what they really printed.

Contract: ``{{ console("snippets/check/wrong.console") }}`` runs the lines of that file that begin with ``$ ``, one
after the other, in an empty folder into which the other files of the script's folder are copied, and shows each with
its output. Everything else in the file is a comment, but for two directives:

    needs torch cc      without these (Python packages, or programs) nothing is run and the page says so; an error in CI
    status 1            the exit status that the next command must have (0 unless told)

A command with another exit status, or one that takes longer than a minute, raises ``ConsoleError``.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = {"cc"}
CONTINUED = "\0"  # stands for a backslash at the end of a line, which continues a command


class ConsoleError(Exception):
    """A command that does not do what the page says."""


@dataclass(frozen=True)
class Script:
    """What a file asks for: the commands with the exit status that each must have, and what they need."""

    commands: tuple[tuple[str, int], ...]
    needs: tuple[str, ...]


def read(text: str) -> Script:
    """Parse the text of a script."""
    commands: list[tuple[str, int]] = []
    needs: list[str] = []
    status = 0
    for line in text.replace("\\\n", CONTINUED).splitlines():
        if line.startswith("$ "):
            commands.append((line.removeprefix("$ ").replace(CONTINUED, "\\\n"), status))
            status = 0
        elif line.startswith("needs "):
            needs += line.split()[1:]
        elif line.startswith("status "):
            status = int(line.split()[1])
    return Script(tuple(commands), tuple(needs))


def missing(script: Script) -> list[str]:
    """What the script needs and this machine does not have."""
    return [
        name
        for name in script.needs
        if (shutil.which(name) is None if name in PROGRAMS else importlib.util.find_spec(name) is None)
    ]


def run(path: Path, root: Path) -> list[tuple[str, str]]:
    """Run a script.

    Args:
        path: The file; what lies beside it is there for the commands.
        root: The project, which the commands import.

    Returns:
        Each command and what it printed, standard error included.

    Raises:
        ConsoleError: an exit status is not the expected one, or a command takes too long.
    """
    shown = []
    scripts = sysconfig.get_path("scripts")
    environment = os.environ | {
        "PATH": os.pathsep.join([scripts, os.environ.get("PATH", "")]),
        "PYTHONPATH": os.pathsep.join([str(root), "."]),
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONWARNINGS": "error",
        "COLUMNS": "80",
    }
    with tempfile.TemporaryDirectory() as folder:
        for beside in path.parent.iterdir():
            if beside.is_file() and beside.suffix != ".console":
                shutil.copy(beside, folder)
        for command, expected in read(path.read_text("utf-8")).commands:
            try:
                done = subprocess.run(
                    ["/bin/sh", "-c", command],
                    cwd=folder,
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    encoding="utf-8",
                    timeout=60,
                    check=False,
                )
            except subprocess.TimeoutExpired as error:
                raise ConsoleError(f"{path.name}: stopped after a minute: {command}") from error
            if done.returncode != expected:
                raise ConsoleError(
                    f"{path.name}: exit status {done.returncode} instead of {expected}: {command}\n{done.stdout}"
                )
            shown.append((command, done.stdout.rstrip()))
    return shown


def markdown(path: Path, root: Path) -> str:
    """The commands and their output as a block of Markdown.

    Raises:
        ConsoleError: as `run`; or, in CI, something that the script needs is missing.
    """
    if not path.is_file():
        raise ConsoleError(f"no script {path}")
    script = read(path.read_text("utf-8"))
    absent = missing(script)
    if absent and os.environ.get("CI") == "true":
        raise ConsoleError(f"{path.name} needs {', '.join(absent)}")
    if absent:
        lines = "\n".join(f"$ {command}" for command, _ in script.commands)
        return (
            f"\n```console\n{lines}\n```\n\n*Not run when this site was built: {', '.join(absent)} is not installed.*\n"
        )
    text = "\n".join(f"$ {command}\n{output}".rstrip() for command, output in run(path, root))
    return f"\n```console\n{text}\n```\n"


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print(markdown(Path(argument), Path(__file__).parents[2]))
