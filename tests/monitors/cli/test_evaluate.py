"""``kuula evaluate`` as its users meet it: what it measures, what it leaves out, and what it says of that."""

import gzip
import json
import sys
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest
from fakes import deadly

from monitors.__main__ import main
from monitors.ledger.engine import Ledger
from monitors.ledger.model_choices import Choice, choose

POSTS: list[dict[str, Any]] = [
    {
        "text": "Awful. The parcel never came, nobody answers my emails and I want my money back.",
        "lang": "en",
        "sentiment": "negative",
        "complaint": True,
        "signals": ["no_answer", "refund_demand"],
        "author": "en-a01",
    },
    {
        "text": "Thank you, wonderful service, it came a day early!",
        "lang": "en",
        "sentiment": "positive",
        "complaint": False,
        "signals": [],
        "hard_negative_for": ["complaint", "no_answer"],
    },
    {
        "text": "Отвратительно, деньги не возвращают, подаю в суд!",
        "lang": "ru",
        "sentiment": "negative",
        "complaint": True,
        "signals": ["legal_threat"],
    },
]


class Done(NamedTuple):
    """How the command ended and what it printed; ``lines`` are those that a machine reads, by language."""

    code: int
    lines: dict[str, dict[str, Any]]
    err: str


class Evaluate(Protocol):
    """Run the command."""

    def __call__(self, *arguments: str) -> Done:
        """With these arguments."""


@pytest.fixture
def evaluate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Evaluate:
    """Run it in an empty folder, without settings."""
    monkeypatch.delenv("KUULA_SETTINGS", raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Done:
        with pytest.raises(SystemExit) as left:
            main(["evaluate", *arguments])
        shown = capsys.readouterr()
        code = left.value.code
        rows = [json.loads(line) for line in shown.out.splitlines()]
        return Done(code if isinstance(code, int) else 0, {row["lang"]: row for row in rows}, shown.err)

    return run


def _write(name: str, rows: list[dict[str, Any]]) -> str:
    lines = "".join(f"{json.dumps(row)}\n" for row in rows)
    Path(name).write_bytes(gzip.compress(lines.encode()) if name.endswith(".gz") else lines.encode())
    return name


@pytest.mark.parametrize("name", ["posts.jsonl", "posts.jsonl.gz"])
def test_each_language_and_all_have_a_line(evaluate: Evaluate, name: str) -> None:
    """Every figure of sentiment is there, from a plain and from a packed file, and nothing else is said."""
    done = evaluate("sentiment", _write(name, POSTS))
    assert (done.code, done.err) == (0, "")
    assert [(lang, row["n"]) for lang, row in done.lines.items()] == [("en", 2), ("ru", 1), ("all", 3)]
    everything = done.lines["all"]
    assert everything["task"] == "sentiment"
    assert everything["accuracy"] == everything["macro_f1"] == everything["macro_recall"] == 1.0
    assert everything["per_label"]["negative"] == {"n": 2, "precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert 0 <= everything["expected_calibration_error"] < 1
    assert everything["posts_per_second"] > 0
    assert everything["model"]


def test_the_same_file_serves_every_task(evaluate: Evaluate) -> None:
    """Each task takes its own field; hard negatives are those of the task."""
    file = _write("posts.jsonl", POSTS)
    complaint = evaluate("complaint", file).lines["all"]
    assert complaint["per_label"]["complaint"]["n"] == 2
    assert (complaint["hard_negatives"], complaint["hard_negatives_wrongly_flagged"]) == (1, 0.0)
    signals = evaluate("signals", file).lines["all"]
    assert signals["micro_f1"] > 0
    assert signals["hard_negatives"] == 1
    assert evaluate("language", file).lines["all"]["per_label"]["ru"]["recall"] == 1.0


def test_rows_without_an_answer_are_left_out_and_counted(evaluate: Evaluate) -> None:
    """A file with other labels too is measured on the rest; who looks sees how many are missing, why, and where."""
    speech = {"text": "Happy birthday", "lang": "en", "label": "speech"}
    file = _write("mixed.jsonl", [speech, *POSTS, {**speech, "label": None}, speech])
    done = evaluate("sentiment", file)
    assert (done.code, done.lines["all"]["n"]) == (0, 3)
    assert "3 of 6 rows are left out:" in done.err
    assert "2: its label is 'speech', not negative, neutral or positive (first: mixed.jsonl line 1)" in done.err
    assert "1: it has no `sentiment` or `label` (first: mixed.jsonl line 5)" in done.err


def test_unknown_signals_are_ignored_and_told(evaluate: Evaluate) -> None:
    """A name that is none of ours does not cost the row."""
    done = evaluate("signals", _write("posts.jsonl", [{**POSTS[0], "signals": ["no_answer", "late"]}]))
    assert done.lines["all"]["n"] == 1
    assert "1 rows have a signal 'late', which is none of Kuula's" in done.err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"text": "a", "lang": "en", "label": "neutral"}\n\n{"text": ', "posts.jsonl line 3: this is not JSON"),
        (b'["a"]', "posts.jsonl line 1: a line must be a JSON object"),
        (b'{"lang": "en", "label": "neutral"}', "posts.jsonl line 1: `text` must be there"),
        (b'{"text": "\xff"}', "posts.jsonl line 1: this is not UTF-8"),
        (b"[" * 100_000, "posts.jsonl line 1: this is not JSON"),
        (b"", "there is nothing to measure in these files"),
        (b'{"text": "a", "lang": "en", "label": "skip"}', "there is nothing to measure in these files"),
    ],
)
def test_a_broken_line_is_named(evaluate: Evaluate, content: bytes, said: str) -> None:
    """The file, the line and what is wrong with it, and no figures of half a file."""
    Path("posts.jsonl").write_bytes(content)
    done = evaluate("sentiment", "posts.jsonl")
    assert (done.code, done.lines) == (2, {})
    assert said in done.err


