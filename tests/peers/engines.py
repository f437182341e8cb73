"""Peers that run the layer forward only, and Caffe's recorded results. See training.py for what a peer is."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np


def ncnn_normalize(x, dy, scale, preset):
    """A network of one layer, from a description and its weights; a sample at a time, for ncnn has no sample axis."""
    ncnn = import_module("ncnn")
    eps_mode = ("add_inside", "clamp_norm", "clamp_sum").index(preset["eps_mode"])
    layer = f"0={int(preset['across_spatial'])} 1={int(preset['channel_shared'])} 2={preset['eps']!r}"
    layer += f" 3={scale.size} 9={eps_mode}"
    text = f"7767517\n2 2\nInput x 0 1 x\nNormalize y 1 1 x y {layer}\n"
    with TemporaryDirectory() as folder, ncnn.Net() as net:
        net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
        (Path(folder) / "net.param").write_text(text)
        (Path(folder) / "net.bin").write_bytes(scale.astype("<f4").tobytes())
        assert net.load_param(str(Path(folder) / "net.param")) == 0
        assert net.load_model(str(Path(folder) / "net.bin")) == 0
        samples = []
        for sample in x:
            with net.create_extractor() as extractor:
                extractor.input("x", ncnn.Mat(np.ascontiguousarray(sample)).clone())
                samples.append(np.array(extractor.extract("y")[1]))
    return {"y": np.stack(samples)}


def openvino_normalize(x, dy, scale, preset):
    """Through NodeFactory: the helper normalize_l2 loses eps_mode, see test_openvino_helper."""
    openvino = import_module("openvino")
    opset, factory = (
        import_module("openvino.opset8"),
        import_module("openvino.utils.node_factory").NodeFactory("opset1"),
    )
    data = opset.parameter(x.shape, np.float32)
    attributes = {"eps": preset["eps"], "eps_mode": "add" if preset["eps_mode"] == "add_inside" else "max"}
    node = factory.create("NormalizeL2", [data, opset.constant(np.array([1], np.int64))], attributes)
    model = openvino.Core().compile_model(openvino.Model([node], [data]), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return {"y": np.array(model(x)[0])}


def _field(number, payload):
    """One length-delimited field of a protobuf message."""
    size, prefix = len(payload), b""
    while size > 127:
        prefix, size = prefix + bytes([size % 128 + 128]), size // 128
    key = number * 8 + 2
    return (bytes([key]) if key < 128 else bytes([key % 128 + 128, key // 128])) + prefix + bytes([size]) + payload


def opencv_normalize(x, dy, scale, preset):
    """A Caffe model of one layer: its description as text, its scale as the binary that Caffe would have written."""
    cv2 = import_module("cv2")
    across, shared = str(preset["across_spatial"]).lower(), str(preset["channel_shared"]).lower()
    shape = " ".join(f"dim: {size}" for size in x.shape)
    text = f'name: "n" input: "x" input_shape {{ {shape} }} layer {{ name: "y" type: "Normalize" bottom: "x" top: "y" '
    text += f"norm_param {{ across_spatial: {across} channel_shared: {shared} eps: {preset['eps']!r} }} }}"
    values = np.atleast_1d(scale).astype("<f4").tobytes()
    count = scale.size
    dims = bytes([count % 128 + 128, count // 128]) if count > 127 else bytes([count])
    blob = _field(7, _field(1, dims)) + _field(5, values)
    model = _field(100, _field(1, b"y") + _field(2, b"Normalize") + _field(7, blob))
    net = cv2.dnn.readNetFromCaffe(np.frombuffer(text.encode(), np.uint8), np.frombuffer(model, np.uint8))
    net.setInput(x)
    return {"y": net.forward().reshape(x.shape)}


def _lp_normalization(x):
    onnx = import_module("onnx")
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    ports = [helper.make_tensor_value_info(name, kind, x.shape) for name in "xy"]
    graph = helper.make_graph([helper.make_node("LpNormalization", ["x"], ["y"], p=2)], "g", ports[:1], ports[1:])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def onnx_reference(x, dy, scale, preset):
    evaluator = import_module("onnx.reference").ReferenceEvaluator(_lp_normalization(x))
    return {"y": evaluator.run(None, {"x": x})[0]}


def onnxruntime_normalize(x, dy, scale, preset):
    onnxruntime, model = import_module("onnxruntime"), _lp_normalization(x).SerializeToString()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return {"y": session.run(None, {"x": x})[0]}


def litert_normalize(x, dy, scale, preset):
    """A model of one operator, built with the schema that the package brings."""
    schema = import_module("ai_edge_litert.schema_py_generated")
    flatbuffers, interpreter = import_module("flatbuffers"), import_module("ai_edge_litert.interpreter")
    tensors = []
    for name in ("x", "y"):
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.type, tensor.buffer = name, list(x.shape), schema.TensorType.FLOAT32, 0
        tensors.append(tensor)
    operator, code, graph, model = schema.OperatorT(), schema.OperatorCodeT(), schema.SubGraphT(), schema.ModelT()
    operator.opcodeIndex, operator.inputs, operator.outputs = 0, [0], [1]
    operator.builtinOptionsType, operator.builtinOptions = schema.BuiltinOptions.L2NormOptions, schema.L2NormOptionsT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.L2_NORMALIZATION
    code.version = 1
    graph.tensors, graph.inputs, graph.outputs, graph.operators = tensors, [0], [1], [operator]
    model.version, model.operatorCodes, model.subgraphs, model.buffers = 3, [code], [graph], [schema.BufferT()]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    runner = interpreter.Interpreter(model_content=bytes(builder.Output()))
    runner.allocate_tensors()
    runner.set_tensor(runner.get_input_details()[0]["index"], x)
    runner.invoke()
    return {"y": runner.get_tensor(runner.get_output_details()[0]["index"])}
