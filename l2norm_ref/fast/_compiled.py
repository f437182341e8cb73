"""The loops, compiled by Numba when they are first called; Numba keeps the result beside the file for the next time.

`nogil` lets Python's own threads run them side by side, which needs no threading layer of Numba's. `reassoc` lets a sum
be gathered in the lanes of a vector; NaN and infinity stay what they are, as `nnan` and `ninf` are not given.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from types import FunctionType
from typing import Any

from l2norm_ref.fast import _loops

OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"reassoc", "contract", "nsz"}}


@cache
def available() -> bool:
    """Whether Numba is installed; it is not imported to find out."""
    return find_spec("numba") is not None


@cache
def compiled(name: str) -> Callable[..., None]:
    """A function of `_loops`, to be compiled for the dtypes of its first call, with what it calls of that module.

    Raises:
        ModuleNotFoundError: Numba is not installed.
    """
    return linked(getattr(_loops, name))


@cache
def linked(function: FunctionType) -> Callable[..., None]:
    """The function for Numba, which calls nothing but what is for Numba, too.

    Raises:
        ModuleNotFoundError: Numba is not installed.
    """
    import numba

    names = {name: function.__globals__.get(name) for name in function.__code__.co_names}
    called = {name: linked(value) for name, value in names.items() if isinstance(value, FunctionType)}
    function = FunctionType(function.__code__, function.__globals__ | called, function.__name__)
    try:
        return numba.njit(cache=True, **OPTIONS)(function)
    except RuntimeError:  # no folder to keep it in
        return numba.njit(**OPTIONS)(function)
