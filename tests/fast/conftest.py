"""The ways to run the fast kernels: NumPy, the loops as plain Python (slow, but of the same text), and Numba."""

import importlib.util
import os

import pytest

from l2norm_ref.fast import _engines, _loops, _problem

REASON = "numba is not installed (pip install '.[fast]'); CI makes this a failure"


def need_numba():
    """Go on only with Numba: CI must have it, elsewhere the test is skipped without."""
    if importlib.util.find_spec("numba") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(REASON)


@pytest.fixture
def plain_loops(monkeypatch):
    """Runs the loops uncompiled where Numba would be asked for."""
    monkeypatch.setattr(_engines, "compiled", lambda name: getattr(_loops, name))
    monkeypatch.setattr(_problem, "available", lambda: True)


@pytest.fixture(params=["numpy", "plain loops", "numba"])
def engine(request):
    """The value of the argument `engine`."""
    if request.param == "numba":
        need_numba()
    if request.param == "plain loops":
        request.getfixturevalue("plain_loops")
    return "numpy" if request.param == "numpy" else "numba"


@pytest.fixture(params=["numpy", "numba"])
def quick_engine(request):
    """The same without plain Python, for arrays that would take it too long."""
    if request.param == "numba":
        need_numba()
    return request.param
