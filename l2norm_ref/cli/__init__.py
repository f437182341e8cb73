"""The command line: `python -m l2norm_ref COMMAND ...`, installed as `l2norm-ref`.

Each command is a module of this package, imported when it is chosen. It provides

    configure(parser)       add the arguments to an argparse.ArgumentParser
    run(options) -> int     do it, print to stdout, return the exit status

and raises `Refused` for input that cannot be used. That, a wrong argument and an extra that is not installed are one
line on stderr and exit status 2.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

PROGRAM = "l2norm-ref"

# The commands: the name of the module, and what `--help` says of it.
COMMANDS = {
    "check": "check an implementation of L2Norm against the reference, and say what it computes if it is wrong",
    "derive": "derive the backward pass of a variant of L2Norm, and print it",
    "explain": "say what the BatchNorm, Scale and Normalize layers of a Caffe net compute, and what is wrong in it",
    "generate": "print the functions of a variant of L2Norm as NumPy, PyTorch or C",
    "vectors": "write test vectors for a kernel in any language",
}

# The extra that brings a package.
EXTRAS = {"google": "caffe", "sympy": "derive", "torch": "torch"}


class Refused(Exception):
    """Input or arguments that cannot be used. The text is one line and says what was expected."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Refused(f"{message} (see {self.prog} --help)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: The command line, `sys.argv[1:]` unless given.

    Returns:
        The exit status: what the command returns, or 2.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    first = next((argument for argument in arguments if not argument.startswith("-")), "")
    name = first if first in COMMANDS else ""
    try:
        status = _run(name, arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except SystemExit as stop:  # --help, --version
        return stop.code if isinstance(stop.code, int) else 0
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the interpreter flushes stdout once more, and would complain
        return 141
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("l2norm_ref"):
            raise
        return _refuse(name, _missing(error))
    except Refused as error:
        return _refuse(name, str(error))
    except OSError as error:
        file = f"{error.filename}: " if error.filename else ""
        return _refuse(name, f"{file}{error.strerror or error}")
    except MemoryError:
        return _refuse(name, "out of memory")
    return status


def _run(name: str, arguments: list[str]) -> int:
    from l2norm_ref import __version__

    parser = _Parser(
        prog=PROGRAM,
        description="L2Norm and its relatives, derived and checked: the tools.",
        epilog=f"Each command has its own help: {PROGRAM} explain --help",
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    module = import_module(f"{__name__}.{name}") if name else None
    for command, about in COMMANDS.items():
        chosen = commands.add_parser(
            command,
            help=about,
            description=module.__doc__ if module and command == name else about,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if module and command == name:
            module.configure(chosen)
    options = parser.parse_args(arguments)
    assert module is not None
    return module.run(options)


def _missing(error: ModuleNotFoundError) -> str:
    package = (error.name or "").partition(".")[0]
    cure = f"pip install 'l2norm_ref[{EXTRAS.get(package, package)}]'"
    return str(error) if cure in str(error) else f"the package {package} is not installed: {cure}"


def _refuse(name: str, reason: str) -> int:
    text = " ".join(f"{PROGRAM} {name}".split()) + f": {' '.join(reason.split())}"
    if sys.stderr is not None:
        print(text, file=sys.stderr)
    return 2
