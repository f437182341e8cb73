"""The runs: the data, the optimiser, and a cell of the stored results that is run again."""

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

from l2norm_ref.experiments import digits, fusion, train
from l2norm_ref.experiments.fusion import Cell, grid, reduced_grid, run_all, run_one
from l2norm_ref.experiments.join import Concat
from l2norm_ref.experiments.methods import COMPARED, METHODS
from l2norm_ref.experiments.network import Chain, FusionNetwork
from l2norm_ref.experiments.normalization import BatchNorm, GroupNorm, L2Norm
from l2norm_ref.experiments.results import load

ROOT = Path(__file__).resolve().parents[2]
STORED = ROOT / "docs" / "data" / "fusion.json"


def test_the_parts_share_no_picture():
    parts = digits.load(0)
    assert {name: len(part.x) for name, part in parts.items()} == digits.SIZES
    everything = np.concatenate([part.x for part in parts.values()])
    assert everything.shape == (1797, 1, 8, 8)
    assert everything.dtype == np.float32
    assert (everything.min(), everything.max()) == (0, 1)
    others = np.concatenate([part.x for part in digits.load(1).values()])
    assert sorted(map(bytes, everything)) == sorted(map(bytes, others))
    assert not np.array_equal(parts["test"].x, digits.load(1)["test"].x)
    assert np.array_equal(parts["test"].x, digits.load(0)["test"].x)


def test_momentum_by_hand():
    network = FusionNetwork(None, Concat(), np.random.default_rng(0))
    optimiser = train.Momentum(network, 0.5, momentum=0.25, decay=0.125)
    start = [p.astype(float) for layer in network.layers() for p in layer.parameters.values()]
    for layer in network.layers():
        layer.gradients = {name: np.full_like(p, 2) for name, p in layer.parameters.items()}
    optimiser.step()
    optimiser.step()
    now = [p for layer in network.layers() for p in layer.parameters.values()]
    for before, after in zip(start, now, strict=True):
        velocity = 0.5 * (2 + 0.125 * before)
        between = before - velocity
        velocity = 0.25 * velocity + 0.5 * (2 + 0.125 * between)
        assert np.allclose(after, between - velocity, rtol=1e-5, atol=1e-6)


def test_a_run_that_diverges_is_recorded_as_chance():
    record = run_one(Cell("concat", 1e4), 0, epochs=2)
    assert record.diverged
    assert record.test == [0.1, 0.1]
    assert len(record.loss) == len(record.validation) == 2
    cell = fusion.summary(Cell("concat", 1e4), (0, 0), [record, record])
    assert json.loads(json.dumps(cell, allow_nan=False))["diverged"] == 2
    assert cell["loss"] == [None, None]


def test_a_run_learns_and_does_so_again_bit_for_bit():
    cell = Cell("l2norm 10 shared", 3e-3)
    first, second = (run_one(cell, 3, epochs=2) for _ in range(2))
    assert first == second
    assert first.test[-1] > 0.6
    assert first.loss[1] < first.loss[0]
    assert run_one(cell, 4, epochs=1).loss != first.loss[:1]


def test_the_grid_holds_no_cell_twice():
    cells = grid()
    assert len(set(cells)) == len(cells)
    assert {cell.method for cell in reduced_grid()} <= {cell.method for cell in cells}
    assert {cell.rate for cell in cells if cell.method == "l2norm 1 shared"} == set(fusion.RATES)
    assert min(len(set(fusion.seeds_of(cell))) for cell in cells) >= 10


def test_what_the_normalising_methods_forget_is_not_run_again():
    data = digits.load(0)["train"].x[:20]
    forgetting = set(COMPARED) - set(fusion.LARGER)
    assert len(forgetting) == 14

    def network(name, factor):
        maker, joint = METHODS[name]
        assert maker is not None
        rng = np.random.default_rng(0)
        return FusionNetwork(lambda: maker(rng), joint(), np.random.default_rng(1), size_factor=factor)

    for name in sorted(forgetting):
        plain, larger = network(name, 1.0), network(name, fusion.FACTOR)
        first = larger.branches[0]
        normalising = first.layers[0] if isinstance(first, Chain) else first
        assert isinstance(normalising, L2Norm | BatchNorm | GroupNorm)
        normalising.eps *= fusion.FACTOR**2  # eps is what does not forget
        logits = plain.forward(data, True)
        assert np.allclose(larger.forward(data, True), logits, rtol=0, atol=1e-5 * np.abs(logits).max()), name


