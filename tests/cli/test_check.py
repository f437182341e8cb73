"""The commands `check` and `vectors`: exit statuses, foreign code that misbehaves, folders that are broken."""

import json
import shutil

import numpy as np
import pytest

from l2norm_ref import cli, l2norm_backward, l2norm_forward, presets
from l2norm_ref.check import VectorsError, check_vectors, write_vectors

KERNEL = """
import os, sys, time
import numpy as np

calls = 0


def parts(x):
    d = np.sqrt(np.sum(x * x, axis=1, keepdims=True) + x.dtype.type(1e-10))
    return x / d, d


def forward(x, scale):
    return scale.reshape(1, -1, 1, 1) * parts(x)[0]


def backward(dy, x, scale):
    xhat, d = parts(x)
    h = scale.reshape(1, -1, 1, 1) * dy
    return (h - xhat * np.sum(xhat * h, axis=1, keepdims=True)) / d, np.sum(dy * xhat, axis=(0, 2, 3))


def caffe(dy, x, scale):
    xhat, d = parts(x)
    dx = (dy - xhat * np.sum(xhat * dy, axis=1, keepdims=True)) / d
    return scale.reshape(1, -1, 1, 1) * dx, np.sum(dy * xhat, axis=(0, 2, 3))


def third_call(what):
    def function(x, scale):
        global calls
        calls += 1
        if calls == 3:
            what()
        return forward(x, scale)

    return function


raises = third_call(lambda: 1 / 0)
exits = third_call(lambda: sys.exit(3))
aborts = third_call(os.abort)
hangs = third_call(lambda: time.sleep(60))


def mutates(x, scale):
    y = forward(x, scale)
    x[...] = 0
    return y


def wide(x, scale):
    return forward(x, scale).astype("float64")


def nothing(x, scale):
    print("this must not be in the report")


def needs_contiguous(x, scale):
    assert x.flags.c_contiguous, "strides are not supported"
    return forward(x, scale)


not_a_function = 3
"""
MODE = ["--preset", "SSD_CAFFE", "--eps", "1e-10"]


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kernel.py").write_text(KERNEL)
    (tmp_path / "broken.py").write_text("import nosuchmodule\n")
    (tmp_path / "leaves.py").write_text("raise SystemExit(5)\n")
    return tmp_path


def run(capsys, *arguments):
    status = cli.main(["check", *arguments])
    out, err = capsys.readouterr()
    return status, out, err


def test_a_right_kernel_conforms(kernel, capsys):
    status, out, err = run(capsys, "kernel:forward", "--backward", "kernel:backward", *MODE)
    assert (status, err) == (0, "")
    assert out.startswith("PASSED: ")
    assert "diagnosis" not in out


def test_a_wrong_one_does_not_and_is_diagnosed(kernel, capsys):
    status, out, _ = run(capsys, "kernel:forward", "--backward", "kernel:caffe", "--json", *MODE)
    report = json.loads(out)
    assert status == 1
    assert report["version"] == 1
    assert not report["passed"]
    assert any("caffe" in sentence for sentence in report["diagnosis"])


def test_a_mode_without_scale(kernel, capsys):
    (kernel / "plain.py").write_text(
        "import numpy as np\n\ndef forward(x, scale):\n    assert scale is None\n"
        "    return x / np.maximum(np.sqrt(np.sum(x * x, axis=1, keepdims=True)), x.dtype.type(1e-12))\n"
    )
    status, out, _ = run(capsys, "plain:forward", "--preset", "TORCH_NORMALIZE", "--dtype", "float32")
    assert status == 0, out
    assert "float64" not in out


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("raises", "ZeroDivisionError"),
        ("exits", "SystemExit: 3"),
        ("aborts", "ended its process (signal 6)"),
        ("hangs", "did not return within 1 s"),
    ],
)
def test_what_happens_in_one_call_fails_one_fixture(kernel, capsys, function, message):
    arguments = [f"kernel:{function}", "--timeout", "1", "--dtype", "float32", "--json", *MODE]
    status, out, err = run(capsys, *arguments)
    report = json.loads(out)
    assert status == 1
    failed = [result for result in report["results"] if not result["passed"] and result["decides"]]
    assert failed
    assert {result["kind"] for result in failed} == {"raised"}
    assert message in failed[0]["message"]
    good = [result for result in report["results"] if result["passed"]]
    assert len(good) > len(failed)  # a new process counts its calls anew, so there are more such failures
    assert "Traceback" not in out + err


