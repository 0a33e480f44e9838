"""``kuula models``: a team trains a model, compares it, chooses it and goes back, and nobody is alerted twice."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import slang, tiny_bert
from fakes.command import Kuula, in_folder
from sqlalchemy import select

from models.hashing import FEATURES
from monitors import own_models
from monitors.bootstrap import House
from monitors.ledger import audit, corrections, model_choices
from monitors.ledger.corrections import Word
from monitors.ledger.schema import posts
from monitors.own_models import HeldOut, LearntFrom, OwnModel
from monitors.settings import load

SETTINGS = """
[brands.Acme]
names = ["Acme"]
[sources.export]
kind = "file"
path = "posts.csv"
[channels.log]
kind = "log"
[people.ann]
channels = ["log"]
"""
POSTS = """id,created_at,author,text
1,2026-11-20T09:00:00Z,mia,"Acme, if this is not fixed by Friday I will see you in court. I want my money back."
2,2026-11-20T09:05:00Z,bob,"Acme, my parcel is quite zippy"
"""


@pytest.fixture
def kuula(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Kuula:
    """Run ``kuula`` beside settings and two posts: the exit code, what it printed and what it complained of."""
    Path(tmp_path, "posts.csv").write_text(POSTS, "utf-8")
    return in_folder(tmp_path, SETTINGS, monkeypatch, capsys)


@pytest.fixture
def house(kuula: Kuula) -> Iterator[House]:
    """The house of those settings."""
    del kuula
    with closing(House(load(None, {}))) as opened:
        yield opened


@pytest.fixture
def elsewhere(kuula: Kuula) -> Path:
    """A classifier that was put beside the settings as one of the team's own."""
    del kuula
    folder = tiny_bert.classifier(Path(".kuula/models/tiny").absolute(), ["complaint", "other"])
    own_models.write(folder, _described("tiny"))
    return folder


def _described(name: str) -> OwnModel:
    learnt = [LearntFrom(name="labels.jsonl", texts=9)]
    values = {"name": name, "task": "complaint", "kind": "transformers", "base": "tiny", "learnt_from": learnt}
    return OwnModel.model_validate({**values, "trained_at": "2026-11-20T09:00:00Z"})


def test_a_team_trains_a_model_and_switches_to_it(kuula: Kuula) -> None:
    """Its word for trouble becomes a complaint; all posts are read again, and the alert that was sent stays the one."""
    slang.write(Path("labels.jsonl"), bad="zippy")
    first = json.loads(kuula("run", "--once")[1].splitlines()[-1])
    assert first["alerts"] == 1
    code, said, _ = kuula("models", "train", "labels.jsonl", "--name", "team-1")
    assert code == 0
    assert "kuula models use team-1 --for complaint" in said
    assert "held out by author" in said
    assert kuula("models", "use", "team-1", "--for", "complaint")[0] == 0
    kuula("rescore")
    again = json.loads(kuula("run", "--once")[1].splitlines()[-1])
    assert (again["alerts"], again["incidents"]) == (first["alerts"], first["incidents"])
    listed = kuula("models", "list")[1]
    assert "complaint: team-1 (chosen by command line" in listed
    assert "sentiment: builtin (settings)" in listed
    assert "learnt from labels.jsonl (160 texts)" in listed
    explained = kuula("explain", "export:2")[1]
    assert "in use now for complaint: team-1 (chosen by command line" in explained
    assert "complaint: yes" in explained
    (models,) = [line for line in explained.splitlines() if line.startswith("models: ")]
    assert "+team-1-" in models
    _, compared, _ = kuula("models", "compare", "builtin", "team-1", "labels.jsonl")
    assert "complaint, 160 posts" in compared
    assert "its figures are too kind" in compared


def test_a_layer_belongs_to_the_reader_that_it_corrects(kuula: Kuula) -> None:
    """Made with one reader and used with another it would correct mistakes that nobody makes: that is refused."""
    slang.write(Path("labels.jsonl"))
    assert kuula("models", "train", "labels.jsonl", "--name", "team-1")[0] == 0
    assert "a layer on the builtin (standard reader)" in kuula("models", "list")[1]
    Path("kuula.toml").write_text(SETTINGS + '[models]\nreader = "fast"\n', "utf-8")
    code, _, told = kuula("models", "use", "team-1", "--for", "complaint")
    assert code != 0
    assert 'reader = "standard"' in told
    assert "the fast reader" in kuula("models", "list")[1]


