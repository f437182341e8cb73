"""The audit agrees with the presets and the exhibits, and the five variants with their presets, in torch too."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from fixtures import complex_step
from torch_gate import import_torch

from l2norm_ref import audit, exhibits, l2norm_backward, l2norm_forward, presets

ROOT = Path(__file__).resolve().parents[1]
every = pytest.mark.parametrize("row", audit.rows(), ids=lambda row: row.id)
SHOWN = [e for e in exhibits.ALL if e.name != "sum-of-x"]  # that one is a comment, not a layer


def load(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / "snippets" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@every
def test_words(row):
    assert row.verdict in audit.VERDICTS
    assert row.forward in audit.STATUSES
    assert (row.gradient == "") == (row.backward == "none")
    assert row.gradient in {"", *audit.STATUSES}
    assert (row.verdict in ("differs", "forward differs")) == bool(row.exhibits)
    assert row.backward == "none" or row.verdict != "none"
    assert row.convention in ("add_inside", "add_outside", "clamp_norm", "clamp_sum", "none")
    assert row.verdict not in ("exceptions", "differs", "forward differs") or row.note


@every
def test_the_source_is_located(row):
    assert "re-located" not in json.dumps(row.url) and row.repository.count("/") == 1
    assert row.commit.startswith("v") or len(row.commit) == 40
    assert row.url.startswith(f"https://github.com/{row.repository}/blob/{row.commit}/{row.path}")
    assert " " not in row.url and "{" not in row.url and "|" not in row.url


@every
def test_agrees_with_its_presets(row):
    for preset in map(presets.get, row.presets):
        assert (row.repository, row.path, row.convention) == (preset.repository, preset.path, preset["eps_mode"])
        assert row.commit.startswith(preset.commit)
        first, last = (row.lines.split("-") * 2)[:2] if row.lines else ("0", "0")
        inner = (preset.lines.split("-") * 2)[:2] if preset.lines else (first, last)
        assert int(first) <= int(inner[0]) <= int(inner[1]) <= int(last)
        if row.eps == "none":
            assert preset["eps"] == 0
        elif row.eps == "required":
            assert preset.eps_text.startswith("no default")
        else:
            assert preset["eps"] in (float(row.eps), float(np.float32(row.eps)))
            assert preset.eps_text.startswith(row.eps)
        forwards = [e.status for e in map(exhibits.by_name, row.exhibits) if e.forward is not None]
        assert row.forward in (forwards or [preset.status])
        assert (row.scale == "none") == (preset.scale == "none")


@every
def test_agrees_with_its_exhibits(row):
    for exhibit in map(exhibits.by_name, row.exhibits):
        assert (exhibit.forward is not None) == (row.verdict == "forward differs")
        assert exhibit.eps_mode == row.convention
        sources = {source.repository: source.commit for source in (exhibit.source, *exhibit.also)}
        if row.repository not in sources:
            assert row.id == "paddle-legacy"  # the same arithmetic as Caffe's, read and not run
            assert row.gradient == "read"
            continue
        commits = {s.commit for s in (exhibit.source, *exhibit.also) if s.repository == row.repository}
        assert row.commit in commits
        assert exhibit.status == (row.gradient if exhibit.backward is not None else row.forward)
        if row.eps not in ("none", "required", "not read"):
            assert exhibit.eps == float(row.eps)


def test_what_was_run_has_been_measured():
    """A gradient is only called run or transcribed where the peers measured it, or an exhibit says so."""
    peers = {row["preset"]: row for row in json.loads((ROOT / "docs/data/peers.json").read_text("utf-8"))["rows"]}
    for row in audit.rows():
        if row.gradient in ("run", "transcribed") and not row.exhibits:
            assert all("dx" in peers[name]["errors"] for name in row.presets), row.id
        if row.forward != "read" and not row.exhibits:
            assert row.presets and all(name in peers for name in row.presets), row.id


def test_nothing_is_missing():
    assert [name for name in presets.ALL if not any(name in row.presets for row in audit.rows())] == []
    assert [e.name for e in SHOWN if not any(e.name in row.exhibits for row in audit.rows())] == []
    ids = [row.id for row in audit.rows()]
    assert len(ids) == len(set(ids)) >= 45
    with pytest.raises(KeyError, match="no row 'gone'; there are caffe, "):
        audit.by_id("gone")


def test_reading_it_needs_no_numpy():
    code = "import sys; sys.modules['numpy'] = None; from l2norm_ref import audit; print(len(audit.rows()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == f"{len(audit.rows())}\n", done.stderr


def test_numpynet_and_darknet_are_no_derivative():
    """A derivative is linear in dy; adding is not. Nothing in darknet's CPU code depends on x."""
    rng = np.random.default_rng(0)
    x, dy = rng.normal(size=(2, 2, 3, 5, 7))
    for name in ("numpynet", "darknet-gpu"):
        backward = exhibits.by_name(name).backward
        assert backward is not None
        assert np.min(np.abs(backward(0 * dy, x, None, 1e-8, (1,)))) > 0
    identity = exhibits.by_name("darknet-cpu").backward
    assert identity is not None
    assert np.array_equal(identity(dy, x, None, 0.0, (1,)), dy)


