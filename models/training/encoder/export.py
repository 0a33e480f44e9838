"""Writes the trained network as ONNX with 8-bit weights, and the word embeddings as the 4-bit blocks that they came in.

The graph is put together by hand from the fused operators of ONNX Runtime that are faster than their parts
(com.microsoft: QAttention, MatMulIntegerToFloat, FastGelu), which a traced graph only becomes after an optimiser has
guessed them. SkipLayerNormalization is not among them: on a CPU, Add and LayerNormalization take a sixth of its time.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.labels import HEADS, SIGNALS
from models.training.encoder.pretrained import BLOCK

_OPSET, _MICROSOFT = 17, "com.microsoft"
_MASKED = -1e4
_NORM = {"scale": "weight", "shift": "bias"}

Padded = tuple[Any, Any]
"""Ids and mask of a batch (texts × pieces)."""


class _Graph:
    """Nodes and weights in the making; every method gives the name of what it adds."""

    def __init__(self, epsilon: float) -> None:
        self.epsilon = epsilon
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def weight(self, name: str, values: Any) -> str:
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind: str, inputs: Sequence[str], name: str, domain: str = "", **options: Any) -> str:
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, domain=domain, **options))
        return name


def write_network(state: Mapping[str, Any], heads: int, epsilon: float, file: Path, sample: Sequence[Padded]) -> None:
    """Write the network in ``state`` (numpy arrays by torch's names) as a quantised graph.

    The batches of ``sample`` tell how far activations range. Ranges that are taken from each batch anew, as is usual,
    would let a post change what is read in the posts beside it.

    Inputs are ``words`` (texts × pieces × width, float) and ``mask`` (texts × pieces, int32); outputs ``whole`` (texts
    × the columns of all heads), ``signals`` (texts × signals) and ``marks`` (texts × pieces × signals), all logits.
    """
    graph = _Graph(epsilon)
    hidden = _embed(graph, state)
    layers = 1 + max(int(name.split(".")[3]) for name in state if name.startswith("body.encoder.layer."))
    for layer in range(layers):
        hidden = _layer(graph, state, layer, hidden, heads)
    _heads(graph, state, hidden)
    width = state["body.embeddings.LayerNorm.weight"].shape[0]
    model = _model(graph, width)
    table = state["body.embeddings.word_embeddings.weight"]
    _quantise(model, file, [{"words": table[ids], "mask": mask.astype(np.int32)} for ids, mask in sample])


def write_body(
    state: Mapping[str, Any], heads: int, epsilon: float, file: Path, sample: Sequence[tuple[Any, Any, Any]]
) -> None:
    """Write a network without heads: what it gives is its last layer, ``hidden`` (texts × pieces × width).

    Beside ``words`` and ``mask`` it takes ``parts`` (texts × pieces, int64): which part of the text a piece belongs to.
    ``state`` holds a vector a part as ``parts``, added before the layer that ``parts.layer`` names. A batch of
    ``sample`` is ids, mask and parts.
    """
    graph = _Graph(epsilon)
    hidden = _embed(graph, state)
    for layer in range(1 + max(int(name.split(".")[3]) for name in state if name.startswith("body.encoder.layer."))):
        if layer == int(state["parts.layer"]):
            vectors = graph.weight("parts.table", np.asarray(state["parts"], np.float32))
            given = graph.node("Gather", [vectors, "parts"], "parts.given")
            hidden = graph.node("Add", [hidden, given], "parts.added")
        hidden = _layer(graph, state, layer, hidden, heads)
    graph.node("Identity", [hidden], "hidden")
    width = state["body.embeddings.LayerNorm.weight"].shape[0]
    shape = ["texts", "length"]
    inputs = [
        helper.make_tensor_value_info("words", TensorProto.FLOAT, [*shape, width]),
        helper.make_tensor_value_info("mask", TensorProto.INT32, shape),
        helper.make_tensor_value_info("parts", TensorProto.INT64, shape),
    ]
    outputs = [helper.make_tensor_value_info("hidden", TensorProto.FLOAT, [*shape, width])]
    table = state["body.embeddings.word_embeddings.weight"]
    batches = [{"words": table[ids], "mask": mask.astype(np.int32), "parts": parts} for ids, mask, parts in sample]
    _quantise(_made(graph, inputs, outputs), file, batches)


def pack_blocks(words: Any) -> Any:
    """Turn word embeddings (pieces × width) that came from 4-bit blocks into such blocks again, without loss.

    Gives uint8 (pieces × blocks × 18): a half-precision scale, then 32 weights as nibbles, the low ones first.
    """
    blocks = words.reshape(-1, BLOCK)
    # The pretrained file stores scales as halves and levels from -8 to 7; at least one weight of a block has level -8.
    largest = blocks[np.arange(len(blocks)), np.abs(blocks).argmax(axis=1)]
    scales = (largest / -8.0).astype(np.float16)
    with np.errstate(divide="ignore", invalid="ignore"):
        levels = np.rint(blocks / scales.astype(np.float32)[:, None])
    levels = np.clip(np.nan_to_num(levels), -8, 7).astype(np.int8) + 8
    half = BLOCK // 2
    nibbles = (levels[:, :half] | levels[:, half:] << 4).astype(np.uint8)
    packed = np.concatenate([scales[:, None].view(np.uint8).reshape(-1, 2), nibbles], axis=1)
    return packed.reshape(len(words), -1, 2 + half)


def _embed(graph: _Graph, state: Mapping[str, Any]) -> str:
    places = (
        state["body.embeddings.position_embeddings.weight"] + state["body.embeddings.token_type_embeddings.weight"][0]
    )
    table = graph.weight("places", places)
    shape = graph.node("Shape", ["words"], "shape", start=1, end=2)
    zero = graph.weight("zero", np.array([0], np.int64))
    here = graph.node("Slice", [table, zero, shape], "here")
    placed = graph.node("Add", ["words", here], "placed")
    scale = graph.weight("embeddings.scale", state["body.embeddings.LayerNorm.weight"])
    shift = graph.weight("embeddings.shift", state["body.embeddings.LayerNorm.bias"])
    return graph.node("LayerNormalization", [placed, scale, shift], "embedded", axis=-1, epsilon=graph.epsilon)


def _layer(graph: _Graph, state: Mapping[str, Any], layer: int, hidden: str, heads: int) -> str:
    def of(name: str) -> Any:
        return state[f"body.encoder.layer.{layer}.{name}"]

    def weight(name: str, values: Any) -> str:
        return graph.weight(f"{layer}.{name}", values)

    three = [f"attention.self.{part}" for part in ("query", "key", "value")]
    joined = weight("attention.weight", np.concatenate([of(f"{part}.weight").T for part in three], axis=1))
    bias = weight("attention.bias", np.concatenate([of(f"{part}.bias") for part in three]))
    seen = graph.node(
        "Attention", [hidden, joined, bias, "mask"], f"{layer}.attention", domain=_MICROSOFT, num_heads=heads
    )
    turned = _dense(graph, of, f"{layer}.out", seen, "attention.output.dense")
    hidden = _normed(graph, of, f"{layer}.heeded", (turned, hidden), "attention.output.LayerNorm")
    wide = _dense(graph, of, f"{layer}.wide", hidden, "intermediate.dense")
    bent = graph.node("FastGelu", [wide], f"{layer}.bent", domain=_MICROSOFT)
    narrow = _dense(graph, of, f"{layer}.narrow", bent, "output.dense")
    return _normed(graph, of, f"{layer}.read", (narrow, hidden), "output.LayerNorm")


def _dense(graph: _Graph, of: Any, name: str, values: str, part: str) -> str:
    return _linear(graph, values, of(f"{part}.weight").T, of(f"{part}.bias"), name, f"{name}.product")


def _normed(graph: _Graph, of: Any, name: str, added: tuple[str, str], part: str) -> str:
    summed = graph.node("Add", added, f"{name}.sum")
    weights = [graph.weight(f"{name}.{short}", of(f"{part}.{long}")) for short, long in _NORM.items()]
    return graph.node("LayerNormalization", [summed, *weights], name, axis=-1, epsilon=graph.epsilon)


def _heads(graph: _Graph, state: Mapping[str, Any], hidden: str) -> None:
    last, pieces = (graph.weight(name, np.array([axis], np.int64)) for name, axis in (("last", -1), ("pieces", 1)))
    mask = graph.node("Cast", ["mask"], "mask.float", to=TensorProto.FLOAT)
    there = graph.node("Unsqueeze", [mask, last], "there")
    kept = graph.node("Mul", [hidden, there], "kept")
    summed = graph.node("ReduceSum", [kept, pieces], "summed", keepdims=0)
    mean = graph.node("Div", [summed, graph.node("ReduceSum", [there, pieces], "count", keepdims=0)], "mean")
    names = [f"heads.whole.{name}" for name in HEADS]
    weight = np.concatenate([state[f"{name}.weight"] for name in names]).T
    bias = np.concatenate([state[f"{name}.bias"] for name in names])
    _linear(graph, mean, weight, bias, "whole", "head.whole")
    marks = _linear(graph, hidden, state["heads.marks.weight"].T, state["heads.marks.bias"], "marks", "head.marks")
    one, far = (graph.weight(name, np.array(value, np.float32)) for name, value in (("one", 1.0), ("far", -_MASKED)))
    outside = graph.node("Mul", [graph.node("Sub", [there, one], "gone"), far], "outside")
    heeded = graph.node(
        "Softmax",
        [
            graph.node("Add", [marks, outside], "marks.inside"),
        ],
        "heeded",
        axis=1,
    )
    shown = graph.node("MatMul", [hidden, graph.weight("shown", state["heads.shown"].T)], "head.shown")
    said = graph.node("ReduceSum", [graph.node("Mul", [heeded, shown], "weighed"), pieces], "said", keepdims=0)
    context = _linear(
        graph, mean, state["heads.context.weight"].T, state["heads.context.bias"], "context", "head.context"
    )
    graph.node("Add", [said, context], "signals")


def _linear(graph: _Graph, inputs: str, weight: Any, bias: Any, name: str, product: str) -> str:
    graph.node("MatMul", [inputs, graph.weight(f"{name}.weight", weight)], product)
    return graph.node("Add", [product, graph.weight(f"{name}.bias", bias)], name)


def _model(graph: _Graph, width: int) -> Any:
    floats, ints = TensorProto.FLOAT, TensorProto.INT32
    columns = sum(HEADS.values())
    inputs = [
        helper.make_tensor_value_info("words", floats, ["texts", "length", width]),
        helper.make_tensor_value_info("mask", ints, ["texts", "length"]),
    ]
    outputs = [
        helper.make_tensor_value_info("whole", floats, ["texts", columns]),
        helper.make_tensor_value_info("signals", floats, ["texts", len(SIGNALS)]),
        helper.make_tensor_value_info("marks", floats, ["texts", "length", len(SIGNALS)]),
    ]
    return _made(graph, inputs, outputs)


def _made(graph: _Graph, inputs: Sequence[Any], outputs: Sequence[Any]) -> Any:
    made = helper.make_graph(graph.nodes, "encoder", inputs, outputs, graph.weights)
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)]
    return helper.make_model(made, opset_imports=opsets, ir_version=8, producer_name="kuula")


def _quantise(model: Any, file: Path, sample: Sequence[Mapping[str, Any]]) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    draft = file.with_suffix(".float.onnx")
    onnx.save(model, str(draft))
    heads = [node.name for node in model.graph.node if node.name.startswith("head.")]
    quantize_dynamic(
        draft,
        file,
        op_types_to_quantize=["MatMul", "Attention"],
        weight_type=QuantType.QInt8,
        per_channel=True,
        nodes_to_exclude=heads,
        extra_options={"DefaultTensorType": TensorProto.FLOAT},
    )
    quantised = onnx.load(str(file))
    measured = [node for node in quantised.graph.node if node.op_type == "DynamicQuantizeLinear"]
    ranges = _ranges(model, [node.input[0] for node in measured], sample)
    for node in measured:
        _fix_range(quantised.graph, node, *ranges[node.input[0]])
    _fuse_products(quantised.graph)
    onnx.save(quantised, str(file))
    draft.unlink()


def _ranges(model: Any, names: Sequence[str], sample: Sequence[Mapping[str, Any]]) -> Mapping[str, tuple[float, float]]:
    """Give the least and the largest value of each activation over the sample, around 0."""
    import onnxruntime

    shown = onnx.ModelProto()
    shown.CopyFrom(model)
    shown.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names)
    session = onnxruntime.InferenceSession(shown.SerializeToString(), providers=["CPUExecutionProvider"])
    ranges = dict.fromkeys(names, (0.0, 0.0))
    for batch in sample:
        there = batch["mask"].astype(bool)
        for name, values in zip(names, session.run(list(names), dict(batch)), strict=True):
            low, high = ranges[name]
            ranges[name] = min(low, float(values[there].min())), max(high, float(values[there].max()))
    return ranges


def _fix_range(graph: Any, node: Any, low: float, high: float) -> None:
    """Let the node quantise by a range that is known, instead of the range of each batch."""
    values, (quantised, scale, zero) = node.input[0], node.output
    step = max((high - low) / 255.0, 1e-8)
    graph.initializer.append(numpy_helper.from_array(np.array(step, np.float32), scale))
    graph.initializer.append(numpy_helper.from_array(np.array(round(-low / step), np.uint8), zero))
    fixed = helper.make_node("QuantizeLinear", [values, scale, zero], [quantised], name=f"{values}.quantised")
    place = list(graph.node).index(node)
    graph.node.remove(node)
    graph.node.insert(place, fixed)


def _fuse_products(graph: Any) -> None:
    """Let each product of 8-bit numbers be scaled and shifted where it is made, not by three nodes after it."""
    made = {name: node for node in graph.node for name in node.output}
    used = {name: node for node in graph.node for name in node.input}
    for product in [node for node in graph.node if node.op_type == "MatMulInteger"]:
        cast = used[product.output[0]]
        scaled = used[cast.output[0]]
        scales, shifted = made[scaled.input[1]], used[scaled.output[0]]
        values, weight, zero, weight_zero = product.input
        inputs = [values, weight, *scales.input, zero, weight_zero, shifted.input[1]]
        fused = helper.make_node(
            "MatMulIntegerToFloat", inputs, list(shifted.output), name=product.name, domain=_MICROSOFT
        )
        graph.node.insert(list(graph.node).index(shifted), fused)
        for node in (product, cast, scaled, scales, shifted):
            graph.node.remove(node)
