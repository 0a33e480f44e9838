"""The guarantees of the whole program, on real processes: killed at any moment, it loses and doubles nothing."""

import csv
import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from servers.ledgers import postgres_database
from sqlalchemy import select

from monitors.ledger.engine import Ledger
from monitors.ledger.schema import decisions, incidents, outbox, posts, receipts, stories

ROWS = 1200
KILLS = {"sqlite": 5, "postgresql": 2}
START = 1_763_640_000

SETTINGS = """
[ledger]
url = "{ledger}"
[index]
url = "sqlite:///index.db"
[brands.Acme]
names = ["Acme"]
[brands.Paklo]
names = ["Paklo"]
[sources.rows]
kind = "file"
path = "rows.csv"
page_size = 50
[channels.log]
kind = "log"
[people.ann]
channels = ["log"]
[policy]
# Which of two brands uses up the alerts of a shift depends on which is judged first, and that on the kills.
alerts_per_shift = 0
"""

SAID = (
    "{brand} lost my parcel, nobody answers and I will go to court, order {number}",
    "{brand} on minu raha kaotanud ja keegi ei vasta, see on pettus, tellimus {number}",
    "{brand} не отвечает, верните деньги, я пойду в суд, заказ {number}",
    "{brand} ei vastaa mitään, paketti on myöhässä jo viikon, tilaus {number}",
    "thank you {brand}, all is well with order {number}",
    "the weather is nice today, number {number}",
    "{brand} flight cancelled, stuck with my baby in the cold for {number} minutes",
)


def _write_rows(folder: Path) -> None:
    with (folder / "rows.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "text", "author", "created_at", "likes"])
        for number in range(ROWS):
            brand = ("Acme", "Paklo", "Acme and Paklo")[number % 3]
            text = SAID[number % len(SAID)].format(brand=brand, number=number // 40)
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(START + 20 * number))
            rows.writerow([number, text, f"author{number % 90}", at, number % 17])


def _home(folder: Path, ledger: str = "sqlite:///kuula.db") -> Path:
    folder.mkdir()
    _write_rows(folder)
    (folder / "kuula.toml").write_text(SETTINGS.format(ledger=ledger), encoding="utf-8")
    (folder / "kuula.toml").chmod(0o600)
    return folder


def _start(home: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "monitors", "--settings", str(home / "kuula.toml"), "run", *options]
    # Elsewhere than the settings: relative paths in them must not depend on where the program runs.
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=home.parent)


def _finish(home: Path) -> str:
    process = _start(home, "--once")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err[-2000:]
    return out


@dataclass(frozen=True)
class Outcome:
    """Everything that must not depend on how often the program died. Ids of incidents may: they are named by story."""

    last_line: str
    rows: Sequence[Sequence[tuple[object, ...]]]

    @classmethod
    def of(cls, ledger_url: str, printed: str) -> "Outcome":
        """Read a ledger."""
        ledger = Ledger(ledger_url)
        with ledger.read() as tx:
            names = {row.id: f"{row.brand} {row.story_id}" for row in tx.execute(select(incidents))}
            decided = select(posts.c.uid, decisions).join(posts, posts.c.seq == decisions.c.post_seq)
            found = [
                sorted(
                    (
                        r.uid,
                        r.brand,
                        r.story_id,
                        r.action,
                        r.reason,
                        round(r.risk, 6),
                        json.dumps([r.figures, r.forecast], sort_keys=True),
                        names.get(r.incident_id) or "",
                    )
                    for r in tx.execute(decided)
                ),
                sorted(
                    (names[r.id], r.status, r.reason, r.posts, r.severity, r.headline)
                    for r in tx.execute(select(incidents))
                ),
                sorted(
                    (
                        r.key.replace(f"incident {r.incident_id}", names[r.incident_id]),
                        r.state,
                        json.dumps(r.payload, sort_keys=True),
                    )
                    for r in tx.execute(select(outbox))
                ),
                sorted((r.brand, r.id, r.posts, r.complaints, str(r.authors)) for r in tx.execute(select(stories))),
                [(len(tx.execute(select(receipts)).all()),)],
            ]
        ledger.close()
        return cls(printed.splitlines()[-1], found)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What comes of the rows when nothing interrupts; run twice, and the same."""
    home = _home(tmp_path_factory.mktemp("whole") / "home")
    printed = _finish(home)
    outcome = Outcome.of(f"sqlite:///{home / 'kuula.db'}", printed)
    again = _finish(home)
    assert Outcome.of(f"sqlite:///{home / 'kuula.db'}", again) == outcome
    return outcome


@pytest.fixture(params=["sqlite", "postgres"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder with the rows and settings, and its ledger's address."""
    if request.param == "sqlite":
        yield _home(tmp_path / "home"), f"sqlite:///{tmp_path / 'home' / 'kuula.db'}"
        return
    with postgres_database(request.getfixturevalue("postgres_url")) as url:
        yield _home(tmp_path / "home", url), url


def test_kill_at_any_moment(whole: Outcome, home: tuple[Path, str]) -> None:
    """Killed at five random moments and run to its end: the same posts, decisions, incidents, alerts and receipts."""
    folder, url = home
    seed = random.randrange(1_000_000)
    print(f"seed {seed}")
    moments = random.Random(seed)
    for _ in range(KILLS[url.partition(":")[0].partition("+")[0]]):
        process = _start(folder, "--once")
        _wait_for_rows(url, process, moments)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert Outcome.of(url, _finish(folder)) == whole


def _wait_for_rows(url: str, process: subprocess.Popen[str], moments: random.Random) -> None:
    """Wait until something was written since the start, and then a random moment more."""
    before, ledger = None, Ledger(url)
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        now = _written(ledger)
        if before is not None and now != before:
            break
        before = now if before is None else before
        time.sleep(0.02)
    ledger.close()
    time.sleep(moments.uniform(0, 0.6))


def _written(ledger: Ledger) -> tuple[int, ...]:
    with ledger.engine.connect() as connection:
        tables = connection.dialect.get_table_names(connection)
        if "receipts" not in tables:
            return ()
        return tuple(
            connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one()
            for name in ("posts", "scores", "decisions", "receipts")
        )


def test_the_last_line_adds_up(whole: Outcome) -> None:
    """Everything read is stored or skipped, and the numbers agree with what is in the ledger."""
    said = json.loads(whole.last_line)
    assert set(said) == {"read", "stored", "skipped", "complaints", "incidents", "alerts"}
    assert said["read"] == ROWS == said["stored"] + said["skipped"]
    assert said["skipped"] == len([n for n in range(ROWS) if "weather" in SAID[n % len(SAID)]])
    decided, opened, letters, _, confirmed = whole.rows
    assert said["incidents"] == len(opened) > 0
    assert said["alerts"] == len(letters) == confirmed[0][0]
    assert said["complaints"] > 100
    assert len(decided) > said["stored"], "posts about both brands are decided on for each"
