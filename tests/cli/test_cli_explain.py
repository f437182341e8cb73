"""`l2norm-ref explain` on nets that Caffe refuses: reported, with status 1, whatever phase is asked for."""

import json

import pytest

from l2norm_ref.cli import main

SCALE = 'layer { name: "s" type: "Scale" bottom: "x" top: "x" %s }\n'
NORM = 'layer { name: "%s" type: "BatchNorm" bottom: "x" top: "x" %s }\n'
BIAS = "scale_param { bias_term: true }"


@pytest.mark.parametrize("phase", [(), ("--phase", "TEST")], ids=" ".join)
@pytest.mark.parametrize(
    ("code", "net"),
    [
        ("batchnorm-test-name", NORM % ("a", "include { phase: TRAIN }") + NORM % ("b", "include { phase: TEST }")),
        ("too-many-params", NORM % ("a", "param { lr_mult: 0 }" * 4)),
        ("include-and-exclude", NORM % ("a", "include { phase: TEST } exclude { phase: TRAIN }")),
        ("value-out-of-range", NORM % ("a", "batch_norm_param { eps: nan }")),
        ("bottoms-and-tops", NORM % ("a", 'bottom: "z" top: "z"')),
    ],
)
def test_what_caffe_refuses(code, net, phase, tmp_path, capsys):
    path = tmp_path / "net.prototxt"
    path.write_text(net + SCALE % BIAS)
    assert main(["explain", str(path), *phase]) == 1
    assert f"wrong [{code}] in " in capsys.readouterr().out
    assert main(["explain", str(path), *phase, "--json"]) == 1
    assert code in [finding["code"] for finding in json.loads(capsys.readouterr().out)["findings"]]
