"""The commands `derive` and `generate`: what they print, and what they refuse in one line."""

import subprocess
import sys

import pytest

from l2norm_ref import cli, presets
from l2norm_ref.emit.generate import generate


def run(capsys, *arguments):
    status = cli.main(list(arguments))
    out, err = capsys.readouterr()
    return status, out, err


def test_generate_prints_the_functions(capsys):
    status, out, err = run(capsys, "generate", "--preset", "SSD_CAFFE", "--target", "c")
    assert (status, err) == (0, "")
    assert out == generate(presets.SSD_CAFFE, "c")


def test_options_override_the_preset(capsys):
    _, out, _ = run(capsys, "generate", "--preset", "SSD_CAFFE", "--eps", "0.5", "--eps-mode", "clamp_norm")
    assert out == generate(presets.SSD_CAFFE | {"eps": 0.5, "eps_mode": "clamp_norm"})
    _, out, _ = run(capsys, "generate", "--no-across-spatial", "--channel-shared", "--channel-axis", "-1", "--no-scale")
    assert out == generate({"across_spatial": False, "channel_shared": True, "channel_axis": -1}, scale=False)
    _, out, _ = run(capsys, "generate", "--axes", "spatial", "--name", "norm")
    assert out == generate({"axes": "spatial"}, name="norm")
    _, out, _ = run(capsys, "generate", "--preset", "MXNET_SPATIAL", "--across-spatial")
    assert out == generate(presets.MXNET_SPATIAL | {"axes": None, "across_spatial": True}, scale=False)


def test_a_preset_without_a_scale_has_none(capsys):
    assert presets.ONNX.scale == "none"
    _, out, _ = run(capsys, "generate", "--preset", "ONNX")
    assert "gamma" not in out
    _, out, _ = run(capsys, "generate", "--preset", "ONNX", "--scale")
    assert "gamma" in out


def test_generate_writes_a_whole_file(capsys, tmp_path):
    path = tmp_path / "made" / "l2norm.py"
    status, out, _ = run(capsys, "generate", "--out", str(path))
    assert (status, out) == (0, "")
    assert path.read_text() == generate({})
    assert list(path.parent.iterdir()) == [path]


def test_derive_prints_the_closed_form(capsys):
    status, out, _ = run(capsys, "derive", "--preset", "SSD_CAFFE")
    assert status == 0
    assert "    s = sum(x**2, over channels)\n" in out
    assert "    dx = h / d - x * <x, h> / d**3\n" in out
    assert "    dgamma = sum(dy * xhat, over samples, positions)\n" in out
    assert "step" not in out


def test_derive_prints_every_step_with_its_evidence(capsys):
    _, out, _ = run(capsys, "derive", "--eps-mode", "clamp_norm", "--steps")
    assert out.count("\nstep ") == out.count("checked exactly at") == 9
    assert "no longer needed: y" in out
    assert max(map(len, out.splitlines())) <= 100


@pytest.mark.parametrize(("form", "sign"), [("latex", r"\frac{h}{d}"), ("html", '<section class="step">')])
def test_derive_in_other_formats(capsys, form, sign):
    status, out, _ = run(capsys, "derive", "--format", form, "--steps")
    assert status == 0
    assert sign in out
    assert "differentiate backwards" in out.lower()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["generate", "--preset", "SSD_CAFE"], "--preset: expected a key of presets.ALL, got 'SSD_CAFE'; the nearest"),
        (["generate", "--axes", "2,x"], "--axes: expected all, spatial or numbers such as 2,3, got '2,x'"),
        (["generate", "--target", "rust"], "argument --target: invalid choice: 'rust'"),
        (["generate", "--name", "a b"], "name: expected an identifier in ASCII, got 'a b'"),
        (["generate", "--name", "class"], "uses itself, got 'class'"),
        (["generate", "--eps", "nan"], "eps: expected a finite number >= 0"),
        (["derive", "--axes", "2,3"], "axes: expected None, 'all', 'spatial', (0,) or (1,), got (2, 3)"),
        (["derive", "--eps-mode", "max"], "eps_mode: expected one of add_inside"),
        (["generate", "--out", "/proc/nowhere/file"], "/proc/nowhere"),
    ],
)
def test_refusals_are_one_line_and_status_2(capsys, arguments, message):
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert err.startswith(f"l2norm-ref {arguments[0]}: ")


def test_as_a_module():
    command = [sys.executable, "-m", "l2norm_ref", "generate", "--preset", "TORCH_NORMALIZE"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout == generate(presets.TORCH_NORMALIZE, scale=False)
    assert result.stderr == ""
