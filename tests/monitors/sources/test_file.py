"""Files: everything good in them is found once, and everything else is counted with its place and its reason."""

import gzip
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from models.post import Author, Metric, Post
from monitors.errors import StopSource
from monitors.http import Http
from monitors.parsing import LONGEST_TEXT
from monitors.ports import Json, Page, Query, Skipped, Window
from monitors.sources.file import FileSettings, Source
from monitors.tables.csv import CsvTable
from monitors.tables.rows import Place, Row
from monitors.testing.budgets import NoLimit
from monitors.testing.source_checks import NAME, SourceCase, SourceChecks, World

FIXTURE = Path(__file__).parents[2] / "fixtures" / "file" / "posts.csv"
NOW = datetime(2026, 1, 12, 12, tzinfo=UTC)
HEADER = "id,created_at,text,likes\n"


@cache
def unused_http() -> Http:
    """A client that is handed to each file source, as to every source; no file needs it, and making it takes long."""
    return Http(FileSettings(path="."), budget=NoLimit(), now=lambda: NOW)


def source(path: Path | str, **changes: Any) -> Source:
    """A file source over that path."""
    return Source("file", FileSettings(path=str(path), **changes), unused_http())


def pages(path: Path | str, state: Json | None = None, *, until: datetime = NOW, **changes: Any) -> list[Page]:
    """What a new source over that path brings in one step."""
    return list(source(path, **changes).collect(Query(), state, Window(None, until)))


def read(
    path: Path | str, state: Json | None = None, **changes: Any
) -> tuple[list[Post], list[Skipped], list[Skipped]]:
    """All posts, all that was skipped and all that was noted."""
    brought = pages(path, state, **changes)
    return (
        [post for page in brought for post in page.found],
        [skipped for page in brought for skipped in page.skipped],
        [note for page in brought for note in page.noted],
    )


