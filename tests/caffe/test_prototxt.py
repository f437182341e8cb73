"""The reader of prototxt files: the text format, lines, defaults, and everything that is not a net."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l2norm_ref import caffe
from l2norm_ref.caffe import prototxt
from l2norm_ref.caffe._text_format import MAX_DEPTH, MAX_FIELDS, MAX_VALUE, scan
from l2norm_ref.caffe.net import PHASES
from l2norm_ref.caffe.prototxt import PrototxtError, parse_prototxt, read_prototxt

DATA = Path(__file__).parents[1] / "data" / "prototxt"
NETS = sorted(DATA.glob("*.prototxt"))


def only(text):
    """The only layer of a net."""
    (layer,) = parse_prototxt(text).layers
    return layer


def refusal(text):
    with pytest.raises(PrototxtError) as caught:
        parse_prototxt(text, "net.prototxt")
    message = str(caught.value)
    assert "\n" not in message and message.startswith("net.prototxt:")
    assert len(message) < 500
    return caught.value


@pytest.mark.parametrize("path", NETS, ids=lambda path: path.stem)
def test_lines_are_those_of_the_file(path):
    net = read_prototxt(path)
    lines = path.read_text().splitlines()
    assert net.file == str(path)
    assert len(net.layers) == sum(line.startswith("layer {") for line in lines)
    for layer in net.layers:
        assert lines[layer.line - 1].startswith("layer {")
        assert f'name: "{layer.name}"' in lines[layer.lines["name"] - 1]
        for path_, line in layer.lines.items():
            assert path_.rpartition(".")[2] in lines[line - 1]


# The same layer in the ways in which the text format lets it be written.
PLAIN = 'layer { name: "bn" type: "BatchNorm" bottom: "a" bottom: "b" top: "t" batch_norm_param { eps: 0.5 } }'
WRITTEN = {
    "plain": PLAIN,
    "angles": 'layer < name: "bn" type: "BatchNorm" bottom: "a" bottom: "b" top: "t" batch_norm_param: < eps: .5 > >',
    "colons": PLAIN.replace("layer {", "layer: {").replace("param {", "param : {"),
    "separators": PLAIN.replace('"bn"', '"bn";').replace('"a"', '"a",').replace("} }", "}, };"),
    "lists": 'layer: [{ name: "bn" type: "BatchNorm" bottom: ["a", "b"] top: ["t"] batch_norm_param { eps: 5e-1 } }]',
    "strings": PLAIN.replace('"bn"', "'b' \"n\"").replace('"BatchNorm"', r'"Batch\116orm"').replace("0.5", "0.5f"),
    "comments": PLAIN.replace(" ", " # { \" ' [\n"),
    "unknown": PLAIN.replace(
        "top:",
        'x { y: -1 z: [1, -inf] z: [] w [{}, <a: "}">] [a.b/c.d] { e: 1 } k: "a" "b" l: 1; m: n } x: 1.5e-3f top:',
    ),
    "crowded": PLAIN.replace(": ", ":").replace('" ', '"'),
    "crlf": PLAIN.replace(" ", "\r\n"),
    "bom": "\ufeff" + PLAIN,
}


@pytest.mark.parametrize("how", WRITTEN)
def test_every_way_to_write_it(how):
    layer = only(WRITTEN[how])
    assert (layer.name, layer.type, layer.bottoms, layer.tops) == ("bn", "BatchNorm", ("a", "b"), ("t",))
    assert layer.parameter["eps"] == 0.5 and layer.written("eps")
    assert only(WRITTEN[how].encode()) == layer


def test_lines_inside_a_layer():
    layer = only(
        'layer {\n  name: "n"\n\n  type: "Normalize" # :\n  x: "a"\n"b" param { lr_mult: 0 }\n param [{}, {\n'
        "decay_mult: 0}]\n"
        "  norm_param {\n    across_spatial: false\n    scale_filler\n    {\n      value: 2 } }\n}"
    )
    lines = {"name": 2, "type": 4, "x": 5, "norm_param": 9, "norm_param.across_spatial": 10}
    lines |= {"norm_param.scale_filler": 11, "norm_param.scale_filler.value": 13}
    assert {path: line for path, line in layer.lines.items() if path != "param"} == lines
    assert [(entry.line, entry.lr_mult, entry.decay_mult) for entry in layer.param] == [(6, 0, 1), (7, 1, 1), (7, 1, 0)]
    assert layer.param[2].lines == {"decay_mult": 8}
    assert (layer.line_of("scale_filler.value"), layer.line_of("eps"), only("layer {}").line_of("eps")) == (13, 9, 1)


def test_defaults_are_those_of_caffe():
    net = parse_prototxt("".join(f'layer {{ type: "{kind}" }}' for kind in ("BatchNorm", "Scale", "Normalize")))
    bn, scale, norm = (dict(layer.parameter) for layer in net.layers)
    layer = caffe.BatchNorm()
    assert bn["use_global_stats"] is None
    assert (bn["eps"], bn["moving_average_fraction"]) == (layer.eps, layer.moving_average_fraction)
    fillers = [scale.pop("filler"), scale.pop("bias_filler"), norm.pop("scale_filler")]
    assert scale == {"axis": 1, "num_axes": 1, "bias_term": False}
    assert norm == {"across_spatial": True, "channel_shared": True, "eps": caffe.Normalize().eps}
    assert [(filler["type"], filler["value"]) for filler in fillers] == [("constant", n) for n in (1, 0, 1)]
    # The trap: a filler that is there, but empty.
    assert only('layer { type: "Scale" scale_param { filler {} } }').parameter["filler"]["value"] == 0


def test_what_is_kept_of_other_layers():
    net = parse_prototxt(
        'name: "n" input: "a" input: "b" input_dim: 4 input_dim: [3, 2, 1] input_dim: 7 force_backward: true\n'
        'layer { type: "Convolution" param { lr_mult: 3 } convolution_param { kernel_h: 3 engine: CUDNN } }'
        'layer { type: "Deconvolution" convolution_param { bias_term: false } }'
        'layer { type: "InnerProduct" inner_product_param { bias_term: false axis: 2 } }'
        'layer { type: "ReLU" relu_param { negative_slope: 0.5 } }'
        'layer { type: "Data" data_param { batch_size: 3 } }'
        'layer { type: "Input" input_param { shape { dim: 5 dim: 3 } shape { dim: 5 } } }'
        'layer { type: "Input" input_param { shape { dim: 5 dim: 3 } shape { dim: 6 } } }'
        'layer { type: "DummyData" dummy_data_param { num: 2 channels: 1 } }'
        'layer { type: "Data" }'
        'layer { type: "Python" python_param { module: "m" } loss_weight: 1 }'
        'layer { type: "SoftmaxWithLoss" }'
        "layer { }"
    )
    assert (net.name, dict(net.inputs), net.unknown) == ("n", {"a": 4, "b": 7}, ())
    assert [layer.bias_term for layer in net.layers[:4]] == [True, False, False, None]
    assert net.layers[3].negative_slope == 0.5
    assert [layer.batch_size for layer in net.layers[3:9]] == [None, 3, 5, None, 2, None]
    assert [layer.loss for layer in net.layers[8:]] == [False, True, True, False]
    assert all(not layer.param and not layer.parameter for layer in net.layers)
    shapes = parse_prototxt('input: "a" input: "b" input_shape { dim: 2 dim: 3 } layer {}')
    assert dict(shapes.inputs) == {"a": 2, "b": None}


RULES = {
    "": PHASES,
    "include { phase: TRAIN }": ("TRAIN",),
    "include { phase: TEST } include { phase: TRAIN }": PHASES,
    "exclude { phase: TEST }": ("TRAIN",),
    "exclude { }": (),
    'include { phase: TEST stage: "a" }': ("TEST",),
    'include { not_stage: "a" }': PHASES,
    "exclude { phase: TEST min_level: 1 }": PHASES,
    "phase: TEST": PHASES,
}


@pytest.mark.parametrize("rules", RULES)
def test_phases(rules):
    layer = only(f"layer {{ {rules} }}")
    assert layer.phases == RULES[rules]
    assert layer.conditional == ("stage" in rules or "level" in rules)
    assert layer.phase == ("TEST" if rules == "phase: TEST" else None)


def test_in_place():
    texts = ('bottom: "a" top: "a"', 'bottom: "a" top: "b"', 'bottom: "a" bottom: "b" top: "b"', 'top: "a"', "")
    assert [only(f"layer {{ {text} }}").in_place for text in texts] == [True, False, False, False, False]


def test_fields_that_caffe_does_not_know():
    net = parse_prototxt(
        'layr { a: 1 }\nlayer { type: "Convolution" whatever: 1 convolution_param { nonsense: 1 } }\n'
        'layer { type: "Scale" transform_param { x: 1 }\n tpo: "x" scale_param {\n biasterm: true filler { val: 1 } }\n'
        "param { lr: 1 } include { phas: TEST } }"
    )
    assert [(field.name, field.block, field.line) for field in net.unknown] == [("layr", "", 1)]
    assert net.layers[0].unknown == ()
    found = {(field.name, field.block, field.line) for field in net.layers[1].unknown}
    expected = {("tpo", "layer", 4), ("biasterm", "scale_param", 5), ("val", "filler", 5), ("lr", "param", 6)}
    assert found == expected | {("phas", "include", 6)}


def test_the_old_format_is_kept_opaque():
    net = parse_prototxt(
        'layers { name: "d" type: DATA top: "x" }\nlayers { name: "s" type: SOFTMAX_LOSS bottom: "x" blobs_lr: 1 }'
    )
    assert net.old_format
    assert [(layer.name, layer.type, layer.line, layer.loss) for layer in net.layers] == [
        ("d", "DATA", 1, False),
        ("s", "SOFTMAX_LOSS", 2, True),
    ]


FAULTS = {
    'layer {\n name: "a"\n': (2, "the file ends here, inside what line 1 opens"),
    'layer {\n name: "a': (2, "a string that does not end on its line"),
    'layer { name: "a\n" }': (1, "a string that does not end on its line"),
    "layer {\n name: 'a\\": (2, "a string that does not end on its line"),
    "layer { name:\n\n}": (3, 'expected a value for "name", got "}"'),
    "layer { name:": (1, "expected a value"),
    "layer {\n name }": (2, "expected ':' or '{'"),
    "layer": (1, "expected ':' or '{'"),
    "layer { }\n }": (2, "expected the name of a field"),
    "layer {\n > ": (2, "expected the name of a field"),
    "layer { a: [1 2] }": (1, "expected ',' or ']'"),
    "layer { a: [1,] }": (1, "expected a value after ','"),
    "layer { a: [[1]] }": (1, "expected a value"),
    "layer { a: [": (1, "the file ends here"),
    "layer { a: 1,, b: 2 }": (1, "expected the name of a field"),
    "layer { a: - }": (1, "expected a number after '-'"),
    "layer { [a }": (1, "expected the name of an extension"),
    "layer {\n\n 3: 4 }": (3, "expected the name of a field"),
    "layer { a: +1 }": (1, "unexpected character"),
    "layer { a: 1 }\n\x1b[31m": (2, 'unexpected character "\\x1b"'),
    "layer: 1": (1, "expected 'layer { ... }'"),
    "layer {\n phase: TRIAN }": (2, "TRIAN"),
    "layer { name: 3 }": (1, "Expected string"),
    'layer { type: BatchNorm name: "a" }': (1, "Expected string"),
    'layer { name: "a"\nname: "b" }': (2, 'multiple "name"'),
    'layer { type: "BatchNorm" batch_norm_param {\n eps: 1\n eps: 2 } }': (3, 'multiple "eps"'),
    'layer { type: "BatchNorm"\n batch_norm_param {}\n batch_norm_param {} }': (3, 'multiple "batch_norm_param"'),
    'layer { type: "BatchNorm"\n batch_norm_param { use_global_stats: yes } }': (2, 'Expected "true" or "false"'),
    'layer { type: "BatchNorm"\n batch_norm_param: 1 }': (2, 'Expected "{"'),
    'layer { type: "Scale" scale_param {\n\n axis: 1.5 } }': (3, "1.5"),
    'layer { type: "Scale" scale_param {\n axis: 99999999999 } }': (2, "99999999999"),
    'layer { type: "Scale" scale_param {\n axis: ' + "9" * 9000 + " } }": (2, "9999"),
    **{
        f'layer {{ name: "{escape}" }}': (1, "escape")
        for escape in (r"\x", r"\{", r"\8", r"\400", r"\u5377", "a\\\\\\ ")
    },
    "layer { " + 'bottom: "a" ' * (MAX_FIELDS + 1) + "}": (1, "more than 10000 fields"),
    "layer { name: '" + "a" * (MAX_VALUE + 1) + "' }": (1, "more than 10000 characters"),
    "a {" * MAX_DEPTH: (1, f"deeper than {MAX_DEPTH}"),
    "a: [{ b" * MAX_DEPTH: (1, f"deeper than {MAX_DEPTH}"),
    "layer { }\n" * (prototxt.MAX_LAYERS + 1): (prototxt.MAX_LAYERS + 1, "more than 10000 layers"),
    "# text\n\0": (2, "a NUL byte"),
}


@pytest.mark.parametrize("text", FAULTS, ids=lambda text: repr(text[:30]))
def test_faults_have_a_line(text):
    line, reason = FAULTS[text]
    error = refusal(text)
    assert error.line == line
    assert reason in error.reason


def test_escapes():
    written = r'layer { name: "\"\\\x41\101\?\46" type: "\345\215\267" other: "\{" }'
    assert (only(written).name, only(written).type) == ('"\\AA?&', "卷")


def test_a_list_of_layers_is_as_good_as_layers():
    text = ", ".join('{ name: "a" bottom: "b" top: ["c", "d"] }' for _ in range(MAX_FIELDS // 3))
    net = parse_prototxt(f"layer: [{text}] layer {{}}")
    assert len(net.layers) == MAX_FIELDS // 3 + 1 and net.layers[-2].tops == ("c", "d")


def test_as_deep_as_allowed():
    depth = MAX_DEPTH - 1
    assert len(parse_prototxt("layer {}" + "a {" * depth + "}" * depth).unknown) == 1


NOT_NETS = {
    b"": "no layer in it",
    b"# only a comment": "no layer in it",
    b'net: "a.prototxt" base_lr: 0.1': "solver",
    b'item { name: "x" label: 1 }': '"item" in line 1',
    b"\n\x05model\xa2\x06\x10\n\x04data\x12\x04Data\xff\x00\x00": ".caffemodel",
    b"\n\x05model\x12\x10\n\x04data\x12\x04Data\x00\xff": ".caffemodel",
    b"\xa2\x06\x10\n\x04data\x12\x04Data\x00": ".caffemodel",
    b"\x89HDF\r\n\x1a\n\0\0": "HDF5",
    "layer {}".encode("utf-16"): "UTF-16",
    b"x" * (prototxt.MAX_BYTES + 1): "larger than 16 MiB",
    b"layer { zz: 1 }" + b"zz: 1 " * (prototxt.MAX_UNKNOWN + 1): "fields that Caffe does not know",
}


@pytest.mark.parametrize("data", NOT_NETS, ids=lambda data: repr(data[:20]))
def test_what_is_not_a_net(data):
    error = refusal(data)
    assert error.line is None
    assert NOT_NETS[data] in error.reason


def test_bytes_that_are_not_utf8_have_a_line():
    error = refusal("layer {}\n# 卷积\n".encode("gbk"))
    assert (error.line, "UTF-8" in error.reason) == (2, True)
    assert parse_prototxt('layer { name: "卷积" } # 层'.encode()).layers[0].name == "卷积"
    assert refusal("layer {}\n# \ud800").line == 2


def test_sources():
    class Endless(io.RawIOBase):
        """As /dev/zero; what is asked for is recorded."""

        asked = 0

        def read(self, size=-1):
            self.asked += size
            return b"a" * size

    endless = Endless()
    with pytest.raises(PrototxtError, match="<stream>: larger"):
        read_prototxt(endless)
    assert endless.asked == prototxt.MAX_BYTES + 1
    assert read_prototxt(io.BytesIO(PLAIN.encode())).file == "<stream>"
    with pytest.raises(FileNotFoundError):
        read_prototxt(DATA / "missing.prototxt")
    with pytest.raises(TypeError, match="source: expected a path or a binary file, got an object of type int"):
        read_prototxt(3)
    with pytest.raises(TypeError, match="text: expected str or bytes"):
        parse_prototxt(3)


def test_beside_the_classes_of_caffe():
    """The names are those of Caffe's caffe_pb2, which lives in protobuf's default pool."""
    from google.protobuf import descriptor_pb2, descriptor_pool

    parse_prototxt(PLAIN)
    file = descriptor_pb2.FileDescriptorProto(name="test/caffe.proto", package="caffe", syntax="proto2")
    file.message_type.add(name="LayerParameter").field.add(name="other", number=1, label=1, type=5)
    descriptor_pool.Default().AddSerializedFile(file.SerializeToString())
    found = descriptor_pool.Default().FindMessageTypeByName("caffe.LayerParameter")
    assert [field.name for field in found.fields] == ["other"]
    assert only(PLAIN).name == "bn"


WHOLE = "\n".join(path.read_text() for path in NETS)
PIECES = ["{", "}", "<", ">", "[", "]", ":", ",", ";", '"', "'", "\\", "#", "\n", "-", ".", "\0", "layer", "é", "1e-5"]


def survives(text):
    """Either a net or a refusal in one line: nothing else."""
    try:
        net = parse_prototxt(text)
    except PrototxtError as error:
        assert "\n" not in str(error)
        if error.line is not None and isinstance(text, str):
            assert 1 <= error.line <= text.count("\n") + 1
    else:
        assert net.layers


@given(st.binary(max_size=200))
def test_any_bytes(data):
    survives(data)


@given(
    st.lists(st.sampled_from([*PIECES, " ", "name", "type", "param", '"Scale"', "scale_param", "bias_term", "true"]))
)
def test_any_tokens(tokens):
    survives("".join(tokens))
    survives("layer { " + " ".join(tokens))


@given(st.integers(0, len(WHOLE)), st.integers(0, 1500), st.sampled_from(["", *PIECES]), st.integers(0, 40))
def test_any_change_of_a_net(start, length, piece, gone):
    part = WHOLE[start : start + length]
    survives(part)
    survives("layer {" + part[: length // 2] + piece + part[length // 2 + gone :] + "}")


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["1", "-x", '"s"', "'t'", "{}", "{a:1}", "[1]"])))
)
def test_reading_over_is_reading(fields):
    """What is skipped in one go is skipped to the same place as what is read token by token."""
    text = " ".join(f"{name}: {value}" for name, value in fields)
    wanted = [
        [field.name for field in block.fields] for block in scan(f"x {{ {text} }} y: 1", {"x": {}}) if block.fields
    ]
    assert wanted == ([[name for name, _ in fields]] if fields else [])
    names = [field.name for field in scan(f"z {{\n{text}\n}}\ny: 1", {})]
    lines = [field.line for field in scan(f"z {{\n{text}\n}}\ny: 1", {})]
    assert (names, lines) == (["z", "y"], [1, 4])


# What would take long, or much memory, in a fresh interpreter with little of both.
HOSTILE = {
    "layers": ('\'layer { name: "a" type: "BatchNorm" }\' * 400_000', "more than 10000 layers"),
    "a long line": ("'layer {' + 'a: 1 ' * 3_000_000 + '}'", "more than 10000 fields"),
    "an unknown block": ("'layer { x {' + 'a: 1 ' * 3_000_000 + '} }'", ""),
    "unknown numbers": ("'layer { x { a: [' + '1,' * 300_000 + '1] } }'", ""),
    "blocks": ("'layer { x {' + 'a {} ' * 150_000 + '} }'", ""),
    "deep": ("'layer {' + 'a {' * 5_000_000", "nested deeper"),
    "deep lists": ("'layer { a: ' + '[' * 5_000_000", "expected a value"),
    "a string": ("'layer { x: \"' + 'a' * 15_000_000 + '\" }'", ""),
    "escapes": ("'layer { name: \"' + r'\\n' * 7_000_000 + '\" }'", "characters"),
    "no end": ("'layer { name: \"' + r'\\n' * 7_000_000", "does not end"),
    "comments": ("'#\\n' * 8_000_000", "no layer"),
    "blanks": ("' ' * 16_000_000 + '!'", "unexpected"),
    "digits": ("'layer { phase: ' + '1' * 15_000_000 + '}'", "characters"),
    "50 MB": ("PLAIN * 500_000", "larger than 16 MiB"),
}
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
from l2norm_ref.caffe.prototxt import PrototxtError, parse_prototxt
PLAIN = sys.argv[1]
for text in sys.argv[2:]:
    try:
        parse_prototxt(eval(text).encode())
        print("a net")
    except PrototxtError as error:
        print(str(error)[:300])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no resource limits there")
def test_memory_and_time_are_bounded():
    texts = [text for text, _ in HOSTILE.values()]
    command = [sys.executable, "-c", LIMITED, PLAIN, *texts]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr[-2000:]
    for (name, (_, reason)), line in zip(HOSTILE.items(), done.stdout.splitlines(), strict=True):
        assert reason in line if reason else line == "a net", (name, line)


def test_only_reading_needs_protobuf():
    code = (
        "import sys, l2norm_ref.caffe.prototxt, l2norm_ref.caffe.explain; print({'google', 'sympy'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert done.stdout == "set()\n", done.stderr


def test_without_protobuf(monkeypatch):
    from l2norm_ref.caffe import _schema

    monkeypatch.setitem(sys.modules, "google.protobuf", None)
    _schema._classes.cache_clear()
    try:
        with pytest.raises(ModuleNotFoundError, match=r"pip install 'l2norm_ref\[caffe\]'"):
            parse_prototxt(PLAIN)
    finally:
        _schema._classes.cache_clear()
