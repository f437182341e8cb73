"""Foreign functions called in a process of their own, so that none of them can hang or crash the command.

A `Worker` gives callables. A call that takes too long ends the process, and so may the function itself; either is an
exception in the call that it happened in, and the next call starts a new process. What the function does to its
arguments is done to the caller's arrays as well, so that it can be noticed.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import sys
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

START = 60.0
"""Seconds that a module may take to be imported."""


class CallFailed(RuntimeError):
    """The function raised, took too long, or ended its process."""


class ImportFailed(RuntimeError):
    """The module cannot be imported, or has no such function."""


class Worker:
    """A process that holds the functions.

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
        self._progress, self._calls = progress, 0
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
            kind, value = self._receive(START)
        except CallFailed as error:
            raise ImportFailed(f"importing {', '.join(self.targets.values())}: {error}") from error
        if kind != "ready":
            self.stop()
            raise ImportFailed(value)

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._pipe.close()
        self._process = self._pipe = None

    def function(self, role: str) -> Callable[..., Any]:
        """The function of a role, to be called with arrays."""
        return partial(self._call, role)

    def _call(self, role: str, *arrays: Any) -> Any:
        if self._process is None:
            self.start()
        self._calls += 1
        if self._progress:
            self._progress(self._calls, role)
        strided = [isinstance(a, np.ndarray) and not a.flags.c_contiguous for a in arrays]
        self._pipe.send((role, arrays, strided))
        kind, value = self._receive(self.timeout)
        if kind == "raised":
            raise CallFailed(value)
        result, after = value
        for mine, theirs in zip(arrays, after, strict=True):
            if isinstance(mine, np.ndarray) and not np.array_equal(mine, theirs, equal_nan=True):
                np.copyto(mine, theirs)  # the caller looks for this
        return result

    def _receive(self, seconds: float) -> tuple[str, Any]:
        if not self._pipe.poll(seconds):
            self.stop()
            raise CallFailed(f"did not return within {seconds:g} s")
        try:
            return self._pipe.recv()
        except EOFError:
            self._process.join()
            status = self._process.exitcode
            self.stop()
            how = f"signal {-status}" if status < 0 else f"exit status {status}"
            raise CallFailed(f"ended its process ({how})") from None


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
    sys.stdout = sys.stderr  # what the functions print must not mix with the report
    try:
        functions = {role: load(target) for role, target in targets.items()}
        prepare = load(convert) if convert else None
    except ImportFailed as error:
        pipe.send(("failed", str(error)))
        return
    pipe.send(("ready", None))
    while True:
        try:
            role, arrays, strided = pipe.recv()
        except EOFError:
            return
        given = tuple(_strided(a) if apart else a for a, apart in zip(arrays, strided, strict=True))
        passed = tuple(prepare(a) if prepare and isinstance(a, np.ndarray) else a for a in given)
        try:
            with np.errstate(all="ignore"):  # fixtures at the ends of the range overflow on purpose
                result = _plain(functions[role](*passed))
        except BaseException as error:
            pipe.send(("raised", _described(error)))
            continue
        pipe.send(("returned", (result, given)))


def _strided(array: np.ndarray) -> np.ndarray:
    """The array with gaps in memory and its axes the other way round, as the caller had it; a pipe keeps neither."""
    wide = np.zeros((*array.shape[::-1], 2), array.dtype)
    wide.T[0] = array
    return wide.T[0]


def _plain(value: Any) -> Any:
    """Arrays of other libraries as NumPy's; what cannot be sent as a text that says what it is."""
    if isinstance(value, tuple | list):
        return type(value)(_plain(part) for part in value) if type(value) in (tuple, list) else list(map(_plain, value))
    if hasattr(value, "detach"):
        value = value.detach()  # torch: an array that requires a gradient does not become NumPy's
    if value is None or isinstance(value, np.ndarray | np.generic | bool | int | float | complex | str):
        return value
    if hasattr(value, "__array__"):
        return np.asarray(value)
    if hasattr(value, "__dlpack__"):
        return np.from_dlpack(value)
    return f"an object of type {type(value).__name__}"


def _described(error: BaseException) -> str:
    return " ".join("".join(traceback.format_exception_only(error)).split())
