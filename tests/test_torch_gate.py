"""The gate skips without torch, and fails instead where WITH_TORCH asks for it."""

import sys
from types import ModuleType

import pytest
from torch_gate import import_torch


def test_returns_torch_when_it_is_there(monkeypatch: pytest.MonkeyPatch):
    stand_in = ModuleType("torch")
    monkeypatch.setitem(sys.modules, "torch", stand_in)
    assert import_torch() is stand_in


@pytest.mark.parametrize(
    ("asked", "outcome"),
    [(None, pytest.skip.Exception), ("0", pytest.skip.Exception), ("1", pytest.fail.Exception)],
)
def test_missing_torch(monkeypatch: pytest.MonkeyPatch, asked: str | None, outcome: type[BaseException]):
    monkeypatch.setitem(sys.modules, "torch", None)  # makes the import raise
    monkeypatch.delenv("WITH_TORCH", raising=False)
    if asked is not None:
        monkeypatch.setenv("WITH_TORCH", asked)
    with pytest.raises(outcome, match="torch"):
        import_torch()
