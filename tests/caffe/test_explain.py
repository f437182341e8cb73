"""What is explained and found: each finding with a net that has just this one, and one that nearly has it.

The claims in the texts are checked with the layers in `l2norm_ref.caffe`, which agree with the real ones.
"""

import ast
import re
from pathlib import Path

import numpy as np
import pytest

from l2norm_ref import caffe
from l2norm_ref.caffe.explain import CODES, explain
from l2norm_ref.caffe.explain._text import WIDTH, as_text
from l2norm_ref.caffe.prototxt import parse_prototxt, read_prototxt

DATA = Path(__file__).parents[1] / "data" / "prototxt"


def layer(kind, bottom, top, rest="", name=None):
    tops = "".join(f'top: "{blob}" ' for blob in top.split())
    return f'layer {{ name: "{name or kind.lower()}" type: "{kind}" bottom: "{bottom}" {tops}{rest} }}\n'


def bn(rest="", bottom="x", top="x", name="bn"):
    return layer("BatchNorm", bottom, top, rest, name)


def scale(rest="scale_param { bias_term: true }", bottom="x", top="x"):
    return layer("Scale", bottom, top, rest)


def norm(rest="", top="y", param="across_spatial: false channel_shared: true"):
    return layer("Normalize", "x", top, f"norm_param {{ {param} }} {rest}")


def conv(rest="", bottom="data", top="x"):
    return layer("Convolution", bottom, top, f"convolution_param {{ num_output: 4 {rest} }}", "conv")


def stats(value):
    return f"batch_norm_param {{ use_global_stats: {value} }}"


ZERO = 'param { name: "m" lr_mult: 0 }'
TRAIN, TEST = "include { phase: TRAIN }", "include { phase: TEST }"
IP = 'layer { name: "ip" type: "InnerProduct" bottom: "x" top: "z" inner_product_param { bias_term: %s } }\n'
DATA_1 = 'layer { name: "data" type: "Data" top: "data" data_param { batch_size: %d } }\n'
LOSS = 'layer { name: "loss" type: "EuclideanLoss" bottom: "x" bottom: "t" top: "loss" }\n'
BETA = "scale_param { bias_term: true %s }"
OWN = "across_spatial: true channel_shared: false "
SHARED = "across_spatial: false channel_shared: true "


def only_in(phase, text):
    return text.replace("data_param", f"{phase} data_param")