def test_readers_are_measured_by_name(kuula: Kuula) -> None:
    """Whoever wonders whether the careful reader is worth its time compares the two on posts of their own."""
    slang.write(Path("labels.jsonl"))
    code, compared, _ = kuula("models", "compare", "fast", "standard", "labels.jsonl")
    assert code == 0
    assert all(name in compared for name in ("fast", "standard", "complaint, 160 posts"))
    versions = [
        json.loads(kuula("evaluate", "complaint", "labels.jsonl", "--model", name)[1].splitlines()[-1])["model"]
        for name in ("fast", "builtin")
    ]
    assert [version.startswith("standard-") for version in versions] == [False, True]


def test_the_words_of_the_pages_teach_too(kuula: Kuula, house: House) -> None:
    """What people corrected is learnt from like a line of a file, and the description says how much it was."""
    slang.write(Path("labels.jsonl"))
    kuula("run", "--once")
    with house.ledger.write() as tx:
        seq = tx.execute(select(posts.c.seq).where(posts.c.uid == "export:2")).scalar_one()
        corrections.add(tx, Word(seq, 1, "ann", corrections.COMPLAINT, corrections.YES), house.now())
    code, said, told = kuula("models", "train", "labels.jsonl", "--name", "team-2", "--with-corrections")
    assert (code, "team-2 has learnt from" in said) == (0, True), told
    learnt = own_models.read(Path(".kuula/models/team-2")).learnt_from
    assert [(one.name, one.texts) for one in learnt] == [("labels.jsonl", 160), ("corrections", 1)]


def test_a_choice_is_seen_by_a_process_that_scores(kuula: Kuula, house: House, elsewhere: Path) -> None:
    """The next batches are read by the model that was chosen meanwhile, in the process that the models have."""
    del elsewhere
    apart = House(house.settings, apart=True)
    with closing(apart):
        apart.warm_up()
        (before,) = apart.scorer.score(["my parcel is blorped"], [None])
        assert kuula("models", "use", "tiny", "--for", "complaint")[0] == 0
        apart.scorer.wait()  # type: ignore[attr-defined]
        (after,) = apart.scorer.score(["my parcel is blorped"], [None])
        assert "tiny" not in before.model
        assert "+transformer-tiny-" in after.model
        kuula("models", "use", "settings", "--for", "complaint")
        apart.scorer.wait()  # type: ignore[attr-defined]
        assert apart.scorer.score(["my parcel is blorped"], [None]) == [before]
    with house.ledger.read() as tx:
        assert [(row.action, row.detail) for row in audit.newest(tx, 2)] == [
            ("model_chosen", {"name": "settings"}),
            ("model_chosen", {"name": "tiny"}),
        ]


def test_a_machine_without_the_model_goes_on_and_says_so(kuula: Kuula, house: House, elsewhere: Path) -> None:
    """The choice stands for the others; the list says where it could not be loaded, until it is chosen again."""
    kuula("models", "use", "tiny", "--for", "complaint")
    (elsewhere / own_models.DESCRIPTION).rename("kept.json")
    (scored,) = house.scorer.score(["my parcel is blorped"], [None])
    assert "tiny" not in scored.model
    listed = kuula("models", "list")[1]
    assert "the one before goes on, as it cannot be loaded" in listed
    assert "there is no own model in" in listed
    Path("kept.json").rename(elsewhere / own_models.DESCRIPTION)
    kuula("models", "use", "tiny", "--for", "complaint")
    with house.ledger.read() as tx:
        assert model_choices.standing(tx)["complaint"].refused is None


def test_what_cannot_be_loaded_is_not_chosen(kuula: Kuula, house: House, elsewhere: Path) -> None:
    """A damaged model, one for something else and a misspelt one are refused before anything changes."""
    for name, task, said in (
        ("tiny", "sentiment", "reads complaint, not sentiment"),
        ("tinny", "complaint", "Did you mean `tiny`?"),
        ("tiny", "signals", "only read by the built-in"),
    ):
        code, _, told = kuula("models", "use", name, "--for", task)
        assert (code, said in told) == (2, True), told
    (elsewhere / "model.safetensors").write_bytes(b"broken")
    assert kuula("models", "use", "tiny", "--for", "complaint")[0] == 2
    (elsewhere / own_models.DESCRIPTION).write_text("{", "utf-8")
    assert "is damaged" in kuula("models", "list")[1]
    with house.ledger.read() as tx:
        assert model_choices.standing(tx) == {}


