"""Own forecasts from files that may be broken in any way: none of them reaches judging."""

import hashlib
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from models.artifact import Artifact
from monitors import forecasters, own_models
from monitors.errors import BadSettings
from monitors.own_models import OfSource, OwnModel

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def _keep(home: Path, content: bytes) -> None:
    """Write a model of one source into a home, as fitting does."""
    folder = own_models.folder_of(home, "ours")
    folder.mkdir(parents=True)
    (folder / "growth-0.npz").write_bytes(content)
    known: dict[str, Any] = {
        "posts": 300,
        "held": 60,
        "learnt_until": NOW,
        "before": [],
        "after": [],
        "reliability": [],
    }
    source = OfSource(name="big", file="growth-0.npz", sha256=hashlib.sha256(content).hexdigest(), **known)
    kind: dict[str, Any] = {"task": "virality", "kind": "growth", "base": "snapshots"}
    own_models.write(folder, OwnModel(name="ours", trained_at=NOW, sources=[source], **kind))


def _packed(**arrays: Any) -> bytes:
    """An .npz of these arrays."""
    import numpy as np

    packed = io.BytesIO()
    np.savez_compressed(packed, **arrays)
    return packed.getvalue()


def _good() -> dict[str, Any]:
    return Artifact.load("spread/news_feedback").arrays


def test_a_whole_model_is_loaded(tmp_path: Path) -> None:
    """What the package itself brings passes every check."""
    _keep(tmp_path, _packed(**_good()))
    assert set(forecasters.load(tmp_path, "ours")) == {"big"}


@pytest.mark.parametrize("broken", ["numbers", "shape", "words", "graph", "pickle", "bomb", "nothing"])
def test_a_model_that_would_stop_judging_is_refused(tmp_path: Path, broken: str) -> None:
    """Whatever is wrong inside, with a checksum that fits, it is called damaged before anything is judged by it."""
    import numpy as np

    good = _good()
    contents = {
        "numbers": lambda: _packed(**{**good, "base": np.full(5, np.nan)}),
        "shape": lambda: _packed(**{**good, "spread": np.ones((3, 3))}),
        "words": lambda: _packed(**{**good, "base": np.array("x")}),
        "graph": lambda: _packed(**{**good, "trees": good["trees"][:5000]}),
        "pickle": lambda: _packed(**{**good, "base": np.array([print], dtype=object)}),
        "bomb": lambda: _packed(**{**good, "more": np.zeros(forecasters.LARGEST, np.uint8)}),
        "nothing": lambda: b"",
    }
    _keep(tmp_path, contents[broken]())
    with pytest.raises(BadSettings, match="is damaged"):
        forecasters.load(tmp_path, "ours")