# code -> the nets that have this finding and no other, with the line and the phases of it.
TRIGGERS = {
    "unknown-field": [
        (bn("batch_norm_param {\nuse_global_stat: true }") + scale(), 2, "TRAIN TEST"),
        (bn("param { lr_multi: 0 lr_mult: 0 }") + scale(), 1, "TRAIN TEST"),
        (bn("batch_norm_params {}") + scale(), 1, "TRAIN TEST"),
        (norm(param="across_spacial: false " + SHARED), 1, "TRAIN TEST"),
        ("\nlayr {}\nlayer {}", 2, "TRAIN TEST"),
        # The phase that the layer is in does not matter: the whole file is read.
        ('input: "x"' + norm("include { phase: TRAIN } epsilon: 1"), 1, "TEST"),
    ],
    "ignored-block": [
        (bn("norm_param { eps: 1 }") + scale(), 1, "TRAIN TEST"),
        (norm("\nscale_param {}"), 2, "TRAIN TEST"),
    ],
    "batchnorm-without-scale": [
        (bn(), 1, "TRAIN TEST"),
        (bn() + layer("ReLU", "x", "x") + scale(), 1, "TRAIN TEST"),
        (scale() + bn(), 2, "TRAIN TEST"),
        (bn() + scale(TRAIN + " scale_param { bias_term: true }"), 1, "TEST"),
        (bn() + layer("Bias", "x", "x"), 1, "TRAIN TEST"),
        (bn() + 'layer { name: "s" type: "Scale" bottom: "x" bottom: "g" top: "x" }', 1, "TRAIN TEST"),
    ],
    "global-stats-in-training": [
        (bn(f"\n{stats('true')}") + scale(), 2, "TRAIN"),
        (bn("\nphase: TEST") + scale(), 2, "TRAIN"),
    ],
    "batch-stats-in-testing": [
        (bn(f"\n{stats('false')}") + scale(), 2, "TEST"),
        (bn("\nphase: TRAIN") + scale(), 2, "TEST"),
    ],
    "batchnorm-test-name": [
        (bn(TRAIN, name="a") + bn(f"{TEST}", name="b") + scale(), 2, "TEST"),
        (bn(TEST) + scale(), 1, "TEST"),
        # Names in `param` share blobs within a net, not from the net of one phase to that of the other.
        (bn(TRAIN + ZERO, name="a") + bn(TEST + ZERO) + scale(), 2, "TEST"),
    ],
    "batchnorm-lr-mult": [
        (bn("\nparam { lr_mult: 1 }") + scale(), 2, "TRAIN TEST"),
        (bn("\nparam { }") + scale(), 2, "TRAIN TEST"),
        (bn("param { lr_mult: 0 }\nparam { decay_mult: 0 }") + scale(), 2, "TRAIN TEST"),
    ],
    "too-many-params": [
        (bn("param { lr_mult: 0 } " * 3 + "\nparam { lr_mult: 0 }") + scale(), 2, "TRAIN TEST"),
        (bn() + scale("param { }\nparam { }") + IP % "true", 3, "TRAIN TEST"),
        (bn() + scale(BETA % "" + "param { } param { }\nparam { lr_mult: 0 }"), 3, "TRAIN TEST"),
        (norm("param { }\nparam { }"), 2, "TRAIN TEST"),
        ('layer { name: "s" type: "Scale" bottom: "x" bottom: "g" top: "y" param { } }', 1, "TRAIN TEST"),
    ],
    "bottoms-and-tops": [
        ('layer { type: "BatchNorm" bottom: "x" top: "x" top: "z" }' + scale(), 1, "TRAIN TEST"),
        ('layer { type: "BatchNorm" bottom: "x"\nbottom: "z" top: "x" }' + scale(), 2, "TRAIN TEST"),
        ('\nlayer { type: "BatchNorm" top: "x" }' + scale(), 2, "TRAIN TEST"),
        ('layer { type: "Scale" bottom: "a" bottom: "b"\nbottom: "c" top: "x" }', 2, "TRAIN TEST"),
        (norm(top="y z"), 1, "TRAIN TEST"),
    ],
    "value-out-of-range": [
        (bn("batch_norm_param {\neps: -1 }") + scale(), 2, "TRAIN TEST"),
        (bn("batch_norm_param { eps: nan }") + scale(), 1, "TRAIN TEST"),
        (bn("batch_norm_param { eps: 1e39 }") + scale(), 1, "TRAIN TEST"),
        (norm(param=SHARED + "eps: -1e-10"), 1, "TRAIN TEST"),
        (bn("batch_norm_param { moving_average_fraction: 1.5 }") + scale(), 1, "TRAIN TEST"),
        (bn("batch_norm_param { moving_average_fraction: -0.5 }") + scale(), 1, "TRAIN TEST"),
        (bn() + scale(BETA % "num_axes: -5"), 2, "TRAIN TEST"),
    ],
    "include-and-exclude": [
        (bn("include { phase: TRAIN }\nexclude { phase: TEST }") + scale(), 2, "TRAIN TEST"),
        (bn("exclude { phase: TEST }\ninclude { phase: TRAIN }") + scale(), 2, "TRAIN TEST"),
        (layer("ReLU", "y", "y", TRAIN + 'exclude { stage: "a" }') + bn() + scale(), 1, "TRAIN TEST"),
    ],
    "batchnorm-three-params": [
        (bn("\n" + "param { lr_mult: 0 } " * 3) + scale(), 2, "TRAIN TEST"),
        (bn("\n" + "param { lr_mult: 1 } " * 3) + scale(), 2, "TRAIN TEST"),
    ],
    "redundant-bias": [
        (conv() + bn() + scale(), 1, "TRAIN"),
        ("\n" + conv("bias_term: true") + bn(bottom="x", top="y") + scale(bottom="y"), 2, "TRAIN"),
        ((IP % "true") + bn(bottom="z") + scale(), 1, "TRAIN"),
        (conv() + bn(stats("false") + TRAIN) + bn(stats("true") + TEST) + scale(), 1, "TRAIN"),
    ],
    "scale-without-bias": [
        (bn() + scale("\nscale_param { axis: 1 }"), 3, "TRAIN TEST"),
        (bn() + scale("") + layer("ReLU", "x", "x") + IP % "true", 2, "TRAIN TEST"),
        (bn() + scale("") + IP % "false", 2, "TRAIN TEST"),
        (bn() + scale("") + IP % "true" + layer("ReLU", "x", "w"), 2, "TRAIN TEST"),
        (scale("") + IP % "false", 1, "TRAIN TEST"),
        (conv("bias_term: false") + scale("") + IP % "false", 2, "TRAIN TEST"),
    ],
    "filler-without-value": [
        (bn() + scale(BETA % "filler { }"), 2, "TRAIN"),
        (bn() + scale(BETA % '\nfiller { type: "constant" }'), 3, "TRAIN"),
        (norm(param=SHARED + '\nscale_filler { type: "constant" }'), 2, "TRAIN"),
    ],
    "scale-batch-one": [
        (DATA_1 % 1 + conv("bias_term: false") + bn() + scale() + LOSS, 4, "TRAIN"),
        ('layer { type: "Input" top: "x" input_param { shape { dim: 1 dim: 3 } } }' + scale() + LOSS, 1, "TRAIN"),
        ('layer { type: "Input" top: "t" top: "x" input_param { shape { dim: 1 } } }' + scale() + LOSS, 1, "TRAIN"),
        ('input: "x" input_dim: [1, 2, 3, 4] ' + scale() + LOSS, 1, "TRAIN"),
        (scale(BETA % "\naxis: 0 num_axes: -1"), 2, "TRAIN"),
    ],
    "normalize-in-place": [(norm(top="x"), 1, "TRAIN")],
    "normalize-top-rewritten": [
        (norm() + layer("Dropout", "y", "y"), 2, "TRAIN"),
        (norm() + layer("Scale", "y", "y", "scale_param { bias_term: true }"), 2, "TRAIN"),
        (norm() + layer("ReLU", "y", "y", "relu_param { negative_slope: 0.1 }"), 2, "TRAIN"),
        (norm() + layer("ReLU", "y", "y") + layer("Dropout", "y", "y"), 3, "TRAIN"),
        (norm() + layer("Convolution", "y", "z") + layer("Dropout", "y", "y"), 3, "TRAIN"),
    ],
    "normalize-zero-scale": [(norm(param=SHARED + "scale_filler {\nvalue: 0 }"), 2, "TRAIN")],
    "normalize-defaults": [
        (norm(param=""), 1, "TRAIN TEST"),
        ('layer { type: "Normalize"\nbottom: "x" top: "y" }', 1, "TRAIN TEST"),
        (norm(param="across_spatial: true"), 1, "TRAIN TEST"),
        (norm(param="channel_shared: true"), 1, "TRAIN TEST"),
    ],
    "normalize-gradient": [
        (norm(param="across_spatial: false\nchannel_shared: false"), 2, "TRAIN"),
        (norm(param=OWN + 'scale_filler { type: "uniform" }'), 1, "TRAIN"),
        (norm(ZERO, param=OWN + 'scale_filler { type: "msra" }'), 1, "TRAIN"),
    ],
}  # fmt: skip