@pytest.mark.parametrize(
    ("function", "kind", "message"),
    [
        ("mutates", "mutated", "changes its argument x in place"),
        ("wide", "dtype", "float64"),
        ("nothing", "returned", "None"),
    ],
)
def test_what_a_function_does_each_time(kernel, capsys, function, kind, message):
    status, out, _ = run(capsys, f"kernel:{function}", "--dtype", "float32", "--json", *MODE)
    report = json.loads(out)
    assert status == 1
    failed = [result for result in report["results"] if not result["passed"] and result["decides"]]
    assert kind in {result["kind"] for result in failed}
    assert any(message in result["message"] for result in failed)
    assert "must not be in the report" not in out


def test_strides_survive_the_way_to_the_other_process(kernel, capsys):
    status, out, _ = run(capsys, "kernel:needs_contiguous", "--dtype", "float32", "--json", *MODE)
    failed = [result for result in json.loads(out)["results"] if not result["passed"] and result["decides"]]
    assert status == 1
    assert [result["fixture"] for result in failed] == ["not contiguous"]
    assert "strides are not supported" in failed[0]["message"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["kernel"], "'kernel': expected module:name"),
        (["nosuch:forward"], "nosuch:forward: ModuleNotFoundError: No module named 'nosuch'"),
        (["broken:forward"], "broken:forward: ModuleNotFoundError: No module named 'nosuchmodule'"),
        (["leaves:forward"], "leaves:forward: SystemExit: 5"),
        (["kernel:gone"], "kernel:gone: kernel has no gone"),
        (["kernel:not_a_function"], "kernel:not_a_function: not_a_function is not callable"),
        (["kernel:forward", "--backward", "kernel:gone"], "kernel:gone: kernel has no gone"),
        (["kernel:forward", "--convert", "kernel:gone"], "kernel:gone: kernel has no gone"),
        (["kernel:forward", "--preset", "NOSUCH"], "--preset: expected a key of presets.ALL"),
        (["kernel:forward", "--eps", "-1"], "eps: expected a finite real number >= 0"),
        (["kernel:forward", "--timeout", "0"], "--timeout: expected a number above 0, got 0.0"),
        (["kernel:forward", "--dtype", "int8"], "argument --dtype: invalid choice"),
        ([], "expected a forward function, module:name, or --results FOLDER"),
        (["kernel:forward", "--results", "x"], "and not both"),
        (["--results", "nowhere"], "--results nowhere/manifest.json: there is no such file"),
        (["--results", ".", "--preset", "SSD_CAFFE"], "--results: the manifest in the folder says which variant"),
    ],
)
def test_what_cannot_be_checked_is_one_line_and_status_2(kernel, capsys, arguments, message):
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


# ------------------------------------------------------------------------------------------------- vectors


def answer(folder):
    """What a right kernel would write, from the files alone."""
    manifest = json.loads((folder / "manifest.json").read_text())
    mode = {key: tuple(v) if isinstance(v, list) else v for key, v in manifest["mode"].items()}
    for case in manifest["cases"]:
        inputs = {key: np.load(folder / entry["file"]) for key, entry in case["inputs"].items()}
        y, saved = l2norm_forward(inputs["x"], inputs.get("scale"), **mode)
        dx, dscale = l2norm_backward(inputs["dy"], saved)
        for key, array in {"y": y, "dx": dx, "dscale": dscale}.items():
            if key in case["outputs"]:
                entry = case["outputs"][key]
                assert list(array.shape) == entry["shape"]
                assert array.dtype == case["dtype"]
                assert np.array_equal(array, np.load(folder / entry["expected"]))
                assert 0 < entry["tolerance"] < 1e-2
                np.save(folder / entry["file"], array)
    return manifest