def write(path: Path, content: str | bytes) -> Path:
    """The path, once the content is in it."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def line(number: int, text: str = "late") -> str:
    """A good row."""
    return f"{number},2026-01-11T10:00:00Z,{text} {number},{number}\n"


class FileCase(SourceCase):
    """An export of a spreadsheet in Estonia, and a file of fourteen rows in pages of four."""

    source = Source
    query = Query()
    now = NOW
    window = Window(None, NOW)
    optional = tuple(
        f"values.{name}" for name in ("kasutaja", "followers_count", "retweet_count", "bränd", "lang", "url")
    )

    def items(self) -> Sequence[Json]:
        """The rows of the fixture."""
        table = CsvTable(io.BytesIO(FIXTURE.read_bytes()))
        rows = [row for row in table.rows(Place(), "tekst") if isinstance(row, Row)]
        return [{"values": dict(row.values), "line": row.start.line, "noted": []} for row in rows]

    def expected(self) -> Sequence[Post]:
        """The posts of the fixture, written down by hand."""

        def post(number: int, minutes: int, author: Author, text: str, **more: Any) -> Post:
            created = datetime(2026, 1, 12, 9, tzinfo=UTC) + timedelta(minutes=minutes)
            return Post(
                source=NAME, native_id=str(number), text=text, author=author, created_at=created, observed_at=created,
                **({"url": "", "brands": ("Paklo",)} | more),
            )  # fmt: skip

        likes, shares = Metric.LIKES, Metric.SHARES
        return [
            post(
                1001, 0, Author("mari", "mari", None, 120), "Pakk ei tulnud, keegi ei vasta",
                url="https://example.org/1001", lang_hint="et", engagement={likes: 1200, shares: 3},
            ),
            post(
                1002, 0, Author("pekka", "pekka"), "=@paklo missä pakettini on?", lang_hint="fi", engagement={shares: 0}
            ),
            post(
                1003, 15, Author("olga", "olga", None, 88), "Верните деньги!\nЯ жду с декабря",
                lang_hint="ru", engagement={likes: 4, shares: 12},
            ),
            post(
                1004, 20, Author("tom", "tom", None, 15000), "Fish & chips <3 thanks Paklo", brands=(),
                url="http://example.org/1004", lang_hint="en", engagement={likes: 7},
            ),
        ]  # fmt: skip

    @contextmanager
    def world(self) -> Iterator[World]:
        """Fourteen good rows, and one from a clock that is three days ahead."""
        with TemporaryDirectory() as folder:
            rows = [line(number) for number in range(14)]
            rows.insert(7, "99,2026-01-15T12:00:00Z,from the future,1\n")
            path = write(Path(folder) / "posts.csv", HEADER + "".join(rows))
            settings = {"path": str(path), "page_size": 4, "timezone": "Europe/Tallinn"}
            yield World(settings, frozenset(str(number) for number in range(14)))


class TestFile(SourceChecks):
    """The file source behaves as every source does."""

    case = FileCase()


ROWS: Sequence[Mapping[str, Any]] = [
    dict(zip(("id", "created_at", "text", "user", "likes"), row, strict=True))
    for row in (
        ("1", "2026-01-11T10:00:00+00:00", "Pakk on kadunud", {"name": "mari"}, 3),
        ("2", "2026-01-11T10:05:00+00:00", "paketti, joka\nei tule", {"name": "pekka"}, 0),
    )
]


def as_csv() -> bytes:
    """The rows as CSV."""
    body = "".join(
        f'{row["id"]},{row["created_at"]},"{row["text"]}",{row["user"]["name"]},{row["likes"]}\n' for row in ROWS
    )
    return f"id,created_at,text,user,likes\n{body}".encode()


def as_jsonl() -> bytes:
    """The rows as JSON Lines."""
    return "".join(json.dumps(row) + "\n" for row in ROWS).encode()


def as_parquet() -> bytes:
    """The rows as Parquet, with real times and the author in an inner table."""
    times = pyarrow.array([datetime.fromisoformat(row["created_at"]) for row in ROWS], pyarrow.timestamp("ns", "UTC"))
    columns = {name: [row[name] for row in ROWS] for name in ("id", "text", "likes")}
    users = [row["user"]["name"] for row in ROWS]
    stream = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({**columns, "created_at": times, "user": users}), stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("posts.csv", as_csv()), ("posts.csv.gz", gzip.compress(as_csv())), ("renamed", gzip.compress(as_csv())),
        ("posts.jsonl", as_jsonl()), ("posts.ndjson.gz", gzip.compress(as_jsonl())), ("renamed", as_jsonl()),
        ("array.json", b"[\n" + as_jsonl().replace(b"}\n", b"},\n") + b"]\n"),
        ("posts.parquet", as_parquet()), ("renamed", as_parquet()),
    ],
)  # fmt: skip
def test_every_format_gives_the_same_posts(tmp_path: Path, name: str, content: bytes) -> None:
    """The format is found by the name or by the content, and makes no difference."""
    found, skipped, noted = read(write(tmp_path / name, content))
    assert (skipped, noted) == ([], [])
    assert [(post.native_id, post.text, post.author.handle, dict(post.engagement)) for post in found] == [
        ("1", "Pakk on kadunud", "mari", {Metric.LIKES: 3}),
        ("2", "paketti, joka\nei tule", "pekka", {Metric.LIKES: 0}),
    ]
    assert found[1].created_at == found[1].observed_at == datetime(2026, 1, 11, 10, 5, tzinfo=UTC)


def test_each_bad_row_is_counted_with_its_place_and_costs_no_good_one(tmp_path: Path) -> None:
    """Every sort of bad row between good ones: the good ones are found, the bad ones are named by line and reason."""
    bad = {
        "5,2026-01-11T10:00:00Z,,1": "no_text",
        "6,yesterday,late,1": "bad_time",
        "7,,late,1": "no_time",
        "8": "cut_short",
        "9,2026-01-11T10:00:00Z": "cut_short",
        '10,2026-01-11T10:00:00Z,"never closed, and, and,1': "open_quote",
        "1,2026-01-11T10:00:00Z,late 1,1": "duplicate",
        "12,2027-01-11T10:00:00Z,late,1": "future",
    }
    content = HEADER + line(1) + "".join(f"{row}\n{line(100 + number)}" for number, row in enumerate(bad))
    found, skipped, _ = read(write(tmp_path / "posts.csv", content))
    assert [post.native_id for post in found] == ["1", *(str(100 + number) for number in range(len(bad)))]
    wanted = [(reason, f"posts.csv line {3 + 2 * number}") for number, reason in enumerate(bad.values())]
    assert [(skip.reason, skip.where) for skip in skipped] == wanted


def test_json_that_is_cut_or_is_something_else_is_counted(tmp_path: Path) -> None:
    """JSON cut in the middle, a list, a number and a thousand brackets are four skips; the post after them is found."""
    bad = [b'{"id": "9", "text": "cut in the mid', b"[1, 2]", b"17", b'{"a":' + b"[" * 100_000]
    found, skipped, _ = read(write(tmp_path / "posts.jsonl", b"\n".join([*bad, as_jsonl()])))
    assert [post.native_id for post in found] == ["1", "2"]
    assert [skip.reason for skip in skipped] == ["bad_json", "not_an_object", "not_an_object", "bad_json"]


def test_halves_of_characters_and_zeros_never_reach_the_stores(tmp_path: Path) -> None:
    """JSON can spell what no database takes: it is replaced."""
    row = b'{"id": "1", "text": "late \\ud83d and \\u0000", "created_at": "2026-01-11T10:00:00Z"}\n'
    found, _, _ = read(write(tmp_path / "posts.jsonl", row))
    assert found[0].text.encode("utf-8").decode() == "late \ufffd and \ufffd"


def test_ids_that_repeat(tmp_path: Path) -> None:
    """The same post twice is a duplicate; strangers whose long ids a spreadsheet rounded to one are all kept."""
    rows = ["first", "second", "first", "second", "third"]
    content = HEADER + "".join(f"5.7E+17,2026-01-11T10:00:00Z,{text},1\n" for text in rows)
    found, skipped, noted = read(write(tmp_path / "posts.csv", content))
    assert [post.text for post in found] == ["first", "second", "third"]
    assert len({post.native_id for post in found}) == 3
    assert [skip.reason for skip in skipped] == ["duplicate", "duplicate"]
    assert [note.reason for note in noted] == ["conflicting_id", "conflicting_id"]


def test_a_post_of_ten_megabytes_is_cut_and_said_so(tmp_path: Path) -> None:
    """Its first hundred thousand characters are kept, and its neighbours whole."""
    content = HEADER + line(1) + f'2,2026-01-11T10:00:00Z,"{"very late, " * 900_000}",1\n' + line(3)
    found, skipped, noted = read(write(tmp_path / "posts.csv", content))
    assert [len(post.text) for post in found] == [6, LONGEST_TEXT, 6]
    assert (skipped, [(note.reason, note.where) for note in noted]) == ([], [("text_cut", "posts.csv line 3")])


def test_the_wrong_encoding_costs_letters_not_posts(tmp_path: Path) -> None:
    """Letters that cannot be read are replaced and counted; the encoding can also be set."""
    path = write(tmp_path / "posts.csv", HEADER.encode() + "1,2026-01-11T10:00:00Z,õhtul öösel,1\n".encode("cp1257"))
    assert read(path)[0][0].text == "õhtul öösel"
    found, _, noted = read(path, encoding="utf-8")
    assert found[0].text == "\ufffdhtul \ufffd\ufffdsel"
    assert [(note.reason, note.detail) for note in noted] == [("wrong_encoding", "3")]


def test_without_ids_and_times_posts_still_have_both(tmp_path: Path) -> None:
    """The id follows from text and place, so that two who say the same are two; the time is that of reading, noted."""
    path = write(tmp_path / "texts.csv", "text\nlate again\nlate again\n")
    found, _, noted = read(path)
    assert len({post.native_id for post in found}) == 2
    assert [post.native_id for post in read(path)[0]] == [post.native_id for post in found]
    assert {post.created_at for post in found} == {NOW}
    assert Counter(note.reason for note in noted) == {"no_time": 2}


def test_a_file_without_a_text_column_says_what_to_write(tmp_path: Path) -> None:
    """The columns that there are, and the setting, are in the message; with the setting the posts are found."""
    path = write(tmp_path / "odd.csv", "nr,when,what\n1,2026-01-11,late\n")
    found, skipped, _ = read(path)
    assert (found, skipped[0].reason) == ([], "no_text_column")
    assert "nr, when, what" in skipped[0].detail
    found, _, _ = read(path, columns={"text": "what", "created_at": "when", "id": "nr"})
    assert [(post.native_id, post.text) for post in found] == [("1", "late")]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("cut.csv.gz", gzip.compress((HEADER + "".join(map(line, range(5000)))).encode())[:-2000], "damaged_file"),
        ("cut.parquet", as_parquet()[:-300], "unreadable_file"),
        ("not.parquet", b"<html>sign in</html>", "unreadable_file"),
    ],
)  # fmt: skip
def test_a_damaged_file_gives_what_it_has_and_one_skip(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    """The rows before the damage are found, and another file beside it is read."""
    write(tmp_path / name, content)
    write(tmp_path / "whole.csv", HEADER + line(9999))
    found, skipped, _ = read(tmp_path / "*")
    assert [skip.reason for skip in skipped] == [reason]
    assert found[-1].native_id == "9999"
    assert name != "cut.csv.gz" or len(found) > 2000


def test_a_missing_file_stops_the_source_with_a_remedy(tmp_path: Path) -> None:
    """A pattern may match nothing yet; a path that is not there is a mistake that a person must correct."""
    assert pages(tmp_path / "*.csv") == []
    with pytest.raises(StopSource) as caught:
        pages(tmp_path / "missing.csv")
    assert "settings" in caught.value.remedy


@pytest.mark.parametrize(
    "wrong", [{"columns": {"txt": "a"}}, {"encoding": "utf-99"}, {"speed": 0}, {"timezone": "Tartu"}]
)
def test_settings_that_cannot_work_are_refused(wrong: Mapping[str, Any]) -> None:
    """Before anything is read."""
    with pytest.raises(ValidationError):
        FileSettings(path="posts.csv", **wrong)


def test_the_speed_that_is_the_default_may_be_written_out() -> None:
    """A number has limits, the word has none."""
    assert FileSettings(path="posts.csv", speed="any").speed == "any"


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".jsonl"])
def test_a_file_that_grows_is_read_on(tmp_path: Path, suffix: str) -> None:
    """Appended rows come once, wherever the writer was interrupted, also inside a quoted field; ids still repeat."""
    path = tmp_path / f"posts{suffix}"
    whole = (HEADER + line(1) + '2,2026-01-11T10:00:00Z,"two\nlines",2\n' + line(3) + line(1)).encode()
    if suffix == ".jsonl":
        whole = as_jsonl()
    expected = {post.native_id: post.text for post in read(write(path, gzip.compress(whole)))[0]}
    for cut in range(len(whole)):
        latest: dict[str, str] = {}
        state: Json | None = None
        for part in (whole[:cut], whole):
            brought = pages(write(path, gzip.compress(part) if suffix.endswith("gz") else part), state)
            latest |= {post.native_id: post.text for page in brought for post in page.found}
            state = json.loads(json.dumps(brought[-1].state)) if brought else state
        assert {key: latest[key] for key in expected} == expected
        assert pages(path, state) == []


def test_a_file_that_was_replaced_is_read_from_its_beginning(tmp_path: Path) -> None:
    """Another beginning, or the same beginning and less after it: both are new files."""
    path = write(tmp_path / "posts.csv", HEADER + "".join(line(number) for number in range(200)))
    state = pages(path)[-1].state
    write(path, HEADER + "".join(line(number, "other") for number in range(300)))
    assert len(read(path, state)[0]) == 300
    write(path, HEADER + "".join(line(number) for number in range(150)))
    assert len(read(path, state)[0]) == 150


FRAGMENTS = st.sampled_from(
    ['"', ",", "\n", "1", "2", "2026-01-11", ",late,", "õ", "\0", line(7), line(8), '3,2026-01-11,"a\nb",1\n']
)


@settings(max_examples=60, deadline=None)
@given(st.lists(FRAGMENTS, max_size=40).map("".join), st.sampled_from([".csv", ".jsonl"]), st.integers(1, 5))
def test_resuming_after_any_page_gives_the_same_total(content: str, suffix: str, page_size: int) -> None:
    """Whatever the file holds: stopping after a page and going on in a new process finds and skips the same in all."""
    with TemporaryDirectory() as folder:
        path = write(Path(folder) / f"posts{suffix}", HEADER + content)
        whole = pages(path, page_size=page_size)
        for stop in range(1, len(whole)):
            rest = pages(path, json.loads(json.dumps(whole[stop - 1].state)), page_size=page_size)
            assert total(whole[:stop] + rest) == total(whole)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([".csv", ".jsonl", ".parquet", ".gz"]))
def test_any_bytes_are_a_file(content: bytes, suffix: str) -> None:
    """No content stops the source."""
    with TemporaryDirectory() as folder:
        path = write(Path(folder) / f"posts{suffix}", content)
        assert all(page.state is not None for page in pages(path))


def total(brought: Sequence[Page]) -> Counter[Any]:
    """What pages hold in all."""
    found = Counter(("found", post.native_id, post.text) for page in brought for post in page.found)
    return found + Counter((skip.reason, skip.where, skip.detail) for page in brought for skip in page.skipped)


def test_a_replay_brings_each_post_when_its_time_has_come(tmp_path: Path) -> None:
    """At sixty times the speed an hour of the file passes in a minute; one absurd date does not hold up the rest."""
    minutes = [0, 10, 20, 60 * 24 * 365 * 9, 30, 60]
    rows = [
        f"{n},{datetime(2015, 2, 16, tzinfo=UTC) + timedelta(minutes=m)},late {n},1\n" for n, m in enumerate(minutes)
    ]
    path = write(tmp_path / "posts.csv", HEADER + "".join(rows))
    state, seen = None, []
    for seconds in (0, 5, 10, 20, 40, 59, 60, 90):
        brought = pages(path, state, until=NOW + timedelta(seconds=seconds), speed=60.0)
        seen.append([post.native_id for page in brought for post in page.found])
        state = brought[-1].state if brought else state
    assert seen == [["0"], [], ["1"], ["2"], ["3", "4"], [], ["5"], []]
