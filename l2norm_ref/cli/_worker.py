"""Foreign functions called in a process of their own, so that none of them can hang or crash the command.

A `Worker` stands in their place in a check. A call that takes too long ends the process, and so may the function
itself; either is a problem of the call that it happened in, and the next call starts a new process. There the call is
done and its results are read by `check._call.call`, as they would be here; plain arrays and sentences come back.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

from l2norm_ref.check._call import Called, Elsewhere, Inputs, call
from l2norm_ref.check._read import Problem, Shapes

START = 60.0
"""Seconds that a module may take to be imported."""

PATIENCE = 3
"""Calls in a row that may take too long; after that no more are made."""


class TookTooLong(RuntimeError):
    """The function did not return in time."""


class Ended(RuntimeError):
    """The process ended."""


class ImportFailed(RuntimeError):
    """The module cannot be imported, or has no such function."""


class Worker(Elsewhere):
    """A process that holds the functions: what a check calls in their place, by their roles.

    Args:
        targets: "module:name" by role, for example {"forward": "kernel:forward"}.
        timeout: seconds that a call may take.
        convert: "module:name" of what each array is passed through first, such as "torch:from_numpy"; "" for nothing.
        progress: told of every call, its number and the role.
    """

    def __init__(
        self,
        targets: dict[str, str],
        timeout: float,
        convert: str = "",
        progress: Callable[[int, str], None] | None = None,
    ) -> None:
        self.targets, self.timeout, self.convert = targets, timeout, convert
        self._progress, self._calls, self._late = progress, 0, 0
        self._process: Any = None
        self._pipe: Any = None

    def start(self) -> None:
        """Start the process and import the modules.

        Raises:
            ImportFailed: that did not work; the text says why, in one line.
        """
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        arguments = (theirs, self.targets, self.convert, os.getcwd())
        self._process = context.Process(target=_serve, args=arguments, daemon=True)
        self._process.start()
        theirs.close()
        try:
            failed = self._receive(START)
        except (TookTooLong, Ended) as error:
            raise ImportFailed(f"importing {', '.join(self.targets.values())}: {error}") from error
        if failed:
            self.stop()
            raise ImportFailed(failed)

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._pipe.close()
        self._process = self._pipe = None

    def call(self, role: str, inputs: Inputs, wanted: Shapes, *, strided: bool) -> Called:
        """What `check._call.call` gives in the process."""
        if self._late >= PATIENCE:
            text = f"{role} was not called: {PATIENCE} calls in a row did not return within {self.timeout:g} s"
            return Called(problems=[Problem(role, "raised", text)])
        self._calls += 1
        if self._progress:
            self._progress(self._calls, role)
        late, self._late = self._late, 0
        try:
            if self._process is None:
                self.start()
            return self._send_and_receive((role, inputs, wanted, strided))
        except (TookTooLong, Ended, ImportFailed) as error:
            self._late = late + 1 if isinstance(error, TookTooLong) else 0
            return Called(problems=[Problem(role, "raised", f"{role} {error}")])

    def _send_and_receive(self, request: tuple[Any, ...]) -> Called:
        try:
            self._pipe.send(request)
        except OSError:  # it ended between two calls
            self._ended()
        return self._receive(self.timeout)

    def _receive(self, seconds: float) -> Any:
        try:
            if self._pipe.poll(seconds):
                return self._pipe.recv()
        except Exception:  # the pipe is closed, or the function has written into it
            self._ended()
        self.stop()
        raise TookTooLong(f"did not return within {seconds:g} s")

    def _ended(self) -> NoReturn:
        self._process.join(1.0)
        status = self._process.exitcode
        self.stop()
        if status is None:
            raise Ended("closed what connects it to the check") from None
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        raise Ended(f"ended its process ({how})") from None


def load(target: str) -> Any:
    """What "module:name" names; the name may have dots.

    Raises:
        ImportFailed: there is no such thing.
    """
    module, _, name = target.partition(":")
    if not module or not name:
        raise ImportFailed(f"{target!r}: expected module:name")
    try:
        found: Any = importlib.import_module(module)
    except BaseException as error:  # a module may do anything when it is imported, sys.exit() included
        raise ImportFailed(f"{target}: {_described(error)}") from error
    for part in name.split("."):
        if not hasattr(found, part):
            raise ImportFailed(f"{target}: {module} has no {name}")
        found = getattr(found, part)
    if not callable(found):
        raise ImportFailed(f"{target}: {name} is not callable")
    return found


def _serve(pipe: Any, targets: dict[str, str], convert: str, folder: str) -> None:
    """The other process: import, then answer calls until the pipe is closed."""
    sys.path.insert(0, folder)
    _keep_stdout_clean()
    try:
        functions = {role: load(target) for role, target in targets.items()}
        prepare = load(convert) if convert else None
    except ImportFailed as error:
        pipe.send(str(error))
        return
    pipe.send("")
    while True:
        try:
            role, inputs, wanted, strided = pipe.recv()
        except EOFError:
            return
        try:
            called = call(role, functions[role], inputs, wanted, prepare, strided=strided)
        except BaseException as error:  # a KeyboardInterrupt of the function's own making
            called = Called(problems=[Problem(role, "raised", f"{role} raised {_described(error)}")])
        pipe.send(called)


def _keep_stdout_clean() -> None:
    """What the functions print must not mix with the report, whether Python prints it or C does."""
    try:
        os.dup2(2, 1)
    except OSError:  # there is no stderr
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.stdout = sys.stderr


def _described(error: BaseException) -> str:
    return " ".join("".join(traceback.format_exception_only(error)).split())