def test_processes_give_what_one_gives_and_say_how_far_they_are():
    cells = [Cell("concat", 1e-2), Cell("sum", 1e-2)]
    seen = []

    def seeds(cell):
        return (0, 1) if cell.method == "sum" else (2, 3, 4)

    alone = run_all(cells, seeds, epochs=1, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(done, 5) for done in range(1, 6)]
    assert [(cell["method"], cell["seeds"]) for cell in alone] == [("concat", [2, 3, 4]), ("sum", [0, 1])]
    assert alone[1]["test"] == [run_one(cells[1], seed, 1).test[-1] for seed in (0, 1)]
    assert run_all(cells, seeds, epochs=1, jobs=2) == alone


# Bit for bit on one machine; on another processor OpenBLAS adds up products in another order. With its kernels for
# Nehalem, Sandybridge, Haswell, Zen and SkylakeX (OPENBLAS_CORETYPE) the losses of three cells differed by up to 3e-5
# of their size and no accuracy changed. Allowed is 30 times that, and one picture.
def test_a_cell_of_the_stored_results_comes_out_again():
    results = load(STORED)
    cell = Cell("l2norm 20 channel", 1e-3)
    stored = results.at(cell.method, cell.rate)
    record = run_one(cell, stored["seeds"][0], results.about["epochs"])
    again = fusion.summary(cell, stored["seeds"][:1], [record])
    for name, picture in (("test", 1 / 500), ("validation", 1 / 297), ("speed", 1 / 500)):
        assert again[name][0] == pytest.approx(stored[name][0], abs=1.01 * picture)
    assert again["loss"][0] == pytest.approx(stored["loss"][0], rel=1e-3)
    assert again["shares"][0] == pytest.approx(stored["shares"][0], rel=1e-3)


def test_the_stored_results_are_the_whole_grid():
    results = load(STORED)
    assert STORED.stat().st_size < 300_000
    assert results.about["epochs"] == fusion.EPOCHS
    places = [Cell(c["method"], c["rate"], c["size_factor"], c["batch_norm"]) for c in results.cells]
    assert places == grid()
    for cell, stored in zip(places, results.cells, strict=True):
        assert stored["seeds"] == list(fusion.seeds_of(cell))
        for name in ("loss", "validation", "test", "speed", "curves", "shares"):
            assert len(stored[name]) == len(stored["seeds"])
    assert set(results.about) >= {"command", "date", "versions", "machine", "minutes"}


def test_command_line(tmp_path, monkeypatch, capsys):
    from l2norm_ref.experiments import __main__ as program

    monkeypatch.setattr(fusion, "reduced_grid", lambda: [Cell("concat", 1e-2)])
    monkeypatch.setattr(fusion, "EPOCHS", 1)
    monkeypatch.setattr(fusion, "run_all", lambda *a, **k: run_all(*a, **(k | {"epochs": 1})))
    target = tmp_path / "runs.json"
    assert program.main(["fusion", "--reduced", "--jobs", "1", "--out", str(target)]) == 0
    results = load(target)
    assert results.about["versions"]["numpy"] == version("numpy")
    assert results.about["command"] == "python -m l2norm_ref.experiments fusion --reduced --jobs 1"
    assert [path.name for path in tmp_path.iterdir()] == ["runs.json"]
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "100 %  2 of 2 runs" in captured.err
    assert program.main(["fusion", "--reduced", "--jobs", "1", "--out", str(tmp_path / "no" / "runs.json")]) == 2
    assert "--out" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["fusion", "--jobs", "0"], ["fusion", "--jobs", "x"], ["other"]])
def test_wrong_arguments_are_one_line_and_status_2(arguments):
    command = [sys.executable, "-m", "l2norm_ref.experiments", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
