"""check_l2norm passes what is right, fails what is not, and refuses what it cannot check."""

import subprocess
import sys
import time

import numpy as np
import pytest
from check_kernels import EPS_MODES, kernel
from torch_gate import import_torch

from l2norm_ref import exhibits, l2norm_backward, l2norm_forward, presets
from l2norm_ref.check import check_l2norm

SSD = {"across_spatial": False, "channel_shared": False}


def assert_right(report):
    assert report.passed, str(report)
    assert report.diagnosis == []
    assert report.failures == ()
    report.raise_for_failures()


@pytest.mark.parametrize("eps_mode", EPS_MODES)
@pytest.mark.parametrize("eps", [1e-12, 0.3])
def test_a_kernel_in_its_own_dtype_passes(eps_mode, eps):
    for flags in (SSD, {"across_spatial": True, "channel_shared": False}):
        mode = {"eps_mode": eps_mode, "eps": eps, **flags}
        assert_right(check_l2norm(*kernel(**mode), **mode))


@pytest.mark.parametrize(
    "mode",
    [
        {"channel_shared": True},
        {"channel_shared": False, "channel_axis": -1, "across_spatial": False},
        {"channel_shared": False, "axes": "spatial"},
        {"channel_shared": False, "axes": "all"},
        {"axes": (0,)},
        {"axes": (0, 2), "channel_shared": False},
        {"channel_axis": 4, "channel_shared": False},
    ],
    ids=str,
)
@pytest.mark.parametrize("eps_mode", ["add_inside", "clamp_norm"])
def test_every_layout_passes(mode, eps_mode):
    mode = {"eps": 1e-5, "eps_mode": eps_mode} | mode
    assert_right(check_l2norm(*kernel(**mode), dtypes=("float32",), **mode))


@pytest.mark.parametrize("rank", [1, 2, 3, 4, 5, 6])
def test_every_rank_passes(rank):
    seen = set()
    forward, backward = kernel(axes=(0,) if rank == 1 else (1,), eps=1e-4)

    def watched(x, scale):
        seen.add(x.ndim)
        return forward(x, scale)

    report = check_l2norm(watched, backward, rank=rank, axes=(0,) if rank == 1 else (1,), eps=1e-4)
    assert_right(report)
    assert seen == {rank}


def test_without_scale_it_is_none():
    forward, backward = kernel(eps=1e-8)
    assert_right(check_l2norm(forward, backward, has_scale=False, eps=1e-8))
    seen = []
    report = check_l2norm(
        lambda x, scale: seen.append(scale) or forward(x, None),
        lambda dy, x, scale: seen.append(scale) or backward(dy, x, None)[0],  # dx alone will do
        has_scale=False,
        eps=1e-8,
    )
    assert_right(report)
    assert set(seen) == {None}
    assert {r.output for r in report.results} == {"y", "dx"}


def test_the_scale_has_the_shape_of_the_mode():
    shapes = set()
    for shared in (True, False):
        forward, _ = kernel()
        check_l2norm(
            lambda x, scale, forward=forward: (
                shapes.add((scale.ndim, scale.shape in ((), (x.shape[1],)))) or forward(x, scale)
            ),
            channel_shared=shared,
        )
    assert shapes == {(0, True), (1, True)}


@pytest.mark.parametrize("name", ["SSD_CAFFE", "TORCH_NORMALIZE", "TENSORFLOW", "CHAINER", "ONNX", "MXNET_SPATIAL"])
def test_the_reference_passes_every_preset_even_strictly(name):
    preset = presets.get(name)

    def backward(dy, x, scale):
        return l2norm_backward(dy, l2norm_forward(x, scale, **preset)[1])

    report = check_l2norm(
        lambda x, scale: l2norm_forward(x, scale, **preset)[0],
        backward,
        dtypes=("float16", "float32", "float64"),
        strict=True,
        has_scale=preset.scale != "none",
        **preset,
    )
    assert_right(report)
    assert report.notes == ()


