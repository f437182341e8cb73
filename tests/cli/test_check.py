"""The commands `check` and `vectors`: exit statuses, foreign code that misbehaves, folders that are broken."""

import importlib
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from l2norm_ref import check, cli, l2norm_backward, l2norm_forward, presets
from l2norm_ref.check import VectorsError, check_l2norm, check_vectors, write_vectors
from l2norm_ref.cli._worker import Worker

KERNEL = """
import os, sys, threading, time, warnings
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


def prints_as_c_does(x, scale):
    os.write(1, b"hello from C\\n")
    return forward(x, scale)


def warns(x, scale):
    warnings.warn("slow path")
    return forward(x, scale)


def no_doubles(array):
    if array.dtype == np.float64:
        raise TypeError("no doubles")
    return array


def dies_between_calls(x, scale):
    global calls
    calls += 1
    if calls == 3:
        threading.Timer(0.0, os._exit, [3]).start()
    return forward(x, scale)


def never_returns(x, scale):
    time.sleep(60)


class Subclass(np.ndarray):
    pass


class OnADevice:
    def __init__(self, array):
        self.array = array

    def detach(self):
        return self

    def cpu(self):
        return self.array

    def __array__(self, *arguments, **keywords):
        raise TypeError("cannot convert a tensor on a device")


class Broken:
    def __array__(self, *arguments, **keywords):
        raise ValueError("broken")


def odd(x, scale):
    # another kind of value in each call
    global calls
    calls += 1
    y = forward(x, scale)
    values = [y, y.view(Subclass), OnADevice(y), Broken(), np.array([lambda: 0], object), np.ma.array(y, mask=True)]
    values += [None, (y,), (y, y), [y], y.tolist(), "y", 1.0, y.astype(object), (v for v in y), Subclass, y[..., ::-1]]
    return values[calls % len(values)]


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


def test_what_c_prints_is_not_in_the_report(kernel):
    command = [sys.executable, "-m", "l2norm_ref", "check", "kernel:prints_as_c_does", "--json", *MODE]
    done = subprocess.run([*command, "--dtype", "float32"], capture_output=True, timeout=60, cwd=kernel)
    assert done.returncode == 0
    assert json.loads(done.stdout)["passed"] is True
    assert b"hello from C" in done.stderr


def test_a_warning_is_a_note(kernel, capsys):
    status, out, _ = run(capsys, "kernel:warns", "--dtype", "float32", "--json", *MODE)
    assert status == 0
    assert "forward warned: UserWarning: slow path" in json.loads(out)["notes"]


def test_a_conversion_that_raises_fails_where_it_does(kernel, capsys):
    status, out, err = run(capsys, "kernel:forward", "--convert", "kernel:no_doubles", "--json", *MODE)
    failed = [result for result in json.loads(out)["results"] if not result["passed"] and result["decides"]]
    assert (status, err) == (1, "")
    assert {result["dtype"] for result in failed} == {"float64"}
    assert {result["message"].partition(" (")[0] for result in failed} == {"forward raised TypeError: no doubles"}


def test_a_process_that_ends_between_calls_is_started_again(kernel):
    """Whether the call after it sends or receives is a matter of time; so the process is ended here."""
    worker = Worker({"forward": "kernel:forward"}, 30.0)
    x, scale = np.ones((2, 3, 1, 1)), np.ones(3)

    def call():
        return worker.call("forward", {"x": x, "scale": scale}, {"y": x.shape}, strided=False)

    try:
        assert call().problems == []
        worker._process.kill()
        worker._process.join()
        assert [(p.kind, p.message) for p in call().problems] == [("raised", "forward ended its process (signal 9)")]
        assert call().problems == []
    finally:
        worker.stop()


def test_a_kernel_that_ends_its_process_between_calls(kernel, capsys):
    status, out, err = run(capsys, "kernel:dies_between_calls", "--dtype", "float32", "--json", *MODE)
    results = json.loads(out)["results"]
    assert (status, err) == (1, "")
    wrong = [result["message"] for result in results if result["kind"] == "raised"]
    assert set(wrong) == {"forward ended its process (exit status 3)"}
    assert len(wrong) < len(results) / 2 + 1


def test_after_three_calls_that_hang_no_more_are_made(kernel, capsys):
    arguments = ["kernel:never_returns", "--timeout", "0.3", "--dtype", "float32", "--json", *MODE]
    status, out, _ = run(capsys, *arguments)
    messages = [result["message"] for result in json.loads(out)["results"]]
    late = [message for message in messages if message.startswith("forward did not return within 0.3 s")]
    assert status == 1
    assert len(late) == 2  # the first fixture is called twice
    rest = "forward was not called: 3 calls in a row did not return within 0.3 s"
    assert {message for message in messages if message not in late} == {rest}


def test_the_command_judges_as_the_function_does(kernel, capsys, monkeypatch):
    """A list of odd values is read alike in the other process and in this one."""
    monkeypatch.syspath_prepend(str(kernel))
    monkeypatch.delitem(sys.modules, "kernel", raising=False)
    odd = importlib.import_module("kernel").odd
    monkeypatch.delitem(sys.modules, "kernel")
    report = check_l2norm(odd, **presets.SSD_CAFFE | {"eps": 1e-10})
    status, out, _ = run(capsys, "kernel:odd", "--json", *MODE)
    assert status == 1
    assert json.loads(out)["results"] == json.loads(report.to_json())["results"]
    assert {"value", "returned", "dtype"} == {result.kind for result in report.results}


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
        (["kernel:forward", "--timeout", "0"], "--timeout: expected a number of seconds above 0, up to a day"),
        (["kernel:forward", "--timeout", "inf"], "--timeout: expected a number of seconds above 0, up to a day"),
        (["kernel:forward", "--timeout", "nan"], "--timeout: expected a number of seconds above 0, up to a day"),
        (["kernel:forward", "--timeout", "1e10"], "up to a day (86400), got 1e+10"),
        (["--results", ""], "--results: expected a folder, got ''"),
        (["--results", ".", "--no-scale"], "--results: the manifest in the folder says which variant"),
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


def test_a_wrong_dscale_counts_without_any_dx(folder):
    for path in folder.glob("*/dx.npy"):
        path.unlink()
    path = folder / "odd-sizes-float32" / "dscale.npy"
    np.save(path, 2 * np.load(path))
    report = check_vectors(folder)
    assert report.has_backward
    assert {r.output for r in report.failures} == {"backward"}
    assert all("dx.npy is missing" in r.message for r in report.failures)


@pytest.mark.parametrize("name", ["x", "dy", "scale"])
def test_an_input_that_was_changed_is_said(folder, name):
    path = folder / "odd-sizes-float32" / f"{name}.npy"
    np.save(path, 2 * np.load(path))
    report = check_vectors(folder)
    assert {r.fixture for r in report.failures} == {"odd sizes"}
    assert f"{name}.npy was changed, or written by another version" in report.failures[0].message


def test_no_vectors_of_a_variant_that_cannot_be_checked(folder, tmp_path, capsys):
    status = cli.main(["vectors", "--eps", "1e30", "--dtype", "float32", "--out", str(tmp_path / "z")])
    out, err = capsys.readouterr()
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "eps: expected one that float32 can hold beside its square and cube, got 1e+30" in err
    assert not (tmp_path / "z").exists()
    manifest = folder / "manifest.json"
    record = json.loads(manifest.read_text())
    record["mode"]["eps"] = 1e30
    manifest.write_text(json.dumps(record))
    status, out, err = run(capsys, "--results", str(folder))
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "manifest.json: eps: expected one that float32 can hold" in err


def test_a_folder_is_a_path():
    for function in (write_vectors, check_vectors):
        with pytest.raises(TypeError, match="folder: expected a path, got int 5"):
            function(5)


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


def test_a_file_that_cannot_be_read_is_named(folder, capsys, monkeypatch):
    def refuse(*arguments, **keywords):
        raise PermissionError(13, "Permission denied", "v/manifest.json")

    monkeypatch.setattr(check, "check_vectors", refuse)
    assert run(capsys, "--results", str(folder)) == (2, "", "l2norm-ref check: v/manifest.json: Permission denied\n")