@pytest.mark.parametrize("name", ["SSD_CAFFE", "TORCH_NORMALIZE", "ONNX", "MXNET_SPATIAL", "TENSORFLOW"])
def test_vectors_are_judged_as_the_functions_are(tmp_path, capsys, name):
    folder = tmp_path / "v"
    assert cli.main(["vectors", "--preset", name, "--out", str(folder)]) == 0
    assert "listed in manifest.json" in capsys.readouterr().out
    manifest = answer(folder)
    assert {case["dtype"] for case in manifest["cases"]} == {"float32", "float64"}
    status, out, _ = run(capsys, "--results", str(folder))
    assert status == 0, out
    assert run(capsys, "--results", str(folder), "--strict")[0] == 0


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vectors") / "v"
    write_vectors(folder, dtypes=("float32",), **presets.SSD_CAFFE)
    answer(folder)
    return folder


@pytest.fixture
def folder(answered, tmp_path):
    return shutil.copytree(answered, tmp_path / "v")


def failures(folder):
    return {(result.fixture, result.output, result.kind) for result in check_vectors(folder).failures}


def test_a_wrong_number_is_found(folder):
    path = folder / "odd-sizes-float32" / "dx.npy"
    dx = np.load(path)
    dx[1, 2, 3, 0] *= 1.01
    np.save(path, dx)
    assert failures(folder) == {("odd sizes", "dx", "value")}


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-7]),
        lambda path: path.write_bytes(b"not an array" * 100),
        lambda path: np.save(path, np.array([{}], object), allow_pickle=True),
        lambda path: (path.unlink(), path.mkdir()),
    ],
)
def test_a_missing_or_broken_file_fails_its_case_only(folder, damage):
    damage(folder / "odd-sizes-float32" / "y.npy")
    assert failures(folder) == {("odd sizes", "forward", "raised")}


def test_a_file_of_another_shape_or_dtype(folder):
    path = folder / "odd-sizes-float32" / "y.npy"
    y = np.load(path)
    np.save(path, y.astype("float64"))
    assert failures(folder) == {("odd sizes", "y", "dtype")}
    np.save(path, y[:, :1])
    assert failures(folder) == {("odd sizes", "y", "shape")}


def test_without_gradients_only_the_forward_pass_is_checked(folder):
    for path in folder.glob("*/d*.npy"):
        if path.name != "dy.npy":
            path.unlink()
    report = check_vectors(folder)
    assert report.passed
    assert not report.has_backward


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "expected an object with version, mode"),
        ('{"version": 2, "mode": {}, "has_scale": true, "rank": 4, "cases": []}', "expected version 1"),
        ('{"version": 1, "mode": {"a": 1}, "has_scale": true, "rank": 4, "cases": []}', "and a mode of"),
        ('{"version": 1, "mode": {}, "has_scale": true, "rank": 4, "cases": [1]}', "expected cases with a dtype"),
        ('{"version": 1, "mode": {}, "has_scale": true, "rank": 4, "cases": []}', "dtypes: expected some of"),
        ('{"version": 1, "mode": {"eps": -1}, "has_scale": true, "rank": 4, "cases": []}', "eps: expected a finite"),
    ],
)
def test_a_broken_manifest_is_refused(folder, capsys, text, message):
    (folder / "manifest.json").write_text(text)
    with pytest.raises(VectorsError, match=message):
        check_vectors(folder)
    status, out, err = run(capsys, "--results", str(folder))
    assert (status, out, err.count("\n")) == (2, "", 1)


def test_vectors_are_written_whole_or_not_at_all(tmp_path, capsys):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("mine")
    (tmp_path / "empty").mkdir()
    write_vectors(tmp_path / "empty", dtypes=("float32",))
    for arguments, message in (
        (["--out", str(tmp_path / "full")], "expected a folder that does not exist yet"),
        (["--out", str(tmp_path / "new"), "--eps", "-1"], "eps: expected a finite"),
        (["--out", str(tmp_path / "full" / "file" / "v")], "--out"),
        ([], "required: --out"),
    ):
        status = cli.main(["vectors", *arguments])
        err = capsys.readouterr().err
        assert (status, err.count("\n")) == (2, 1)
        assert message in err
    assert {path.name for path in tmp_path.iterdir()} == {"full", "empty"}
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["file"]


def test_the_help_has_examples(capsys):
    for command in ("check", "vectors"):
        assert cli.main([command, "--help"]) == 0
        out = capsys.readouterr().out
        assert f"  l2norm-ref {command} " in out
        assert "exit status: 0" in out