VARIANTS = ["keras_layer", "early_return", "from_scratch", "rescale_factors", "f_normalize"]


@pytest.mark.parametrize("length", [100.0, 1.0, 1e-3, 2e-7])
@pytest.mark.parametrize("name", VARIANTS)
def test_variants_equal_their_presets(name, length):
    snippet = load("blog_variants")
    variant = getattr(snippet, name)
    assert list(snippet.VARIANTS) == [getattr(snippet, name) for name in VARIANTS]
    off, ssd = snippet.compare(variant, length, np.random.default_rng(3))
    assert off < 1e-15
    if name in ("early_return", "f_normalize"):
        assert ssd > 0.5  # not SSD's layer
    elif length >= 1:
        assert ssd < 1e-9


def in_torch(torch, name, x, gamma):
    """The five as they are written in a framework; torch.rsqrt of the clamped sum is what tf.math.l2_normalize is."""
    if name in ("keras_layer", "early_return"):
        y = x * torch.rsqrt(torch.clamp_min(x.square().sum(3, keepdim=True), 1e-12))
        return y * gamma if name == "keras_layer" else y
    if name == "from_scratch":
        return gamma * (x / x.square().sum(3, keepdim=True).sqrt())
    if name == "rescale_factors":
        return x / x.pow(2).sum(dim=1, keepdim=True).sqrt() * gamma[None, :, None, None]
    return torch.nn.functional.normalize(x, p=2, dim=1)


@pytest.mark.parametrize("length", [100.0, 3e-7])
@pytest.mark.parametrize("name", VARIANTS)
def test_variants_in_torch(name, length):
    """Forward and autograd against the preset; zeros too, where the variant has an answer."""
    torch = import_torch()
    snippet = load("blog_variants")
    preset, replaced, scaled = snippet.VARIANTS[getattr(snippet, name)]
    kwargs = preset | replaced
    rng = np.random.default_rng(5)
    x, dy = rng.normal(size=(2, 2, 5, 7, 3) if kwargs["channel_axis"] == -1 else (2, 2, 3, 5, 7))
    x *= length
    gamma = rng.uniform(5, 35, 3) * np.array([1, -1, 1])
    leaf, g = torch.tensor(x, requires_grad=True), torch.tensor(gamma, requires_grad=True)
    expected = in_torch(torch, name, leaf, g)
    expected.backward(torch.tensor(dy))

    scale = gamma if scaled else None
    y, saved = l2norm_forward(x, scale, **kwargs)
    dx, dgamma = l2norm_backward(dy, saved)
    _, _, size = complex_step(x, dy, scale, **kwargs)
    np.testing.assert_allclose(getattr(snippet, name)(x, gamma), expected.detach().numpy(), rtol=1e-14)
    np.testing.assert_allclose(y, expected.detach().numpy(), rtol=1e-14)
    assert np.max(np.abs(dx - leaf.grad.numpy()) / size) < 1e-13
    if scaled:
        np.testing.assert_allclose(dgamma, g.grad.numpy(), rtol=1e-12)
    else:
        assert g.grad is None  # gamma is never used: nothing learns it

    zero = in_torch(torch, name, torch.zeros(x.shape, dtype=torch.float64), torch.tensor(gamma)).numpy()
    assert np.isnan(zero).all() == (name in ("from_scratch", "rescale_factors"))
