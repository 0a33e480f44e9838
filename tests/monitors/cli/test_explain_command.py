"""``kuula explain`` at a terminal."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.decision import Policy
from models.post import Author, Post
from models.scorer import builtin
from models.scores import missing_scores
from monitors.__main__ import main
from monitors.ledger import posts, removal, scoring, setbacks
from monitors.ledger.engine import Ledger
from monitors.pipeline.judge import Rules, judge
from monitors.pipeline.roster import Roster
from monitors.ports import Gone

SETTINGS = """
[brands.Omniva]
names = ["Omniva"]
[sources.file]
path = "posts.csv"
[channels.log]
kind = "log"
[people.ann]
channels = ["log"]
"""
STEERING = "\x1b[2J\x9b31m\u202e"


def test_what_strangers_wrote_does_not_steer_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The text and the author's name are shown with escapes for whatever is no letter, and the reasons as they are."""
    monkeypatch.chdir(tmp_path)
    Path("kuula.toml").write_text(SETTINGS, "utf-8")
    row = f"1,Omniva lost my parcel {STEERING} õ,2026-01-01T00:00:00Z,eve{STEERING}\n"
    Path("posts.csv").write_text(f"id,text,created_at,author\n{row}", "utf-8")
    for command in (["run", "--once"], ["explain", "file:1"]):
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(command)
        assert not left.value.code
    shown = capsys.readouterr().out
    assert all(line.isprintable() for line in shown.split("\n"))
    assert r"lost my parcel \x1b[2J\x9b31m\u202e õ" in shown
    assert r"by eve\x1b[2J\x9b31m\u202e at" in shown
    assert "decision for Omniva" in shown


def test_every_post_can_be_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A held, a deleted, an unscored and a waiting post each say what became of them."""
    monkeypatch.chdir(tmp_path)
    Path("kuula.toml").write_text(SETTINGS + '[ledger]\nurl = "sqlite:///kuula.db"\n', "utf-8")
    texts = ["Omniva lost my parcel and nobody answers", "Omniva secret words", "Omniva poison", "Omniva waits"]
    now = datetime.now(UTC)
    ledger = Ledger(f"sqlite:///{tmp_path / 'kuula.db'}")
    ledger.migrate()
    with ledger.write() as tx:
        found = [Post("file", str(n), "", text, now, now, Author(f"a{n}")) for n, text in enumerate(texts)]
        posts.store(tx, found, lambda _post: ("Omniva",), now)
        held, _, unscored, _ = scoring.claim(tx, 10, now, timedelta(minutes=1))
        scoring.write(tx, [(held, builtin().score([held.text], ["en"])[0])], now)
        scoring.write(tx, [(unscored, missing_scores())], now)
        setbacks.record(tx, setbacks.Stuck.SCORE, {unscored.uid: "ValueError: what is this"}, now, model="m1")
        removal.remove(tx, "file", [Gone("1", "deleted", now)], now)
    rules = Rules(Policy(alert_at=1000, spread_probability=2), Roster(order=(), channels={}))
    judge(ledger, "Omniva", rules, lambda: now)
    ledger.close()
    said = {number: _explained(f"file:{number}", capsys) for number in range(4)}
    assert "decision for Omniva: hold, because plain_complaint" in said[0]
    assert "(deleted at its source)" in said[1]
    assert "secret" not in said[1]
    assert "not yet" not in said[1]
    assert "no model could read it" in said[2]
    assert "could not score it" in said[2]
    assert "ValueError: what is this" in said[2]
    assert "decision for Omniva: hold, because unscored" in said[2]
    assert "scored: not yet" in said[3]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("7", "Did you mean `file:7`?"),
        ("nosuch", "Give its whole id, SOURCE:ID; the sources are: file, more."),
        ("nosuch:7", "the sources are: file, more. Posts that name no watched brand are not kept"),
        ("file:nosuch", "Posts that name no watched brand are not kept, and none is"),
        ("file:nosuch", "kuula sources probe file"),
    ],
)
def test_an_unknown_post_is_answered_with_a_way_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], asked: str, said: str
) -> None:
    """The whole id of a post that is there, the sources that there are, or why it may not have been kept."""
    monkeypatch.chdir(tmp_path)
    more = '[sources.more]\nkind = "file"\npath = "more.csv"\n'
    Path("kuula.toml").write_text(SETTINGS + more + '[ledger]\nurl = "sqlite:///kuula.db"\n', "utf-8")
    ledger = Ledger(f"sqlite:///{tmp_path / 'kuula.db'}")
    ledger.migrate()
    now = datetime.now(UTC)
    with ledger.write() as tx:
        posts.store(tx, [Post("file", "7", "", "Omniva", now, now, Author("a"))], lambda _post: ("Omniva",), now)
    ledger.close()
    with pytest.raises(SystemExit) as left:
        main(["explain", asked])
    assert left.value.code == 2
    assert said in capsys.readouterr().err


def _explained(uid: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as left:
        main(["explain", uid])
    assert not left.value.code
    return capsys.readouterr().out