# Nets that nearly have a finding.
CLEAN = {
    "another block that a layer may have": bn("transform_param { x: 1 } loss_param {} propagate_down: true") + scale(),
    "unknown fields of other layers": conv("nonsense: 1 bias_term: false") + bn() + scale(),
    "one reader of several": bn(top="y") + layer("ReLU", "y", "z") + scale(bottom="y"),
    "the field is not set": bn("batch_norm_param { eps: 0.1 }") + scale(),
    "each phase its own": bn(stats("false") + TRAIN) + bn(stats("true") + TEST) + scale(),
    "the layer's phase is overruled": bn(TRAIN + "phase: TEST " + stats("false")) + scale(),
    "global statistics without training": 'input: "x"' + bn(stats("true")) + scale(),
    "TRAIN only": bn(TRAIN) + scale(),
    "one or two params of 0": bn("param { lr_mult: 0 } param { lr_mult: 0 decay_mult: 1 }") + scale(),
    "as many params as blobs": bn() + scale(BETA % "" + "param { } param { }") + norm("param { }"),
    "the scale is a second bottom, with a bias": 'layer { type: "Scale" bottom: "x" bottom: "g" top: "y" param { } '
    + "scale_param { bias_term: true num_axes: -5 } }",
    "values at the limits": bn("batch_norm_param { eps: 0 moving_average_fraction: 1 }") + scale(BETA % "num_axes: -1"),
    "a fraction of 0": bn("batch_norm_param { moving_average_fraction: 0 }") + scale(),
    "rules of one kind": bn(TRAIN + TEST) + scale('exclude { stage: "a" } exclude { stage: "b" }' + BETA % ""),
    "a test net that is trained elsewhere": 'input: "x"' + bn(TEST) + scale(),
    "no bias before": conv("bias_term: false") + bn() + scale(),
    "the bias has another reader": conv() + layer("Sigmoid", "x", "z") + bn(top="y") + scale(bottom="y"),
    "something between": conv() + layer("ReLU", "x", "x") + bn() + scale(),
    "the bias counts with global statistics": 'input: "data"' + conv() + bn() + scale(),
    "the next layer has the bias": bn() + scale("") + IP % "true",
    "a Bias follows": bn() + scale("") + layer("Bias", "x", "x"),
    "the layer before has the bias": conv() + scale("") + IP % "false",
    "a Scale on its own": scale(""),
    "no filler": bn() + scale(BETA % "bias_filler { }"),
    "a filler with a value": bn() + scale(BETA % "filler { value: 0 }"),
    "a random filler": bn() + scale(BETA % 'filler { type: "gaussian" }'),
    "another random filler": norm(param=SHARED + 'scale_filler { type: "uniform" }'),
    "a batch of two": DATA_1 % 2 + conv("bias_term: false") + bn() + scale() + LOSS,
    "a batch of one, gamma frozen": DATA_1 % 1 + layer("ReLU", "data", "x") + scale(ZERO + BETA % "") + LOSS,
    "a batch of one, one gamma": DATA_1 % 1 + layer("ReLU", "data", "x") + scale(BETA % "num_axes: 0") + LOSS,
    "a batch of one, another axis": 'input: "x" input_dim: [1, 2, 3, 4] ' + scale(BETA % "axis: 2") + LOSS,
    "a batch of one, no more": DATA_1 % 1 + layer("ROIPooling", "data", "x") + scale() + LOSS,
    "a batch of one in TEST": only_in(TEST, DATA_1 % 1) + only_in(TRAIN, DATA_1 % 9) + scale(bottom="data") + LOSS,
    "in place in TEST": 'input: "x"' + norm(top="x"),
    "a ReLU rewrites the top": norm() + layer("ReLU", "y", "y"),
    "another name is rewritten": norm() + layer("Dropout", "y", "z") + layer("Dropout", "z", "z"),
    "rewritten, but the scale is frozen": norm("param { lr_mult: 0 }") + layer("Dropout", "y", "y"),
    "a frozen uniform scale": norm("param { lr_mult: 0 }", param="across_spatial: false channel_shared: false"),
    "a scale of its own without training": 'input: "x"' + norm(param="across_spatial: false channel_shared: false"),
}  # fmt: skip