@pytest.mark.parametrize("eps_mode", EPS_MODES)
def test_float16(eps_mode):
    mode = {"eps_mode": eps_mode, "eps": 2e-2, **SSD}
    report = check_l2norm(*kernel(**mode), dtypes=(np.float16,), **mode)
    assert_right(report)
    assert any("float16 overflow, float16: y" in note for note in report.notes)
    small = {"eps_mode": eps_mode, "eps": 1e-12, **SSD}  # 0 in float16: 0/0 at zero, which does not decide
    assert_right(check_l2norm(*kernel(**small), dtypes=("float16",), **small))


def test_float16_sees_what_is_wrong():
    mode = {"eps": 1e-3, **SSD}
    forward, backward = kernel(**mode)
    caffe = exhibits.by_name("caffe").backward
    assert caffe is not None

    def wrong(dy, x, scale):
        return caffe(dy, x, scale, 1e-3, (1,)), backward(dy, x, scale)[1]

    report = check_l2norm(forward, wrong, dtypes=("float16",), **mode)
    assert not report.passed
    assert "exhibit caffe " in report.diagnosis[0]


def test_torch_passes_with_its_own_gradient():
    torch = import_torch()

    def forward(x, scale):
        return torch.nn.functional.normalize(x, dim=1)

    def backward(dy, x, scale):
        x.requires_grad_()
        return torch.autograd.grad(forward(x, None), x, dy)[0]

    report = check_l2norm(forward, backward, convert=torch.from_numpy, has_scale=False, **presets.TORCH_NORMALIZE)
    assert_right(report)
    assert [note for note in report.notes if "huge, float32: y" in note]  # 0 at 1e20
    strict = check_l2norm(
        forward, convert=torch.from_numpy, has_scale=False, strict=True, dtypes=("float32",), **presets.TORCH_NORMALIZE
    )
    assert not strict.passed
    assert {r.fixture for r in strict.failures} == {"huge"}
    assert strict.diagnosis == []


def test_torch_with_a_scale_and_a_history_on_what_it_returns():
    torch = import_torch()

    def forward(x, scale):
        x.requires_grad_()
        d = torch.sqrt(torch.sum(x * x, dim=1, keepdim=True) + 1e-10)
        return scale.requires_grad_().reshape(1, -1, 1, 1) * x / d  # still requires grad

    def backward(dy, x, scale):
        return torch.autograd.grad(forward(x, scale), (x, scale), dy)

    assert_right(check_l2norm(forward, backward, convert=torch.from_numpy, eps=1e-10, **SSD))


def test_torch_without_a_guard_is_nan_at_zero():
    torch = import_torch()

    def forward(x, scale):
        return x / (x.pow(2).sum(1, keepdim=True).sqrt() + 1e-10)

    def backward(dy, x, scale):
        x.requires_grad_()
        return torch.autograd.grad(forward(x, None), x, dy)[0]

    mode = {"eps_mode": "add_outside", "eps": 1e-10, "across_spatial": False}
    report = check_l2norm(forward, backward, convert=torch.from_numpy, has_scale=False, **mode)
    assert {r.fixture for r in report.failures} == {"zero slices"}
    assert report.diagnosis == ["dx: dx is not finite where x is 0 throughout a norm; h / d is right there"]


@pytest.mark.parametrize("eps_mode", ["clamp_norm", "clamp_sum"])
def test_at_the_tie_any_branch_and_what_lies_between(eps_mode):
    mode = {"eps_mode": eps_mode, "eps": 1e-4, **SSD}
    (forward, above), (_, below) = (kernel(**mode | {"eps": 1e-4 * factor}) for factor in (1 - 1e-15, 1 + 1e-15))

    def mixed(share):
        def backward(dy, x, scale):
            first, second = above(dy, x, scale), below(dy, x, scale)
            return share * first[0] + (1 - share) * second[0], first[1]

        return check_l2norm(forward, backward, dtypes=("float64",), **mode)

    for share in (0.0, 0.5, 1.0):
        assert_right(mixed(share))
    for share in (-0.5, 1.5):
        assert {(r.fixture, r.output) for r in mixed(share).failures} == {("tie", "dx")}


def test_forward_only_is_said():
    report = check_l2norm(kernel(**SSD)[0], **SSD)
    assert_right(report)
    assert not report.has_backward
    assert "no backward was given: only the forward pass was checked" in report.notes
    assert {r.output for r in report.results} == {"y"}


