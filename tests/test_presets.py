"""Every preset runs and means what it says; those of torch's family are held against torch itself.

The engines that have to be installed for it are asked in tests/peers (`make test-peers`).
"""

import copy
import json
import pickle
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import preset_tables
import pytest
from fixtures import complex_step, resolve
from torch_gate import import_torch

from l2norm_ref import l2norm_backward, l2norm_forward, presets

ROOT = Path(__file__).resolve().parents[1]
PEERS = json.loads((ROOT / "docs" / "data" / "peers.json").read_text("utf-8"))["rows"]
every = pytest.mark.parametrize("preset", presets.ALL.values(), ids=presets.ALL)


def near_eps(preset, seed=0, **changed):
    """Norms between a tenth and ten times the eps that counts, random dy, a non-uniform signed scale."""
    kwargs = preset | changed
    shape = (2, 5, 7, 3) if kwargs["channel_axis"] == -1 else (2, 3, 5, 7)
    rng = np.random.default_rng(seed)
    x, dy = rng.normal(size=(2, *shape))
    axes, _ = resolve(shape, None, kwargs)
    threshold = kwargs["eps"] if kwargs["eps_mode"] in ("add_outside", "clamp_norm") else kwargs["eps"] ** 0.5
    norm = np.sqrt(np.sum(x * x, axis=axes, keepdims=True))
    x = x / norm * (threshold or 1) * 10 ** rng.uniform(-1, 1, norm.shape)
    scale = None
    if preset.scale != "none":
        scale = -1.75 if kwargs["channel_shared"] else rng.uniform(0.3, 3, 3) * np.array([1, -1, 1])
    return kwargs, x, dy, scale


@every
def test_forward_and_backward(preset):
    kwargs, x, dy, scale = near_eps(preset)
    y, saved = l2norm_forward(x, scale, **preset)
    dx, dscale = l2norm_backward(dy, saved)
    true_dx, true_dscale, size = complex_step(x, dy, scale, **kwargs)
    assert y.shape == x.shape
    assert np.max(np.abs(dx - true_dx) / size) < 1e-12
    if scale is not None:
        over = tuple(k for k in range(4) if k != kwargs["channel_axis"] % 4) if dscale.ndim else None
        terms = np.sum(np.abs(dy * y / resolve(x.shape, scale, kwargs)[1]), axis=over)
        assert np.max(np.abs(dscale - true_dscale) / terms) < 1e-12


@every
def test_says_where_it_comes_from(preset):
    assert getattr(presets, preset.name) is presets.get(preset.name) is preset
    assert preset.name in presets.__all__
    assert preset.url.startswith(f"https://github.com/{preset.repository}/blob/{preset.commit}/{preset.path}")
    assert all(part in preset.__doc__ for part in (preset.framework, preset.url, preset.status, preset.note))
    assert preset.eps_text and preset.framework
    assert (preset.version != "") == (preset.status != "read")
    assert "not re-located" not in preset.source
    assert repr(preset).startswith(f"{preset.name}(eps_mode='{preset['eps_mode']}', eps=")
    assert eval(repr(preset).replace(preset.name, "dict", 1)) == dict(preset)


@every
def test_eps_is_what_the_framework_holds(preset):
    is_float32 = np.float64(np.float32(preset["eps"])) == preset["eps"]
    says_float32 = any(word in preset.eps_text for word in ("C float", "32-bit"))
    assert is_float32 == says_float32 or preset["eps"] == 0
    assert (preset["eps"] == 0) == (preset["eps_mode"] == "none")


def test_what_was_run_has_been_measured():
    """The status words and versions are those of docs/data/peers.json, which the tests of the peers write."""
    measured = {row["preset"]: row["version"] for row in PEERS}
    assert set(measured) == {name for name, preset in presets.ALL.items() if preset.status != "read"}
    for name, version in measured.items():
        assert version in presets.ALL[name].version, name
    for row in PEERS:  # a preset that was changed has to be measured again
        assert row["arguments"] == json.loads(json.dumps(dict(presets.get(row["preset"])))), row["preset"]


def test_mapping():
    preset = presets.SSD_CAFFE
    assert isinstance(preset, Mapping) and len(preset) == len(dict(preset)) == 5
    changed = preset | {"eps": 0.5}
    assert changed == {**preset, "eps": 0.5} and preset["eps"] == np.float32(1e-10)
    with pytest.raises(AttributeError):
        preset.note = ""  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(TypeError):
        presets.ALL["CAFFE"] = preset  # pyright: ignore[reportIndexIssue]
    with pytest.raises(TypeError):  # nor can what it hands out be changed: the arguments are kept as pairs
        preset["eps"] = 1.0  # pyright: ignore[reportIndexIssue]
    with pytest.raises(TypeError):
        _ = preset | 1
    assert hash(preset.arguments)
    for twin in (copy.deepcopy(preset), pickle.loads(pickle.dumps(preset))):
        assert twin == preset and twin.source == preset.source and twin.__doc__ == preset.__doc__


def test_order_and_names():
    assert list(presets.ALL)[:2] == ["CAFFE", "SSD_CAFFE"]
    assert set(presets.__all__) == {*presets.ALL, "ALL", "STATUSES", "Preset", "get"}
    assert len(presets.ALL) >= 40