@pytest.mark.parametrize("code", CODES)
def test_triggers(code):
    assert TRIGGERS[code]
    for text, line, phases in TRIGGERS[code]:
        report = explain(parse_prototxt(text))
        assert [finding.code for finding in report.findings] == [code], text
        (finding,) = report.findings
        assert (finding.line, " ".join(finding.phases)) == (line, phases), text
        assert finding.message.endswith(".") and finding.fix
        assert finding.severity in ("wrong", "risky")
        assert (finding.message + finding.fix).isascii()


def test_every_finding_has_a_trigger():
    assert set(TRIGGERS) == set(CODES)


@pytest.mark.parametrize("what", CLEAN)
def test_near_misses(what):
    assert [finding.code for finding in explain(parse_prototxt(CLEAN[what])).findings] == []


EXPECTED = {
    "batch_norm_alone": [("batchnorm-without-scale", 40), ("batchnorm-three-params", 45)],
    "clean": [],
    "resnet_deploy": [],
    "ssd": [("normalize-gradient", 35)],
    "two_phases": [],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_nets(name):
    report = explain(read_prototxt(DATA / f"{name}.prototxt"))
    assert [(finding.code, finding.line) for finding in report.findings] == EXPECTED[name]


def test_the_phases_that_are_explained():
    deploy, ssd = (read_prototxt(DATA / f"{name}.prototxt") for name in ("resnet_deploy", "ssd"))
    assert explain(deploy).phases == ("TEST",) and "no loss" in explain(deploy).notes[0]
    assert explain(ssd).phases == ("TRAIN",) and "TEST" in explain(ssd).notes[0]
    codes = [finding.code for finding in explain(deploy, ["TRAIN"]).findings]
    assert codes == ["global-stats-in-training", "scale-batch-one"] * 2  # not: redundant-bias
    assert explain(deploy, "TRAIN").phases == ("TRAIN",)
    assert explain(deploy, ["TEST", "TRAIN"]).phases == ("TRAIN", "TEST")
    with pytest.raises(ValueError, match="phases: expected some of TRAIN, TEST"):
        explain(deploy, ["train"])
    with pytest.raises(ValueError, match="phases"):
        explain(deploy, [])
    for phases in (5, [["TRAIN"]], [1]):
        with pytest.raises(TypeError, match="phases: expected some of TRAIN, TEST, got"):
            explain(deploy, phases)
    with pytest.raises(TypeError, match="net: expected a Net, as read_prototxt returns it, got str 'x'"):
        explain("x")  # type: ignore[arg-type]


def test_what_is_wrong_in_one_phase_is_told_without_the_other():
    net = parse_prototxt(bn(TRAIN, name="a") + bn(TEST, name="b") + scale())
    for phases in (None, "TEST"):
        (finding,) = explain(net, phases).findings
        assert (finding.code, finding.phases) == ("batchnorm-test-name", ("TEST",))
    assert explain(net, "TRAIN").findings == ()


def test_a_finding_on_another_layer_is_in_the_text():
    text = layer("ReLU", "y", "y", TRAIN + "exclude { phase: TEST }") + bn() + scale()
    report = explain(parse_prototxt(text, "net"))
    lines = list(as_text(report))
    assert sum("net:1: wrong [include-and-exclude] in TRAIN and TEST" in line for line in lines) == 1
    assert lines[-1] == "1 finding: 1 wrong, 0 risky"


def test_advice_on_unknown_fields():
    fields = {
        "use_global_stat": "write use_global_stats",
        "across_spatial": "move it into norm_param",
        "zzz": "remove it",
    }
    for field, fix in fields.items():
        (finding,) = explain(parse_prototxt(bn(f"batch_norm_param {{ {field}: 1 }}") + scale())).findings
        assert finding.fix == fix


def test_notes():
    def notes(text):
        return " ".join(explain(parse_prototxt(text)).notes)

    assert notes(bn()) == ""
    assert "old format" in notes("layers { type: DATA }")
    assert "SSD's fork" in notes(norm())
    for kind, meant in (("ScaleLayer", "Scale"), ("Batchnorm", "BatchNorm"), ("batch_norm", "BatchNorm")):
        assert f'line 2: Caffe has no layer of type "{kind}"; {meant} may be' in notes("\n" + layer(kind, "x", "x"))
    assert notes(layer("BN", "x", "x")) == ""
    assert "taken as met (line 2)" in notes(bn('\ninclude { stage: "a" }'))
    assert "`state` of the net (line 2) is not looked at" in notes("\nstate { phase: TEST }" + bn() + scale())
    assert "taken as not met (line 2)" in notes(bn('\nexclude { stage: "a" }'))


# The formulas of the report, computed.


def evaluate(formula, **values):
    """The value of `y = f(a), a = ..., b = ...` as NumPy computes it: what stands last is computed first."""
    sums = {"sum": values.pop("total", None), "mean": values.pop("average", None), "sqrt": np.sqrt}
    parts = [part for part in re.split(r", (?=\w+ = )|, (?=one )", formula) if " = " in part]
    for part in reversed(parts):
        name, _, expression = part.partition(" = ")
        expression = re.sub(r"<(\w+), (.+?)>", r"sum(\1 * (\2))", expression)
        values[name] = eval(compile(ast.parse(expression, mode="eval"), "formula", "eval"), {**sums, **values})
    return values[parts[0].partition(" = ")[0]]


def case(shape=(2, 5, 3, 7), seed=4):
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape), rng.normal(size=shape), rng.uniform(0.5, 3, shape[1]) * rng.choice([-1, 1], shape[1])