def test_strict_decides_what_is_a_note_otherwise():
    mode = {"eps": 1e-6, **SSD}
    report = check_l2norm(*kernel(**mode), strict=True, **mode)
    assert not report.passed
    assert {r.fixture for r in report.failures} == {"huge"}
    assert all(r.decides for r in report.results)


def test_the_zero_scale_is_a_note():
    mode = {"eps": 1e-6, **SSD}
    forward, backward = kernel(**mode)

    def divided(dy, x, scale):
        dx, _ = backward(dy, x, scale)
        return dx, np.sum(forward(x, scale) * dy, axis=(0, 2, 3)) / scale

    report = check_l2norm(forward, divided, **mode)
    assert_right(report)
    hint = "dscale is not finite where the scale is 0: it looks like sum(y dy) / scale, 0/0 there"
    assert hint in report.notes
    assert hint in check_l2norm(forward, divided, strict=True, **mode).diagnosis


@pytest.mark.parametrize("seed", range(4))
def test_random_right_kernels_get_no_diagnosis(seed):
    rng = np.random.default_rng(seed)
    mode = {
        "eps_mode": str(rng.choice(EPS_MODES)),
        "eps": float(10.0 ** rng.uniform(-12, 1)),
        "channel_shared": bool(rng.integers(2)),
        "axes": [(1,), (1, 2, 3), "spatial", (0, 1), (2,)][rng.integers(5)],
        "channel_axis": [1, -1][rng.integers(2)],
    }
    assert_right(check_l2norm(*kernel(**mode), **mode))


def test_it_is_quick():
    mode = {"eps": 1e-10, **SSD}
    start = time.perf_counter()
    check_l2norm(*kernel(**mode), **mode)
    assert time.perf_counter() - start < 2


def test_nothing_core_is_no_pass():
    with pytest.raises(ValueError, match=r"eps: expected one that float32 can hold .*, got 1e\+40"):
        check_l2norm(*kernel(eps=1e40), eps=1e40)


@pytest.mark.parametrize(
    "arguments, kind, message",
    [
        ({"forward": 3}, TypeError, "forward: expected a function, got int 3"),
        ({"backward": 3}, TypeError, "backward: expected a function or None, got int 3"),
        ({"convert": "torch"}, TypeError, "convert: expected a function or None, got str 'torch'"),
        ({"strict": 1}, TypeError, "strict: expected True or False, got int 1"),
        ({"has_scale": None}, TypeError, "has_scale: expected True or False, got None"),
        ({"dtypes": "float32"}, TypeError, "dtypes: expected some of float16, float32, float64, in a tuple"),
        ({"dtypes": ()}, ValueError, "dtypes: expected some of float16, float32, float64, in a tuple"),
        ({"dtypes": ("int32",)}, ValueError, "dtypes: expected .*, got str 'int32'"),
        ({"dtypes": (None,)}, ValueError, "dtypes: expected .*, got None"),
        ({"dtypes": ("float33",)}, TypeError, "dtypes: expected .*, got str 'float33'"),
        ({"rank": 7}, ValueError, "rank: expected an integer from 1 to 6, got int 7"),
        ({"rank": True}, TypeError, "rank: expected an integer from 1 to 6, got True"),
        ({"rank": 1}, ValueError, "x: expected rank 2 to 6"),
        ({"eps": -1}, ValueError, "eps: expected"),
        ({"eps_mode": "inside"}, ValueError, "eps_mode: expected one of"),
        ({"channel_axis": 0}, ValueError, "channel_axis: expected"),
        ({"epsilon": 1e-5}, TypeError, "epsilon: expected a keyword argument of a mode"),
        ({"precision": "plain"}, TypeError, "precision: expected a keyword argument of a mode"),
    ],
    ids=str,
)
def test_wrong_arguments(arguments, kind, message):
    arguments = {"forward": kernel()[0], **arguments}
    with pytest.raises(kind, match=message):
        check_l2norm(**arguments)


def test_numpy_is_enough():
    code = """
import sys
for name in ("sympy", "mpmath", "torch", "scipy", "matplotlib"):
    sys.modules[name] = None  # importing it fails
from l2norm_ref.check import check_l2norm
assert not check_l2norm(lambda x, scale: x).passed
"""
    subprocess.run([sys.executable, "-c", code], timeout=60, check=True)
