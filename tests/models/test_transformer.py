"""The loading code for real, on a model so small that the test makes it: random weights, a dozen words."""

import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
from fakes import tiny_bert

from models.scorer import with_models
from models.scores import Sentiment
from models.transformer import ModelUnavailable, TransformerClassifier, is_folder

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "raha", "tagasi", "ужас", "kiitos", "where", "is", "my", "order", "never"]
LABELS = {"LABEL_0": "negative", "LABEL_2": "positive"}
TEXTS = [
    "raha tagasi",
    "kiitos",
    "where is my order never never never",
    "ужас",
    "",
    "kiitos kiitos",
    "unknown \ud800 words",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny saved BERT and its tokenizer, weights for torch only."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    path = tmp_path_factory.mktemp("tiny-bert")
    BertTokenizerFast(vocab={word: place for place, word in enumerate(WORDS)}).save_pretrained(path)
    torch.manual_seed(1)
    shape = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    config = BertConfig(vocab_size=len(WORDS), num_labels=3, initializer_range=0.9, **shape)
    BertForSequenceClassification(config).save_pretrained(path)
    return path


def _export(model: Any, target: Path) -> None:
    import torch

    class LogitsOnly(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: Any, mask: Any, types: Any) -> Any:
            return self.model(input_ids=ids, attention_mask=mask, token_type_ids=types).logits

    inputs = ["input_ids", "attention_mask", "token_type_ids"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # notes on tracing and deprecation: the exporter is not under test
        torch.onnx.export(
            LogitsOnly(),
            tuple(torch.ones((2, 4), dtype=torch.int64) for _ in inputs),
            str(target),
            input_names=inputs,
            output_names=["logits"],
            dynamic_axes={key: {0: "texts", 1: "tokens"} for key in inputs},
            dynamo=False,
        )


@pytest.fixture(scope="module")
def onnx_folder(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same model with ``model.onnx`` in place of the weights for torch."""
    from transformers import AutoModelForSequenceClassification

    path = tmp_path_factory.mktemp("tiny-onnx")
    for file in folder.iterdir():
        if file.suffix != ".safetensors":
            shutil.copy(file, path)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    _export(model, path / "model.onnx")
    return path


def test_labels_and_order(folder: Path) -> None:
    """Answers come in the order of the texts, under our labels, each summing to 1."""
    model = TransformerClassifier(str(folder), LABELS, batch_size=2)
    answers = model.predict(TEXTS, [None] * len(TEXTS))
    alone = [model.predict([text], ["et"])[0] for text in TEXTS]
    assert [set(answer) for answer in answers] == [{"negative", "label_1", "positive"}] * len(TEXTS)
    assert [sum(answer.values()) for answer in answers] == pytest.approx([1.0] * len(TEXTS))
    assert answers == [pytest.approx(answer, abs=1e-5) for answer in alone]
    assert len({round(answer["negative"], 3) for answer in answers}) > 3


def test_onnx_and_torch_agree(folder: Path, onnx_folder: Path) -> None:
    """A folder with ``model.onnx`` runs without the torch weights and gives what torch gives, whatever the padding."""
    torch_model, onnx_model = TransformerClassifier(str(folder)), TransformerClassifier(str(onnx_folder), batch_size=3)
    expected = torch_model.predict(TEXTS, [None] * len(TEXTS))
    assert onnx_model.predict(TEXTS, [None] * len(TEXTS)) == [pytest.approx(answer, abs=1e-4) for answer in expected]
    assert onnx_model.version != torch_model.version


def test_label_map_joins_classes(folder: Path) -> None:
    """Two classes that the map gives one name are added up, as one and two stars are both negative."""
    joined = TransformerClassifier(str(folder), {"LABEL_0": "negative", "LABEL_1": "negative", "LABEL_2": "positive"})
    plain = TransformerClassifier(str(folder))
    (both,), (each,) = joined.predict(["raha"], [None]), plain.predict(["raha"], [None])
    assert both["negative"] == pytest.approx(each["label_0"] + each["label_1"])


def test_empty_batch(folder: Path) -> None:
    """No texts, no answers, no error."""
    assert TransformerClassifier(str(folder)).predict([], []) == []


def test_missing_model_says_so(tmp_path: Path) -> None:
    """A folder that is not there, or holds no model, is refused with its name."""
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(ModelUnavailable, match=str(path)):
            TransformerClassifier(str(path))


def test_missing_weights_say_so(onnx_folder: Path, tmp_path: Path) -> None:
    """A folder with a config but with no weights is refused with what it should hold."""
    for file in onnx_folder.iterdir():
        if file.suffix == ".json":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    with pytest.raises(ModelUnavailable, match=r"neither model\.onnx nor weights"):
        TransformerClassifier(str(tmp_path))


def test_missing_library_names_the_extra(folder: Path) -> None:
    """Where a library is not installed, the error says which extra brings it."""
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from models.transformer import ModelUnavailable, TransformerClassifier\n"
        "try:\n    TransformerClassifier(sys.argv[1])\n"
        "except ModelUnavailable as error:\n    print(error)"
    )
    run = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True)
    assert "kuula[torch]" in run.stdout


def test_label_map_must_cover_what_is_required(folder: Path) -> None:
    """A map that leaves a required label without a class is refused at the start, naming the model's own labels."""
    with pytest.raises(ModelUnavailable, match=r"no label means neutral.*LABEL_0, LABEL_1, LABEL_2"):
        TransformerClassifier(str(folder), LABELS, required=["negative", "neutral", "positive"])


def test_scorer_takes_a_transformer(folder: Path) -> None:
    """A transformer stands in for the built-in sentiment: the scores carry its answer and its version."""
    labels = {"LABEL_0": "negative", "LABEL_1": "neutral", "LABEL_2": "positive"}
    model = TransformerClassifier(str(folder), labels, required=list(Sentiment))
    scorer = with_models(sentiment=model)
    (scores,) = scorer.score(["Where is my order, it never came"], [None])
    (expected,) = model.predict(["Where is my order, it never came"], ["en"])
    assert scores.sentiment_probabilities == pytest.approx(expected)
    assert model.version in scores.model


def test_a_label_map_with_a_stranger_is_refused(folder: Path) -> None:
    """A misspelt label of the map would silently do nothing: the model's own labels are told instead."""
    with pytest.raises(ModelUnavailable, match=r"no label LABEL_9; its own labels: LABEL_0"):
        TransformerClassifier(str(folder), {"LABEL_9": "negative"})


def test_what_the_labels_mean_is_part_of_the_version(folder: Path) -> None:
    """Another map gives other answers, so scores must be tellable apart."""
    assert TransformerClassifier(str(folder)).version != TransformerClassifier(str(folder), LABELS).version


def test_one_class_is_a_chance_of_its_own(tmp_path: Path) -> None:
    """A model that only says how likely a complaint is leaves the rest to `other`."""
    one = tiny_bert.classifier(tmp_path / "one", ["COMPLAINT"], problem_type="multi_label_classification")
    (answer,) = TransformerClassifier(str(one), required=["complaint"]).predict(["my parcel"], [None])
    assert set(answer) == {"complaint", "other"}
    assert 0 < answer["complaint"] < 1
    assert sum(answer.values()) == pytest.approx(1.0)


def test_classes_that_were_learnt_apart_share_one_answer(tmp_path: Path) -> None:
    """A model with a yes or no for each label is asked which is the likeliest."""
    many = tiny_bert.classifier(tmp_path / "many", ["a", "b", "c"], problem_type="multi_label_classification")
    (answer,) = TransformerClassifier(str(many)).predict(["my parcel is blorped"], [None])
    assert sum(answer.values()) == pytest.approx(1.0)
    assert max(answer.values()) < 1.0


def test_a_model_of_numbers_is_refused(tmp_path: Path) -> None:
    """Stars from 1 to 5 as one number are no label."""
    stars = tiny_bert.classifier(tmp_path / "stars", ["stars"], problem_type="regression")
    with pytest.raises(ModelUnavailable, match="a number, not labels"):
        TransformerClassifier(str(stars))


def test_long_posts_fit_short_models(tmp_path: Path) -> None:
    """A model that was made for tweets reads the beginning of what is longer than it can hold."""
    short = tiny_bert.classifier(tmp_path / "short", ["a", "b"], max_position_embeddings=16)
    assert len(TransformerClassifier(str(short)).predict(["my parcel " * 500], [None])) == 1


@pytest.mark.parametrize("name", ["/srv/models/none", "./none", "models/of/none", "none"])
def test_only_a_name_with_an_owner_is_asked_of_the_hub(name: str) -> None:
    """What cannot be `owner/name` is a folder that is not there: nothing goes over the network for it."""
    assert is_folder(name)
    assert not is_folder("owner/name")