def test_a_line_without_end_is_named(evaluate: Evaluate, tmp_path: Path) -> None:
    """A few packed bytes can be gigabytes: no more of a line is read than a row can have."""
    endless = json.dumps(POSTS[0]).encode() + b'\n{"text": "' + b"a" * 50_000_000
    (tmp_path / "posts.jsonl.gz").write_bytes(gzip.compress(endless, 1))
    tracemalloc.start()
    done = evaluate("sentiment", "posts.jsonl.gz")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (done.code, "posts.jsonl.gz line 2 is too long" in done.err) == (2, True), done.err
    assert most < len(endless)


def test_a_label_of_any_length_takes_a_line(evaluate: Evaluate) -> None:
    """What is none of Kuula's signals is shown by its beginning."""
    done = evaluate("signals", _write("posts.jsonl", [{**POSTS[0], "signals": ["no_answer", "z" * 100_000]}]))
    assert "have a signal 'zzz" in done.err
    assert len(done.err) < 1000


def test_a_packed_file_that_is_none_is_named(evaluate: Evaluate) -> None:
    """A name that ends in .gz is not enough, nor is half of a packed file."""
    whole = gzip.compress(json.dumps(POSTS[0]).encode())
    for content in (b"plain", whole[:-12], whole[:20] + b"\xff" * 20):
        Path("posts.jsonl.gz").write_bytes(content)
        done = evaluate("sentiment", "posts.jsonl.gz")
        assert done.code == 2
        assert "posts.jsonl.gz cannot be read" in done.err


def test_a_mark_at_the_beginning_of_a_file_does_no_harm(evaluate: Evaluate) -> None:
    """Editors of Windows write one."""
    Path("posts.jsonl").write_bytes(b"\xef\xbb\xbf" + json.dumps(POSTS[0]).encode())
    assert evaluate("sentiment", "posts.jsonl").lines["all"]["n"] == 1


def test_the_worst_mistakes_of_each_language_are_written(evaluate: Evaluate) -> None:
    """As JSON Lines that people can read, as many as were asked for, even with half a character in the text."""
    wrong = [
        {**row, "text": f"{row['text']} {end}", "sentiment": "neutral"} for row in POSTS for end in ("a", "\ud800")
    ]
    done = evaluate("sentiment", _write("posts.jsonl", wrong), "--worst", "1", "--mistakes", "worst.jsonl")
    assert done.code == 0
    written = Path("worst.jsonl").read_text("utf-8").splitlines()
    mistakes = [json.loads(line) for line in written]
    assert [mistake["lang"] for mistake in mistakes] == ["en", "ru"]
    assert (mistakes[1]["true"], mistakes[1]["said"]) == (["neutral"], ["negative"])
    assert "Отвратительно" in written[1]
    evaluate("sentiment", "posts.jsonl", "--mistakes", "worst.jsonl")
    assert len(Path("worst.jsonl").read_text("utf-8").splitlines()) == len(wrong)