def _layer(name: str, **changed: Any) -> None:
    """Put a layer for complaints beside the settings, with some of its arrays changed."""
    folder = own_models.folder_of(Path(), name)
    folder.mkdir(parents=True)
    arrays = {
        "labels": np.array(["complaint", "other"]),
        "base/coef": np.eye(2, dtype=np.float32),
        "ngrams/coef": np.zeros((FEATURES, 2), dtype=np.float16),
        "ngrams/intercept": np.zeros(2, dtype=np.float32),
    }
    np.savez_compressed(folder / own_models.LAYER, **{**arrays, **changed})
    layer = {"name": name, "kind": "correction", "base": "builtin", "reader": "standard"}
    own_models.write(folder, _described(name).model_copy(update=layer))


def test_a_layer_that_gives_no_probabilities_is_not_chosen(kuula: Kuula, house: House) -> None:
    """Weights that are no numbers, sizes that do not fit, and labels of something else are each said with a remedy."""
    holed = np.zeros((FEATURES, 2), dtype=np.float16)
    holed[7, 0] = np.nan
    for name, changed, said in (
        ("nan", {"base/coef": np.full((2, 2), np.nan, np.float32)}, "not every weight of base/coef is a number"),
        ("hole", {"ngrams/coef": holed}, "not every weight of ngrams/coef is a number"),
        ("inf", {"ngrams/intercept": np.full(2, np.inf, np.float32)}, "not every weight of ngrams/intercept"),
        ("huge", {"base/coef": np.full((2, 2), 1e308)}, "fails on the plainest text"),
        ("small", {"ngrams/coef": holed[:9]}, "has not the size that its labels need"),
        ("foreign", {"labels": np.array(["x", "y"])}, "does not know what complaint is"),
    ):
        _layer(name, **changed)
        code, _, told = kuula("models", "use", name, "--for", "complaint")
        assert (code, said in told, "gain" in told or "Correct" in told) == (2, True, True), told
    _layer("good")
    assert kuula("models", "use", "good", "--for", "complaint")[0] == 0
    with house.ledger.read() as tx:
        assert model_choices.standing(tx)["complaint"].name == "good"


def test_what_cannot_be_exported_is_said(kuula: Kuula) -> None:
    """Places that cannot be, names too long for any, and half a model: a sentence and code 2, and nothing is left."""
    _layer("whole")
    _layer("half")
    (own_models.folder_of(Path(), "half") / own_models.LAYER).unlink()
    Path("dangling").symlink_to("nowhere")
    before = sorted(Path().iterdir())
    for name, out in (
        ("whole", "dangling"),
        ("whole", "kuula.toml/x"),
        ("whole", "x" * 300),
        ("whole", "x" * 5000),
        ("half", "out"),
        ("x" * 300, "out"),
        ("x" * 5000, "out"),
    ):
        code, _, told = kuula("models", "export", name, "--out", out)
        assert (code, "kuula: " in told, "unexpected" in told) == (2, True, False), told
    assert sorted(Path().iterdir()) == before


def test_links_in_a_folder_are_no_part_of_a_layer(kuula: Kuula, tmp_path: Path) -> None:
    """One may lead round in a circle, nowhere, or to what is nobody else's business."""
    _layer("linked")
    folder = own_models.folder_of(tmp_path, "linked")
    for link, target in (("circle", folder), ("nowhere", tmp_path / "none"), ("secret", tmp_path / "kuula.toml")):
        (folder / link).symlink_to(target)
    code, _, told = kuula("models", "export", "linked", "--out", "out")
    assert (code, sorted(path.name for path in Path("out").iterdir())) == (0, ["correction.npz", "kuula.json"]), told


