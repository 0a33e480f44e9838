"""Fine-tuning for real, on an encoder of one layer: what is learnt runs on both engines with the same answers."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from fakes import slang, tiny_bert

from models.evaluation.rows import Task, understand
from models.training.export import export_onnx
from models.training.finetune import fine_tune
from models.training.own import Taught, hold_out
from models.transformer import ModelUnavailable, TransformerClassifier

LABELS = ["complaint", "other"]
ONNX = "model.onnx"


@pytest.fixture(scope="module")
def taught() -> Sequence[Taught]:
    """A team's labelled posts."""
    return [Taught(understand(Task.COMPLAINT, row, "here"), str(row["author"])) for row in slang.rows()]


@pytest.fixture(scope="module")
def tuned(taught: Sequence[Taught], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an encoder that has learnt them."""
    folder = tmp_path_factory.mktemp("tuned")
    base = tiny_bert.encoder(tmp_path_factory.mktemp("encoder"))
    heard: list[float] = []
    fine_tune(hold_out(taught, LABELS).kept, str(base), folder, LABELS, heard.append)
    assert heard[-1] == 1.0
    assert heard == sorted(heard)
    return folder


def test_what_was_learnt_holds_for_other_hands(tuned: Path, taught: Sequence[Taught]) -> None:
    """The held-out posts are read right, by ONNX Runtime from the folder as it was written."""
    model = TransformerClassifier(str(tuned), required=["complaint"])
    held = hold_out(taught, LABELS).held
    answers = model.predict([one.row.text for one in held], ["en"] * len(held))
    assert sum(answer[one.label] > 0.5 for answer, one in zip(answers, held, strict=True)) >= 0.9 * len(held)


def test_both_engines_answer_alike(tuned: Path, taught: Sequence[Taught], tmp_path: Path) -> None:
    """torch on the weights and ONNX Runtime on the export give the same probabilities, whatever the length."""
    for file in tuned.iterdir():
        if file.name != ONNX:
            (tmp_path / file.name).write_bytes(file.read_bytes())
    texts = ["", "blorped", "where is my parcel " * 30, *(one.row.text for one in taught[:20])]
    by_onnx = TransformerClassifier(str(tuned), batch_size=4).predict(texts, [None] * len(texts))
    by_torch = TransformerClassifier(str(tmp_path)).predict(texts, [None] * len(texts))
    assert by_onnx == [pytest.approx(answer, abs=1e-4) for answer in by_torch]


def test_an_export_is_light_and_runs_without_torch(tuned: Path, tmp_path: Path) -> None:
    """The exported folder has no weights for torch, needs no torch, and gives the same answers."""
    export_onnx(str(tuned), tmp_path / "out")
    assert (tmp_path / "out" / ONNX).is_file()
    assert not list((tmp_path / "out").glob("*.safetensors"))
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from models.transformer import TransformerClassifier\n"
        "print(TransformerClassifier(sys.argv[1]).predict(['my parcel is totally blorped'], [None])[0]['complaint'])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "out")], capture_output=True, text=True, check=True
    )
    (here,) = TransformerClassifier(str(tuned)).predict(["my parcel is totally blorped"], [None])
    assert float(run.stdout) == pytest.approx(here["complaint"], abs=1e-4)


def test_a_classifier_for_torch_is_turned_into_onnx(tmp_path: Path) -> None:
    """A folder from elsewhere, with its own labels, keeps them."""
    source = tiny_bert.classifier(tmp_path / "theirs", ["BAD", "GOOD"])
    export_onnx(str(source), tmp_path / "ours")
    theirs, ours = TransformerClassifier(str(source)), TransformerClassifier(str(tmp_path / "ours"))
    (one,), (other,) = theirs.predict(["my parcel came"], [None]), ours.predict(["my parcel came"], [None])
    assert set(one) == {"bad", "good"}
    assert other == pytest.approx(one, abs=1e-4)


def test_a_base_that_is_no_encoder_is_refused(taught: Sequence[Taught], tmp_path: Path) -> None:
    """A folder without a model is named, and no hub is asked for it."""
    with pytest.raises(ModelUnavailable, match=str(tmp_path)):
        fine_tune(taught, str(tmp_path), tmp_path / "out", LABELS)