def close(value, expected):
    return np.max(np.abs(value - expected)) <= 1e-12 * np.max(np.abs(expected))


def explained(text, phase="TRAIN"):
    report = explain(parse_prototxt(text), [phase])
    return report.layers[0], report.layers[0].phases[phase]


@pytest.mark.parametrize("across", [True, False])
@pytest.mark.parametrize("shared", [True, False])
def test_the_formulas_of_normalize(across, shared):
    x, dy, gamma = case()
    text = norm(param=f"across_spatial: {across} channel_shared: {shared} eps: 0.5")
    gamma = np.array(gamma[0]) if shared else gamma
    real = caffe.Normalize(across_spatial=across, channel_shared=shared, eps=0.5, scale=gamma, dtype="float64")
    y, dx = real.forward(x), real.backward(dy)
    entry, computation = explained(text)
    axes = (1, 2, 3) if across else (1,)
    assert ("channels and positions" in computation.statistics) == across
    known = dict(x=x, dy=dy, scale=gamma if shared else gamma.reshape(1, -1, 1, 1))
    known |= dict(total=lambda a: np.sum(a, axis=axes, keepdims=True), average=None)
    assert close(evaluate(computation.formula, **known), y)
    d = evaluate(computation.formula.partition(", ")[2], **known)
    assert close(evaluate(computation.gradient.partition(";")[0], d=d, **known), dx)
    assert entry.blobs[0].shape == ("()" if shared else "(C,)")
    # In place, too.
    again = caffe.Normalize(across_spatial=across, channel_shared=shared, eps=0.5, scale=gamma, dtype="float64")
    again.forward(x, in_place=True)
    computed = again.backward(dy)
    assert explained(text.replace('top: "y"', 'top: "x"'))[1].gradient.startswith("dx = 0,") and not computed.any()


