"""Boosted trees as ONNX: the same sums as LightGBM, to the last split."""

from collections.abc import Iterator
from typing import Any

import lightgbm
import numpy as np
import onnxruntime
import pytest

from models.training.spread.trees import as_onnx


def _splits(node: dict[str, Any]) -> Iterator[float]:
    if "threshold" in node:
        yield node["threshold"]
        yield from _splits(node["left_child"])
        yield from _splits(node["right_child"])


@pytest.mark.parametrize("unknown", [0.0, 0.2])
def test_the_graph_answers_as_lightgbm(unknown: float) -> None:
    """Values on a split, beside it in single precision, and unknown ones go where LightGBM sends them."""
    chance = np.random.default_rng(7)
    values = chance.normal(size=(4_000, 6)).astype(np.float32)
    values[:, 1] = chance.integers(0, 4, len(values))
    values[chance.random(values.shape) < unknown] = np.nan
    target = (np.nan_to_num(values[:, 0]) + np.nan_to_num(values[:, 1], nan=2.0) > 1.5).astype(int)
    settings = {"objective": "binary", "verbose": -1, "num_threads": 1, "num_leaves": 8}
    booster = lightgbm.train(settings, lightgbm.Dataset(values, label=target), num_boost_round=40)
    session = onnxruntime.InferenceSession(as_onnx(booster), providers=["CPUExecutionProvider"])
    trees = [told["tree_structure"] for told in booster.dump_model()["tree_info"]]
    splits = np.array([split for tree in trees for split in _splits(tree)], np.float32)
    on_splits = np.tile(values, (2, 1))
    on_splits[:, 0] = np.resize([splits, np.nextafter(splits, np.float32(9))], len(on_splits))
    for asked in (values, on_splits, np.full((1, 6), np.nan, np.float32)):
        odds = session.run(None, {"asked": asked})[0][:, 0]
        assert odds == pytest.approx(booster.predict(asked, raw_score=True), abs=1e-5)


def test_a_split_that_cannot_be_written_is_refused() -> None:
    """Categories have no place in the graph: better an error than another answer."""
    values = np.column_stack([np.arange(400) % 5, np.arange(400)]).astype(float)
    data = lightgbm.Dataset(values, label=(values[:, 0] == 3).astype(int), categorical_feature=[0])
    booster = lightgbm.train({"objective": "binary", "verbose": -1, "min_data_in_leaf": 5}, data, num_boost_round=2)
    with pytest.raises(ValueError, match="cannot be written"):
        as_onnx(booster)