@pytest.mark.parametrize("length", [300, 5000])
def test_a_name_too_long_for_a_path_is_no_model(kuula: Kuula, length: int) -> None:
    """Wherever a model is named it is said that there is none, as of any other name."""
    long = "x" * length
    slang.write(Path("labels.jsonl"))
    settings = Path("kuula.toml").read_text("utf-8")
    Path("long.toml").write_text(f'{settings}[models]\ncomplaint = {{ kind = "own", path = "{long}" }}\n', "utf-8")
    for arguments in (
        ("models", "use", long, "--for", "complaint"),
        ("models", "compare", "fast", long, "labels.jsonl"),
        ("models", "train", "labels.jsonl", "--base", long),
        ("models", "train", "labels.jsonl", "--name", long),
        ("evaluate", "complaint", "labels.jsonl", "--model", long),
        ("--settings", "long.toml", "run", "--once"),
    ):
        code, _, told = kuula(*arguments)
        assert (code, "unexpected" in told) == (2, False), told
    assert "there is no such folder" in "".join(kuula("--settings", "long.toml", "check")[1:])


@pytest.mark.parametrize("figures", [{"all": 5}, {"all": {"macro_f1": "0.9"}}, {"all": {"macro_f1": None}}, {}])
def test_figures_that_are_none_hide_no_model(kuula: Kuula, elsewhere: Path, figures: dict[str, Any]) -> None:
    """The description of one model may be anything: the list shows it and the others."""
    _layer("other")
    held = HeldOut(by="text", texts=9, before=figures, after={"all": {"macro_f1": 0.5}})
    own_models.write(elsewhere, _described("tiny").model_copy(update={"held_out": held}))
    code, said, told = kuula("models", "list")
    assert (code, "macro-F1 unknown before, 0.500 with it" in said, "other: reads" in said) == (0, True, True), told


def test_a_description_steers_no_terminal(kuula: Kuula, elsewhere: Path) -> None:
    """What came with a model of others may hold sequences that clear a screen or change its title."""
    learnt = [LearntFrom(name="\x1b[2J\x1b]0;title\x07labels", texts=1)]
    own_models.write(elsewhere, _described("tiny").model_copy(update={"base": "\x1b[31mred", "learnt_from": learnt}))
    said = kuula("models", "list")[1]
    assert "red" in said
    assert not {"\x1b", "\x07"} & set(said)


def test_a_model_is_carried_to_another_machine(kuula: Kuula, elsewhere: Path, tmp_path: Path) -> None:
    """The exported folder, put beside other settings, is one of theirs and runs without weights for torch."""
    code, said, told = kuula("models", "export", "tiny", "--out", "carried")
    assert (code, "ONNX Runtime" in said) == (0, True), told
    assert "is not empty" in kuula("models", "export", "tiny", "--out", "carried")[2]
    (elsewhere / "model.safetensors").unlink()
    Path("carried").rename(tmp_path / ".kuula" / "models" / "theirs")
    assert kuula("models", "use", "theirs", "--for", "complaint")[0] == 0
    assert "theirs: reads complaint; transformers" in kuula("models", "list")[1]


def test_an_export_that_fails_leaves_nothing_behind(kuula: Kuula, elsewhere: Path) -> None:
    """A folder with half a model would look like one; the next try needs no clearing up."""
    weights = elsewhere / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(b"broken")
    assert kuula("models", "export", "tiny", "--out", "carried")[0] == 2
    assert not [path for path in Path().iterdir() if "carried" in path.name or path.name.startswith(".exporting")]
    weights.write_bytes(whole)
    assert kuula("models", "export", "tiny", "--out", "carried")[0] == 0


def test_a_model_that_is_not_there_is_told_with_those_that_are(kuula: Kuula, elsewhere: Path) -> None:
    """To choose, to compare and to export: what was probably meant, and which names would do."""
    del elsewhere
    slang.write(Path("labels.jsonl"))
    meant = "there is no model called tny. Did you mean `tiny`?"
    for arguments in (
        ("use", "tny", "--for", "complaint"),
        ("compare", "standard", "tny", "labels.jsonl"),
        ("export", "tny", "--out", "carried"),
    ):
        code, _, told = kuula("models", *arguments)
        assert (code, meant in told) == (2, True), told
    assert "There are: tiny.\n" in kuula("models", "export", "fast", "--out", "carried")[2]