def test_no_mistakes_leave_an_empty_file(evaluate: Evaluate, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mistakes of an earlier run are not taken for those of this one; a run that fails leaves them."""
    monkeypatch.setattr("monitors.cli.evaluate_commands.make_scorer", deadly.make)
    file = _write("posts.jsonl", [{"text": "fine", "lang": "en", "label": "neutral"}])
    Path("worst.jsonl").write_text("of yesterday\n", "utf-8")
    assert evaluate("sentiment", file, "--model", "nosuch", "--mistakes", "worst.jsonl").code == 2
    assert Path("worst.jsonl").read_text("utf-8") == "of yesterday\n"
    done = evaluate("sentiment", file, "--mistakes", "worst.jsonl")
    assert done.lines["all"]["accuracy"] == 1
    assert "There were no mistakes: worst.jsonl is empty." in done.err
    assert Path("worst.jsonl").read_text("utf-8") == ""


@pytest.mark.parametrize("place", ["none/worst.jsonl", "."])
def test_a_file_for_mistakes_that_cannot_be_written_is_told_first(
    evaluate: Evaluate, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Nothing is scored before that."""
    monkeypatch.setattr("monitors.cli.evaluate_commands.make_scorer", lambda *_: pytest.fail("it was scored"))
    done = evaluate("sentiment", _write("posts.jsonl", POSTS), "--mistakes", place)
    assert (done.code, "--mistakes" in done.err) == (2, True), done.err


def test_hints_help_where_the_text_says_little(evaluate: Evaluate) -> None:
    """With --hints the models are told the language as sources do; the language itself is not measured that way."""
    file = _write("posts.jsonl", [{"text": "Ok", "lang": "fi", "label": "neutral"}])
    assert evaluate("sentiment", file, "--hints").lines["fi"]["n"] == 1
    done = evaluate("language", file, "--hints")
    assert done.code == 2
    assert "the hint would be the answer" in done.err


def test_a_text_that_breaks_the_models_does_not_end_it(evaluate: Evaluate, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named, and counts as a wrong answer beside the right ones."""
    monkeypatch.setattr("monitors.cli.evaluate_commands.make_scorer", deadly.make)
    rows = [{"text": text, "lang": "en", "label": "neutral"} for text in ("fine", "poison", "fine too")]
    done = evaluate("sentiment", _write("posts.jsonl", rows))
    assert done.lines["all"]["accuracy"] == pytest.approx(2 / 3, abs=1e-4)
    assert "posts.jsonl line 2: the models fail on this text" in done.err


def test_another_model_is_picked_by_name_or_folder(evaluate: Evaluate) -> None:
    """Over what the settings chose; one that is not there is a mistake with a remedy, and so are broken settings."""
    file = _write("posts.jsonl", POSTS)
    done = evaluate("sentiment", file, "--model", "./none")
    assert done.code == 2
    assert "none" in done.err
    Path("kuula.toml").write_text('[models.sentiment]\nkind = "transformers"\npath = "./none"\n', "utf-8")
    assert evaluate("sentiment", file).code == 2
    assert evaluate("sentiment", file, "--model", "builtin").lines["all"]["n"] == 3
    Path("kuula.toml").write_text("[brand]\n", "utf-8")
    assert "Did you mean `brands`?" in evaluate("sentiment", file).err


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("stadnard", "there is no model called stadnard. Did you mean `standard`? There are: fast, standard, full,"),
        ("nosuch", "there is no model called nosuch. There are: "),
        ("./nosuch", "there is no folder ./nosuch. Correct the path."),
        ("a/b/nosuch", "there is no folder a/b/nosuch. Correct the path."),
        ("nosuch.onnx", "there is no folder nosuch.onnx. Correct the path."),
        ("owner/nosuch", "this model needs transformers"),
    ],
)
def test_a_name_that_means_no_model_is_told(
    evaluate: Evaluate, monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    """Only for a name of the hub a library is what is missing; otherwise it is the name, or the folder."""
    monkeypatch.setitem(sys.modules, "transformers", None)
    done = evaluate("sentiment", _write("posts.jsonl", POSTS), "--model", name)
    assert (done.code, said in done.err) == (2, True), done.err
    assert ("kuula[transformers]" in done.err) == (name == "owner/nosuch")


def test_a_folder_of_the_settings_that_is_not_there_is_told(
    evaluate: Evaluate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads the settings hears of the folder, not of a library that would not bring it."""
    monkeypatch.setitem(sys.modules, "transformers", None)
    Path("kuula.toml").write_text('[models.sentiment]\nkind = "transformers"\npath = "./none"\n', "utf-8")
    done = evaluate("sentiment", _write("posts.jsonl", POSTS))
    assert "there is no folder ./none" in done.err
    assert "transformers" not in done.err


OWN = {"name": "mine", "task": "complaint", "kind": "correction", "base": "builtin", "trained_at": "2026-01-01T00:00Z"}


def test_a_model_of_a_teams_own_is_found_by_its_name(evaluate: Evaluate) -> None:
    """It lies beside the settings; it is not asked what it does not read, and nor is any other model."""
    file = _write("posts.jsonl", POSTS)
    Path(".kuula/models/mine").mkdir(parents=True)
    Path(".kuula/models/mine/kuula.json").write_text(json.dumps(OWN), "utf-8")
    done = evaluate("sentiment", file, "--model", "mine")
    assert done.code == 2
    assert "mine reads complaint, not sentiment" in done.err
    assert "signals is only read by the built-in models" in evaluate("signals", file, "--model", "mine").err


def test_the_models_in_use_are_measured(evaluate: Evaluate, tmp_path: Path) -> None:
    """What was chosen since the settings were written is what scores posts, so that is what is asked."""
    Path("kuula.toml").write_text('[ledger]\nurl = "sqlite:///kuula.db"\n', "utf-8")
    ledger = Ledger(f"sqlite:///{tmp_path / 'kuula.db'}")
    ledger.migrate()
    with ledger.write() as tx:
        choose(tx, Choice("complaint", "gone", "ann", datetime(2026, 1, 1, tzinfo=UTC)))
    ledger.close()
    done = evaluate("complaint", _write("posts.jsonl", POSTS))
    assert done.code == 2
    assert str(tmp_path / ".kuula" / "models" / "gone") in done.err