@pytest.mark.parametrize(
    ("name", "near"),
    [("caffe", "CAFFE, SSD_CAFFE"), ("KERAS", "KERAS3"), ("ssd-cafe", "SSD_CAFFE"), ("OPENVINO", "OPENVINO_MAX")],
)
def test_unknown_name_lists_the_near_ones(name, near):
    with pytest.raises(ValueError, match=f"^name: .*{name!r}; the nearest are .*{near}"):
        presets.get(name)


@pytest.mark.parametrize("name", ["", "?" * 1000])
def test_unknown_name_without_near_ones(name):
    with pytest.raises(ValueError, match="there are CAFFE, SSD_CAFFE, ") as caught:
        presets.get(name)
    assert len(str(caught.value)) < 1500


def test_name_must_be_a_string():
    with pytest.raises(TypeError, match="name: expected a string"):
        presets.get(3)  # type: ignore[arg-type]


def test_every_preset_and_measurement_is_on_the_page():
    text = (ROOT / "docs" / "presets.md").read_text("utf-8")
    assert all(f'{{{{ table("{name}") }}}}' in text for name in preset_tables.TABLES)
    families = [preset for name in preset_tables.FAMILIES for preset in preset_tables.family(name)]
    assert [preset.name for preset in families] == list(presets.ALL)
    rows = "\n".join(preset_tables.table(name) for name in preset_tables.FAMILIES)
    notes = "\n".join(preset_tables.notes(name) for name in preset_tables.FAMILIES)
    for preset in families:
        assert f"`{preset.name}`" in rows and f"]({preset.url})" in rows and preset.note in notes
    for row in PEERS:
        assert f"{row['version']}" in rows and f"y {row['errors']['y'][0]:g}" in rows


def test_importing_them_needs_no_numpy():
    code = "import sys; sys.modules['numpy'] = None; from l2norm_ref import presets; print(presets.CAFFE['eps_mode'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == "add_inside\n", done.stderr


# The forward pass of each layer in torch, from its source. Its gradient is autograd's.
IN_TORCH = {
    "TORCH_NORMALIZE": lambda torch, x, g, eps: torch.nn.functional.normalize(x, eps=eps),
    "TORCHVISION_SSD": lambda torch, x, g, eps: g.view(1, -1, 1, 1) * torch.nn.functional.normalize(x, eps=eps),
    "PYTORCH_SSD": lambda torch, x, g, eps: (
        g[None, :, None, None] * torch.nn.functional.normalize(x, p=2, dim=1, eps=eps)
    ),
    "SSD_PYTORCH": lambda torch, x, g, eps: (
        g.view(1, -1, 1, 1) * torch.div(x, x.pow(2).sum(dim=1, keepdim=True).sqrt() + eps)
    ),
    "MMDETECTION": lambda torch, x, g, eps: (
        g[None, :, None, None].expand_as(x) * x / (x.pow(2).sum(1, keepdim=True).sqrt() + eps)
    ),
    "A_PYTORCH_TUTORIAL": lambda torch, x, g, eps: x / x.pow(2).sum(dim=1, keepdim=True).sqrt() * g[:, None, None],
    "SSD_CAFFE": lambda torch, x, g, eps: g[:, None, None] * x / torch.sqrt(x.square().sum(1, keepdim=True) + eps),
    "SSD_KERAS": lambda torch, x, g, eps: g * (x * torch.rsqrt(torch.clamp_min(x.square().sum(-1, keepdim=True), eps))),
}


@pytest.mark.parametrize("eps", [None, 0.3, 2.0])
@pytest.mark.parametrize("name", IN_TORCH)
def test_against_torch(name, eps):
    """Forward and autograd in float64: norms on both sides of eps, clamps open and closed, a non-uniform scale."""
    torch = import_torch()
    preset = presets.get(name)
    changed = {} if eps is None or preset["eps_mode"] == "none" else {"eps": eps}
    kwargs, x, dy, scale = near_eps(preset, seed=7, **changed)
    leaf = torch.tensor(x, requires_grad=True)
    gamma = None if scale is None else torch.tensor(scale, requires_grad=True)
    expected = IN_TORCH[name](torch, leaf, gamma, kwargs["eps"])
    expected.backward(torch.tensor(dy))

    y, saved = l2norm_forward(x, scale, **kwargs)
    dx, dscale = l2norm_backward(dy, saved)
    _, _, size = complex_step(x, dy, scale, **kwargs)
    assert np.max(np.abs(y - expected.detach().numpy()) / np.abs(y)) < 1e-14
    assert np.max(np.abs(dx - leaf.grad.numpy()) / size) < 1e-13
    if scale is not None:
        assert np.max(np.abs(dscale - gamma.grad.numpy())) < 1e-13 * np.sum(np.abs(dy * y / np.min(scale)))


def test_torch_at_the_tie_and_at_zero():
    """F.normalize takes the unclamped branch at n = eps and the slope 0 of the norm at x = 0, as the reference does."""
    torch = import_torch()
    for x in ([[3.0, 4.0]], [[0.0, 0.0]], [[0.3, 0.4]]):
        leaf = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        torch.nn.functional.normalize(leaf, eps=5.0).backward(torch.tensor([[1.0, 0.5]], dtype=torch.float64))
        _, saved = l2norm_forward(np.array(x), **presets.TORCH_NORMALIZE | {"eps": 5.0})
        dx, _ = l2norm_backward(np.array([[1.0, 0.5]]), saved)
        np.testing.assert_allclose(dx, leaf.grad.numpy(), rtol=1e-15, atol=0)