def test_what_the_settings_say_is_named(kuula: Kuula) -> None:
    """Whoever goes back to the settings hears which model that is."""
    said = kuula("models", "use", "settings", "--for", "complaint")[1]
    assert "complaint is read by what the settings say: builtin (the standard reader)." in said
    Path("kuula.toml").write_text(SETTINGS + '[models.complaint]\nkind = "own"\npath = "mine"\n', "utf-8")
    said = kuula("models", "use", "settings", "--for", "complaint")[1]
    assert "complaint is read by what the settings say: own, mine." in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("evaluate", "complaints", "labels.jsonl"),
        ("models", "use", "settings", "--for", "complaints"),
        ("models", "compare", "fast", "full", "labels.jsonl", "--task", "complaints"),
        ("models", "train", "labels.jsonl", "--task", "complaints"),
    ],
)
def test_a_task_that_is_none_is_told_in_our_words(
    kuula: Kuula, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """The nearest is offered, and no library that reads the arguments shows through."""
    monkeypatch.setenv("COLUMNS", "200")
    slang.write(Path("labels.jsonl"))
    code, _, told = kuula(*arguments)
    told = " ".join(told.replace("│", " ").split())
    assert code == 2
    assert "'complaints' is none of sentiment, complaint, signals, language" in told
    assert "Did you mean `complaint`?" in told
    assert "Value error" not in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("both.jsonl",), "the files label sentiment and complaint"),
        (("both.jsonl", "--task", "signals"), "cannot be learnt"),
        (("both.jsonl", "--task", "complaint"), "complaint has 1"),
        ((), "nothing to learn from"),
        (("labels.jsonl", "--name", "../x"), "cannot be called '../x'"),
        (("labels.jsonl", "--name", "builtin"), "cannot be called 'builtin'"),
        (("labels.jsonl", "--base", "./none"), "no encoder that torch can load"),
        (("broken.jsonl",), "broken.jsonl line 1: this is not JSON"),
        (("words.jsonl",), "words.jsonl line 1: its label is 'yes', not complaint or other, nor true or false"),
        (("words.jsonl",), "`complaint` (true, false, or complaint, other)"),
        (("words.jsonl", "--task", "complaint"), "1 lines are left out: its label is 'yes', not complaint or other"),
        (("none.jsonl",), "no line has a label that can be learnt. Each line needs `sentiment` (negative,"),
        (("twice.jsonl",), "1 lines are left out: the same text, author and label are there before"),
        (("twice.jsonl",), "    twice.jsonl line 1: complaint; twice.jsonl line 3: other"),
        (("twice.jsonl",), "complaint has 2, other has 1"),
    ],
)
def test_training_that_cannot_be_says_why(kuula: Kuula, arguments: tuple[str, ...], said: str) -> None:
    """Nothing is left behind, and the remedy is part of the message."""
    slang.write(Path("labels.jsonl"))
    Path("broken.jsonl").write_text("{", "utf-8")
    Path("words.jsonl").write_text('{"text": "late again", "complaint": "yes"}', "utf-8")
    Path("none.jsonl").write_text('{"text": "late again"}', "utf-8")
    twice = [("late", True, "a"), ("late ", True, "a"), ("late", False, "a"), ("late", True, "b")]
    said_twice = [{"text": text, "complaint": label, "author": author} for text, label, author in twice]
    Path("twice.jsonl").write_text("\n".join(map(json.dumps, said_twice)), "utf-8")
    both = {"text": "late again", "lang": "en", "sentiment": "negative", "complaint": True}
    Path("both.jsonl").write_text(json.dumps(both), "utf-8")
    code, _, told = kuula("models", "train", *arguments)
    assert (code, said in told) == (2, True), told
    assert not list(Path().glob(".kuula/models/*"))


def test_training_without_torch_names_the_extra(kuula: Kuula, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where torch is not installed an encoder cannot be taught, and what to install is said."""
    slang.write(Path("labels.jsonl"))
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    code, _, told = kuula("models", "train", "labels.jsonl", "--base", "./encoder")
    assert (code, "kuula[torch]" in told) == (2, True), told


def test_an_encoder_is_taught_from_the_command_line(kuula: Kuula) -> None:
    """A fine-tuned model is described, compared with what is in use, and can be chosen at once."""
    slang.write(Path("labels.jsonl"))
    tiny_bert.encoder(Path("encoder").absolute())
    code, said, told = kuula("models", "train", "labels.jsonl", "--base", "encoder", "--name", "tuned")
    assert (code, "kuula models use tuned --for complaint" in said) == (0, True), told
    held = own_models.read(Path(".kuula/models/tuned")).held_out
    assert held is not None
    assert held.after["all"]["macro_f1"] > held.before["all"]["macro_f1"]
    assert kuula("models", "use", "tuned", "--for", "complaint")[0] == 0