def test_the_formulas_of_batch_norm():
    x, dy, _ = case()
    real = caffe.BatchNorm(eps=0.25, moving_average_fraction=0.5, dtype="float64")
    real.forward(x[::-1] * 2)
    before = [blob.copy() for blob in real.blobs]
    y, dx = real.forward(x), real.backward(dy)
    _, computation = explained(bn("batch_norm_param { eps: 0.25 moving_average_fraction: 0.5 }"))
    known = dict(x=x, dy=dy, average=lambda a: np.mean(a, axis=(0, 2, 3), keepdims=True))
    statistics = re.search(r"mu = .*(?= \(biased\))", computation.statistics)[0]
    assert close(
        evaluate(f"{computation.formula}, var = {statistics.partition('var = ')[2]}, mu = mean(x)", **known), y
    )
    sigma = evaluate("sigma = sqrt(var + eps), eps = 0.25, var = mean((x - mu)**2), mu = mean(x)", **known)
    assert close(evaluate(computation.gradient, y=y, sigma=sigma, **known), dx)
    mu, var = np.mean(x, axis=(0, 2, 3)), np.var(x, axis=(0, 2, 3))
    values = dict(blobs=before, mu=mu, var=var, f=0.5, m=x.size // x.shape[1])
    assert "f = 0.5" in computation.updates
    for part in computation.updates.partition(", with")[0].split(", "):
        target, _, expression = part.partition(" = ")
        assert close(eval(expression, {}, values), real.blobs[int(target[6])]), part


def test_the_formulas_of_batch_norm_with_stored_statistics():
    x, dy, _ = case()
    text = bn("batch_norm_param { eps: 0.25 use_global_stats: true }")
    blobs = [np.arange(5.0), np.arange(1.0, 6.0), np.array([2.0])]
    real = caffe.BatchNorm(True, eps=0.25, dtype="float64")
    real.set_up(x.shape, blobs)
    y, dx = real.forward(x), real.backward(dy)
    computation = explained(text)[1]
    shaped = [blob.reshape(1, -1, 1, 1) for blob in blobs]
    given = re.search(r"mu = .*?(?=;)", computation.statistics)[0]
    assert close(evaluate(f"{computation.formula}, {given}", x=x, blobs=shaped), y)
    sigma = evaluate(f"{computation.formula}, {given}".partition(", ")[2], x=x, blobs=shaped)
    assert close(evaluate(computation.gradient, dy=dy, sigma=sigma), dx)
    assert not computation.updates
    assert explained(text, "TEST")[1].formula == computation.formula and not explained(text, "TEST")[1].gradient


@pytest.mark.parametrize("bias", [True, False])
def test_the_formulas_of_scale(bias):
    x, dy, gamma = case()
    real = caffe.Scale(scale=gamma, bias_term=bias, bias=gamma[::-1] if bias else 0.0, dtype="float64")
    y, dx = real.forward(x), real.backward(dy)
    entry, computation = explained(scale(f"scale_param {{ bias_term: {str(bias).lower()} }}"))
    shaped = dict(gamma=gamma.reshape(1, -1, 1, 1), beta=gamma[::-1].reshape(1, -1, 1, 1))
    assert close(evaluate(computation.formula, x=x, **shaped), y)
    assert close(evaluate(computation.gradient, dy=dy, **shaped), dx)
    assert [blob.name for blob in entry.blobs] == ["gamma", "beta"][: len(real.blobs)]


def test_shapes_and_starts_of_the_scale():
    def blobs(param, rest=""):
        return explained(scale(f"scale_param {{ {param} }} {rest}"))[0].blobs

    x = np.zeros((2, 5, 3, 7))
    for axes, shape in ((0, "()"), (1, "(C,)"), (-1, "(C, H, W)")):
        real = caffe.Scale(num_axes=axes, dtype="float64")
        real.forward(x)
        symbols = shape.strip("(),").split(", ") if shape != "()" else []
        assert real.blobs[0].shape == tuple({"C": 5, "H": 3, "W": 7}[symbol] for symbol in symbols)
        assert blobs(f"num_axes: {axes}")[0].shape == shape
    frozen, free = blobs("bias_term: true bias_filler { value: 3 }", "param { lr_mult: 0 }")
    assert (frozen.learned, free.learned) == (False, True)
    assert free.about.startswith("from 3;") and frozen.about.startswith("from 1;")
    assert blobs('filler { type: "gaussian" }')[0].about.startswith("filled by 'gaussian'")
    second = 'layer { name: "s" type: "Scale" bottom: "x" bottom: "g" top: "y" }'
    assert explained(second)[0].blobs == () and "second bottom" in explained(second)[1].formula


# What the messages claim, in the layers themselves.


def test_claims_on_batch_norm():
    x, dy, _ = case()
    untrained = caffe.BatchNorm(phase="TEST", eps=0.25, dtype="float64")
    assert close(untrained.forward(x), x / 0.5)  # x / sqrt(eps)
    training = caffe.BatchNorm(eps=0.25, dtype="float64")
    plain, bias = training.forward(x), np.arange(1.0, 6.0).reshape(1, -1, 1, 1)
    assert close(training.forward(x + bias), plain)
    gradient = training.backward(dy).sum(axis=(0, 2, 3))
    assert np.max(np.abs(gradient)) <= 1e-13 * np.abs(dy).sum()  # of the bias before it
    blobs = [bias.ravel() * 3, np.arange(5.0), np.array([2.0])]
    with_bias, without = (caffe.BatchNorm(True, dtype="float64") for _ in range(2))
    with_bias.set_up(x.shape, blobs)
    without.set_up(x.shape, [blobs[0] - bias.ravel() * blobs[2], *blobs[1:]])  # the fix of redundant-bias
    assert close(without.forward(x), with_bias.forward(x + bias))
    for multipliers in ([1.0], [0.0, 1.0]):
        with pytest.raises(ValueError):
            caffe.BatchNorm(lr_mult=multipliers)
    assert caffe.BatchNorm(lr_mult=[0.0]).lr_mult == (0.0, 0.0, 0.0)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_claims_on_values_out_of_range():
    x, _, _ = case()
    for layer_type in (caffe.BatchNorm, caffe.Normalize):
        assert np.isnan(layer_type(eps=-1e4, dtype="float64").forward(x)).all()
        assert np.isnan(layer_type(eps=float("nan"), dtype="float64").forward(x)).all()
        assert not layer_type(eps=float("inf"), dtype="float64").forward(x).any()
    growing = caffe.BatchNorm(moving_average_fraction=1.5)
    factors = []
    for _ in range(30):
        growing.forward(x)
        factors.append(float(growing.blobs[2][0]))
    assert factors[-1] > 1e5
    with pytest.raises(ValueError, match="num_axes=-5"):
        caffe.Scale(num_axes=-5)


def test_claims_on_the_number_of_blobs():
    """As many as `explain` counts."""
    x, _, _ = case()
    for text, real in (
        (bn(), caffe.BatchNorm()),
        (norm(), caffe.Normalize()),
        (scale(""), caffe.Scale()),
        (scale(), caffe.Scale(bias_term=True)),
    ):
        real.forward(x)
        assert len(explained(text)[0].blobs) == len(real.blobs)


def test_claims_on_scale():
    for shape, lost in (((1, 5, 3, 7), True), ((2, 5, 3, 7), False)):
        x, dy, gamma = case(shape)
        real = caffe.Scale(scale=gamma, bias_term=True, dtype="float64")
        real.forward(x)
        real.backward(dy)
        once = [diff.copy() for diff in real.diffs]
        real.backward(dy)
        assert close(real.diffs[0], once[0] if lost else 2 * once[0])
        assert close(real.diffs[1], 2 * once[1])
    zero = caffe.Scale(scale=0.0, dtype="float64")
    assert not zero.forward(x).any() and not zero.backward(dy).any()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_claims_on_normalize():
    x, dy, gamma = case()
    zero = caffe.Normalize(across_spatial=False, channel_shared=False, scale=np.zeros(5), dtype="float64")
    assert not zero.forward(x).any()
    zero.backward(dy)
    assert np.isnan(zero.diffs[0]).all()
    real = caffe.Normalize(across_spatial=False, channel_shared=False, scale=gamma, dtype="float64")
    y = real.forward(x)
    real.backward(dy)
    expected = real.diffs[0].copy()
    for name, forward, masked, right in (
        ("ReLU", lambda a: np.maximum(a, 0), lambda a: dy * (a > 0), True),
        ("leaky", lambda a: np.where(a > 0, a, a / 10), lambda a: dy * np.where(a > 0, 1, 0.1), False),
        ("Dropout", lambda a: a * (dy > 0) * 2, lambda a: dy * (dy > 0) * 2, False),
    ):
        # The layer after it hands back masked(y); the scale's gradient by Caffe's formula is from what is in the top.
        true = np.sum(masked(y) * y, axis=(0, 2, 3)) / gamma
        caffes = np.sum(masked(y) * forward(y), axis=(0, 2, 3)) / gamma
        assert close(caffes, true) == right, name
    assert close(np.sum(dy * y, axis=(0, 2, 3)) / gamma, expected)


def test_the_text_fits_and_says_things_once():
    text = "".join(bn(stats("true") + "norm_param {}", name=f"bn{k}", bottom=f"b{k}", top=f"b{k}") for k in range(4))
    lines = list(as_text(explain(parse_prototxt(text, "net.prototxt"))))
    assert max(map(len, lines)) <= WIDTH
    assert " ".join(" ".join(lines).split()).count("never updates them") == 1
    assert sum("as the layer in line 1" in line for line in lines) == 3
    assert sum(line.strip().startswith("net.prototxt:3: ") for line in lines) == 4
    assert lines[-1] == "12 findings: 0 wrong, 12 risky"


def test_the_text_tells_the_phases():
    lines = list(as_text(explain(read_prototxt(DATA / "two_phases.prototxt"))))
    heads = [line.rpartition(", ")[2] for line in lines if ': BatchNorm "bn"' in line]
    assert heads == ["in TRAIN only", "in TEST only"]
    rows = [line.split()[:4] for line in lines if line.startswith(("    TRAIN ", "    TEST "))]
    expected = [
        ["TRAIN", "statistics", "of", "this"],
        ["TEST", "statistics", "from", "the"],
        ["TRAIN", "dx", "=", "gamma"],
    ]
    assert rows == expected


def test_names_cannot_disturb_the_text():
    text = bn(name="\\033[31m\\n" + "x" * 300, bottom="卷\\t") + scale()
    lines = list(as_text(explain(parse_prototxt(text, "a\x1bb\n"))))
    assert all(line.isprintable() for line in lines)
    assert not any("x" * 100 in line for line in lines)
