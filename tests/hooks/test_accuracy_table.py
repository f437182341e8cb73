"""The page "Accuracy" shows what was measured, and what was measured keeps the promise."""

import accuracy_table
import pytest
from fixtures import EPS_MODES


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_measured_errors_keep_the_promise(dtype: str) -> None:
    modes = accuracy_table.measured()["errors"][dtype]
    assert set(modes) == set(EPS_MODES)
    for worst in modes.values():
        assert 0 < worst["y"] <= (1.01 if dtype == "float64" else 0.501)
        assert 0 < worst["dx"] <= 1.01
        assert 0 < worst["dscale"] <= 1.01


def test_every_number_is_shown() -> None:
    text = accuracy_table.errors()
    data = accuracy_table.measured()
    for modes in data["errors"].values():
        for worst in modes.values():
            assert all(f"{value:.3f}" in text for value in worst.values())
    assert accuracy_table.cost().count("\n") == 4
    assert data["date"] in accuracy_table.sentence()
