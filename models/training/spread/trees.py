"""Boosted trees as ONNX: what forecasts them needs no LightGBM, whose library wants another one from the system."""

from collections import defaultdict
from typing import Any

import numpy as np
from onnx import TensorProto, helper

_IR, _OPSET, _TREES_OPSET = 8, 17, 3
_TREES_DOMAIN = "ai.onnx.ml"


def as_onnx(booster: Any) -> bytes:
    """Write a LightGBM model as a graph from ``asked`` (rows × columns, float32) to ``odds`` (rows × 1), the raw sums.

    Splits are "not above", and an unknown value goes where LightGBM sends it; missing zeros and categories are refused.
    """
    nodes: dict[str, list[Any]] = defaultdict(list)
    for tree, told in enumerate(booster.dump_model()["tree_info"]):
        _walk(nodes, tree, told["tree_structure"], [0])
    made = helper.make_node(
        "TreeEnsembleRegressor",
        ["asked"],
        ["odds"],
        domain=_TREES_DOMAIN,
    )
    attributes = {"n_targets": 1, "aggregate_function": "SUM", "post_transform": "NONE", **nodes}
    made.attribute.extend(helper.make_attribute(name, value) for name, value in attributes.items())
    graph = helper.make_graph(
        [made],
        "growth",
        [helper.make_tensor_value_info("asked", TensorProto.FLOAT, [None, booster.num_feature()])],
        [helper.make_tensor_value_info("odds", TensorProto.FLOAT, [None, 1])],
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_TREES_DOMAIN, _TREES_OPSET)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR, producer_name="kuula")
    content: bytes = model.SerializeToString()
    return content


def _walk(nodes: dict[str, list[Any]], tree: int, node: dict[str, Any], taken: list[int]) -> int:
    """Add a node and all below it; ``taken`` counts those of the tree. Gives the node's number."""
    number = taken[0]
    taken[0] += 1
    leaf = "leaf_value" in node
    if not leaf and (node["decision_type"] != "<=" or node["missing_type"] == "Zero"):
        raise ValueError(f"a split that cannot be written: {node['decision_type']}, missing {node['missing_type']}")
    place = len(nodes["nodes_nodeids"])
    for key, value in (
        ("nodes_treeids", tree),
        ("nodes_nodeids", number),
        ("nodes_modes", "LEAF" if leaf else "BRANCH_LEQ"),
        ("nodes_featureids", 0 if leaf else node["split_feature"]),
        ("nodes_values", 0.0 if leaf else _single(node["threshold"])),
        ("nodes_missing_value_tracks_true", int(not leaf and _left(node))),
        ("nodes_truenodeids", 0),
        ("nodes_falsenodeids", 0),
    ):
        nodes[key].append(value)
    if leaf:
        for key, value in (
            ("target_treeids", tree),
            ("target_nodeids", number),
            ("target_ids", 0),
            ("target_weights", float(node["leaf_value"])),
        ):
            nodes[key].append(value)
    else:
        nodes["nodes_truenodeids"][place] = _walk(nodes, tree, node["left_child"], taken)
        nodes["nodes_falsenodeids"][place] = _walk(nodes, tree, node["right_child"], taken)
    return number


def _single(threshold: float) -> float:
    """Round down to single precision: a value just above a split must not fall on its other side."""
    most = float(np.finfo(np.float32).max)
    rounded = np.float32(min(max(threshold, -most), most))  # a split off everything unknown lies beyond all numbers
    # As Python's floats: numpy would compare both in single precision, where they are the same.
    return float(rounded) if float(rounded) <= threshold else float(np.nextafter(rounded, np.float32(-np.inf)))


def _left(node: dict[str, Any]) -> bool:
    """Where an unknown value goes; a column that was always known treats it as 0."""
    return bool(node["default_left"] if node["missing_type"] == "NaN" else float(node["threshold"]) >= 0)
