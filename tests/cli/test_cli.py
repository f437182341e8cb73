"""The command line as a user meets it: output, exit status, and one line for whatever goes wrong."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from l2norm_ref import __version__, cli
from l2norm_ref.caffe.explain import CODES
from l2norm_ref.cli import COMMANDS, main

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data" / "prototxt"
CLEAN, SSD = str(DATA / "clean.prototxt"), str(DATA / "ssd.prototxt")


def run(*arguments, **options):
    """`python -m l2norm_ref` in a process of its own."""
    command = [sys.executable, "-m", "l2norm_ref", *arguments]
    return subprocess.run(command, capture_output=True, timeout=60, **{"cwd": ROOT, **options})


def refused(capsys, *arguments):
    """The one line on stderr of a command that is refused."""
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.endswith("\n") and err.count("\n") == 1
    assert err.startswith("l2norm-ref")
    return err


def test_explain_a_clean_net(capsys):
    assert main(["explain", CLEAN]) == 0
    out, err = capsys.readouterr()
    assert err == "" and out.isascii()
    assert out.splitlines()[-1] == "no findings"
    for kind, line in (("BatchNorm", 17), ("Scale", 18), ("Normalize", 28)):
        assert f"{CLEAN}:{line}: {kind} " in out


def test_explain_a_net_with_findings(capsys):
    assert main(["explain", SSD]) == 1
    out = capsys.readouterr().out
    assert f"{SSD}:35: risky [normalize-gradient] in TRAIN" in out
    assert out.splitlines()[-1] == "1 finding: 0 wrong, 1 risky"
    assert main(["explain", SSD, "--phase", "TEST"]) == 0
    assert "phases: TEST (--phase TRAIN for TRAIN)" in capsys.readouterr().out


FINDING = {"code": str, "severity": str, "line": int, "layer": str, "phases": list, "message": str, "fix": str}
LAYER = {"name": str, "type": str, "line": int, "bottoms": list, "tops": list, "in_place": bool}
LAYER |= {"phases": dict, "blobs": list, "parameter": dict}
WHOLE = {"version": int, "file": str, "net": str, "phases": list, "notes": list, "layers": list, "findings": list}
PHASE = dict.fromkeys(("formula", "gradient", "statistics", "updates"), str)
BLOB = {"name": str, "shape": str, "learned": bool, "about": str}


def conforms(value, schema):
    assert {key: type(value[key]) for key in value} == schema


@pytest.mark.parametrize("path", sorted(DATA.glob("*.prototxt")), ids=lambda path: path.stem)
def test_json(path, capsys):
    status = main(["explain", str(path), "--json"])
    report = json.loads(capsys.readouterr().out)
    conforms(report, WHOLE)
    assert report["version"] == 1 and status == bool(report["findings"])
    assert set(report["phases"]) <= {"TRAIN", "TEST"}
    for layer in report["layers"]:
        conforms(layer, LAYER)
        for phase, computation in layer["phases"].items():
            assert phase in report["phases"]
            conforms(computation, PHASE)
        for blob in layer["blobs"]:
            conforms(blob, BLOB)
    for finding in report["findings"]:
        conforms(finding, FINDING)
        assert finding["code"] in CODES


def test_json_of_odd_numbers_and_unknown_fields(capsys, tmp_path):
    path = tmp_path / "net.prototxt"
    path.write_text('what: 1 layer { type: "BatchNorm" batch_norm_param { eps: nan moving_average_fraction: inf } }')
    assert main(["explain", str(path), "--json"]) == 1
    report = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    parameter = report["layers"][0]["parameter"]
    assert parameter == {"use_global_stats": None, "eps": "nan", "moving_average_fraction": "inf"}
    assert (report["findings"][0]["code"], report["findings"][0]["layer"]) == ("unknown-field", None)


def test_stdin():
    done = run("explain", "-", input=Path(SSD).read_bytes())
    assert done.returncode == 1 and b"<stdin>:35: risky" in done.stdout
    done = run("explain", "-", input=b"layer {\n")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"l2norm-ref explain: <stdin>:1: the file ends here")
    assert len(done.stderr.splitlines()) == 1


def test_wrong_usage(capsys):
    assert "COMMAND" in refused(capsys)
    assert "'explian'" in refused(capsys, "explian", SSD)
    assert "l2norm-ref explain: the following arguments are required: FILE" in refused(capsys, "explain")
    assert "--jsn" in refused(capsys, "explain", SSD, "--jsn")
    assert "'BOTH'" in refused(capsys, "explain", SSD, "--phase", "BOTH")
    assert "-x" in refused(capsys, "-x", "explain", SSD)


def test_files_that_cannot_be_used(capsys, tmp_path):
    missing = tmp_path / "missing.prototxt"
    assert refused(capsys, "explain", str(missing)) == f"l2norm-ref explain: {missing}: No such file or directory\n"
    assert "Is a directory" in refused(capsys, "explain", str(tmp_path)) or os.name == "nt"
    path = tmp_path / "net.prototxt"
    for text, reason in (
        ("layer {\n name: 3 }", ":2: "),
        ("", ": no layer in it"),
        ("\0", ":1: a NUL byte"),
        ("a {" * 100_000, ":1: blocks nested deeper than 64"),
    ):
        path.write_text(text)
        assert refused(capsys, "explain", str(path)).startswith(f"l2norm-ref explain: {path}{reason}")


def test_help_and_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"l2norm-ref {__version__}\n"
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(command in out for command in COMMANDS)
    assert main(["explain", "--help"]) == 0
    out = capsys.readouterr().out
    assert "--json" in out and "exit status: 0 without findings, 1 with" in out and "l2norm-ref explain deploy" in out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_keeps_the_contract(name, capsys):
    module = cli.import_module(f"l2norm_ref.cli.{name}")
    assert callable(module.configure) and callable(module.run) and module.__doc__
    assert main([name, "--help"]) == 0
    assert f"l2norm-ref {name}" in capsys.readouterr().out


def test_only_the_chosen_command_is_imported():
    code = "import sys; from l2norm_ref.cli import main; main(['--help']); print({*sys.modules} & {'numpy', 'google'})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "set()", done.stderr


def test_a_missing_extra_is_named(capsys, monkeypatch):
    from l2norm_ref.caffe import _schema

    monkeypatch.setitem(sys.modules, "google.protobuf", None)
    _schema._classes.cache_clear()
    try:
        assert refused(capsys, "explain", SSD).endswith("pip install 'l2norm_ref[caffe]'\n")
    finally:
        _schema._classes.cache_clear()


class Command:
    """A command that raises; `outcome` is what."""

    outcome: BaseException

    @staticmethod
    def configure(parser):
        pass

    @classmethod
    def run(cls, options):
        raise cls.outcome


@pytest.mark.parametrize(
    ("outcome", "status", "text"),
    [
        (cli.Refused("line one\nline two"), 2, "l2norm-ref explain: line one line two\n"),
        (ModuleNotFoundError("No module named 'sympy'", name="sympy.core"), 2, "pip install 'l2norm_ref[derive]'\n"),
        (OSError(28, "No space left on device"), 2, "l2norm-ref explain: No space left on device\n"),
        (MemoryError(), 2, "l2norm-ref explain: out of memory\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
    ids=lambda value: type(value).__name__,
)
def test_how_a_command_ends(outcome, status, text, capsys, monkeypatch):
    monkeypatch.setattr(Command, "outcome", outcome, raising=False)
    monkeypatch.setattr(cli, "import_module", lambda name: Command)
    assert main(["explain"]) == status
    err = capsys.readouterr().err
    assert err.endswith(text) and err.count("\n") == bool(text)


def test_a_defect_of_our_own_is_not_hidden(monkeypatch):
    monkeypatch.setattr(Command, "outcome", ModuleNotFoundError("gone", name="l2norm_ref.gone"), raising=False)
    monkeypatch.setattr(cli, "import_module", lambda name: Command)
    with pytest.raises(ModuleNotFoundError):
        main(["explain"])


@pytest.mark.skipif(os.name == "nt", reason="pipes end differently there")
def test_a_pipe_that_is_closed(tmp_path):
    path = tmp_path / "net.prototxt"
    path.write_text('layer { name: "bn" type: "BatchNorm" bottom: "x" top: "x" }\n' * 3000)
    command = [sys.executable, "-m", "l2norm_ref", "explain", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline().startswith(b"/")
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 128 + signal.SIGPIPE


def test_output_that_is_not_utf8(tmp_path):
    path = tmp_path / "net.prototxt"
    path.write_text('layer { name: "卷积" type: "BatchNorm" bottom: "x" top: "x" }', encoding="utf-8")
    done = run("explain", str(path), env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert done.returncode == 1 and done.stderr == b""
    assert b'"\\u5377\\u79ef"' in done.stdout and done.stdout.isascii()
