"""CSV of any state: every line belongs to exactly one row, good or bad."""

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitors.tables.csv import CsvTable
from monitors.tables.rows import AnyRow, BadRow, Place, Row
from monitors.tables.text import guess_encoding, open_bytes

HEADER = "id,text,likes\n"


def rows(text: str | bytes, wide: str | None = "text") -> list[AnyRow]:
    """All rows of a CSV file."""
    content = text if isinstance(text, bytes) else text.encode()
    return list(CsvTable(io.BytesIO(content)).rows(Place(), wide))


def values(text: str | bytes) -> list[tuple[object, ...]]:
    """The values of each good row, and the reason of each bad one."""
    return [tuple(row.values.values()) if isinstance(row, Row) else (row.reason,) for row in rows(text)]


def test_a_quoted_field_may_hold_delimiters_quotes_and_lines() -> None:
    """What a spreadsheet saved comes back as it was."""
    text = HEADER + '1,"late, again",3\n2,"she said ""no""\nand hung up",4\n\n3,plain,5\n'
    assert values(text) == [("1", "late, again", "3"), ("2", 'she said "no"\nand hung up', "4"), ("3", "plain", "5")]


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ('1,"never closed,7', ("1", "never closed", "7")),
        ('1,"never closed, and more, and more,7', ("open_quote",)),
        ('1,a 5" screen,7', ("1", 'a 5" screen', "7")),
        ('1,"he said "no" to me",7', ("1", 'he said no" to me"', "7")),
        ("1,cut", ("1", "cut")),
        ("1,one, two, three,7", ("1", "one, two, three", "7")),
        ("1,a,7,,,", ("1", "a", "7")),
        ("1,nul\0byte,7", ("1", "nulbyte", "7")),
        ("1,old\rmac,7", ("1", "old\rmac", "7")),
        ('1,"old\rmac",7', ("1", "old mac", "7")),
    ],
)
def test_a_mangled_row_costs_no_other_row(broken: str, expected: tuple[str, ...]) -> None:
    """Whatever is wrong with one row, the rows before and after it are read."""
    good = [("0", "before", "1"), ("2", "after", "2"), ("3", "quoted, after", "3"), ("4", "two\nlines", "4")]
    text = HEADER + f'0,before,1\n{broken}\n2,after,2\n3,"quoted, after",3\n4,"two\nlines",4\n'
    found = values(text)
    assert [row for row in found if row in good] == good
    assert found[1] == expected


def test_what_was_odd_is_noted() -> None:
    """A row that is kept although it is short, wide or badly encoded says so."""
    content = (HEADER + "1,short\n2,a,b,3\n4,õö").encode() + b"\xff,4\n"
    assert [row.noted for row in rows(content) if isinstance(row, Row)] == [
        ("short_row",), ("extra_fields",), ("wrong_encoding:1",)
    ]  # fmt: skip


def test_many_open_quotes_are_no_slower_than_many_lines() -> None:
    """Every line opens a quote that nothing closes: all rows are still accounted for."""
    found = rows(HEADER + '1,"open, and more, and more,7\n' * 5000)
    assert len(found) == 5000


def test_a_long_quoted_field_of_many_lines_is_one_row() -> None:
    """Ten megabytes in a hundred thousand lines belong to the post that they are in."""
    text = "x" * 99 + "\n"
    found = rows(HEADER + f'1,"{text * 100_000}",7\n2,after,8\n')
    assert [row.values["id"] for row in found if isinstance(row, Row)] == ["1", "2"]


def test_a_row_without_end_is_one_bad_row() -> None:
    """Twenty megabytes without a line end are one bad row, and the next row is read."""
    found = rows(HEADER.encode() + b"1," + b"x" * 20_000_000 + b",7\n2,after,8\n")
    assert [type(row) for row in found] == [BadRow, Row]
    assert isinstance(found[0], BadRow)
    assert found[0].reason == "row_too_long"


def test_headers_that_repeat_are_no_posts() -> None:
    """Files that were joined together have a header in the middle."""
    assert values(HEADER + "1,a,1\n" + HEADER + "2,b,2\n") == [("1", "a", "1"), ("repeated_header",), ("2", "b", "2")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    """By the width of the rows, even where texts hold other delimiters."""
    text = delimiter.join(("id", "text", "likes")) + "\n"
    text += "".join(delimiter.join((str(n), '"a, b; c | d\te, f, g"', "1")) + "\n" for n in range(5))
    assert {row[1] for row in values(text)} == {"a, b; c | d\te, f, g"}


def test_a_spreadsheet_says_its_delimiter_itself() -> None:
    """The line sep=; of a spreadsheet is obeyed and is no header."""
    assert values("sep=;\nid;text\n1;a,b\n") == [("1", "a,b")]


def test_a_file_of_texts_alone_has_one_column() -> None:
    """Commas in its texts are commas."""
    assert values("text\nlate, again, and again\nfine\n") == [("late, again, and again",), ("fine",)]


@pytest.mark.parametrize(
    ("encoding", "guessed"),
    [
        ("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16-le"), ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"), ("cp1252", "cp1252"), ("cp1257", "cp1257"),
    ],
)  # fmt: skip
def test_the_encoding_is_found_for_estonian(encoding: str, guessed: str) -> None:
    """Also when the first letter that is not ASCII comes late; nothing is replaced."""
    late = "id,text\n" + "1,plain\n" * 9000
    for text in (late + "2,õhtul öösel ülikülm šokk ja žanr\n", "id,text\n2,õhtul öösel ülikülm šokk ja žanr\n"):
        content = text.encode(encoding)
        assert guess_encoding(io.BytesIO(content)) == guessed
        assert values(content)[-1] == ("2", "õhtul öösel ülikülm šokk ja žanr")


def test_the_encoding_is_found_for_russian() -> None:
    """The Cyrillic code page, and UTF-16, in which Cyrillic has few zero bytes."""
    text = "id;текст\n1;Посылка опять задержалась, никто не отвечает\n2;верните деньги\n"
    for encoding in ("cp1251", "koi8-r", "utf-16", "utf-16-le", "utf-8"):
        assert values(text.encode(encoding))[0] == ("1", "Посылка опять задержалась, никто не отвечает")


def test_utf16_lines_are_cut_between_characters() -> None:
    """Letters of which one byte looks like a line end do not end a line."""
    text = "id,text\n1,ਊĊ਀čऊ\n2,б\n"
    for encoding in ("utf-16-le", "utf-16-be", "utf-16"):
        assert values(text.encode(encoding)) == [("1", "ਊĊ਀čऊ"), ("2", "б")]


def test_lines_of_the_first_macintosh_are_lines(tmp_path: Path) -> None:
    """A file whose lines end with a carriage return alone is not one long header."""
    path = tmp_path / "mac.csv"
    path.write_bytes(b"id,text\r1,a\r2,b\r")
    with open_bytes(path) as stream:
        found = list(CsvTable(stream).rows(Place()))
    assert [row.values["text"] for row in found if isinstance(row, Row)] == ["a", "b"]


FRAGMENTS = st.sampled_from(
    ['"', '""', ",", ";", "\n", "\r\n", "\r", "a", "1", "õ", "\0", " ", "x,y,z", '"a,b",', "id,text,likes", "\ufeff"]
)
ANY_CSV = st.one_of(
    st.binary(max_size=300), st.lists(FRAGMENTS, max_size=60).map(lambda parts: "".join(parts).encode())
)


@settings(deadline=None)
@given(ANY_CSV, st.booleans())
def test_any_bytes_are_rows_that_cover_the_file(content: bytes, header: bool) -> None:
    """No input crashes the reader, rows follow one another without overlap, and between them are only blank lines."""
    content = HEADER.encode() + content if header else content
    table = CsvTable(io.BytesIO(content), encoding="utf-8")
    found = list(table.rows(Place(), "text"))
    at = found[0].start.offset if found else len(content)
    for row in found:
        assert row.start.offset >= at
        between = content[at : row.start.offset].decode("utf-8", "replace")
        assert not between.replace("\0", "").removeprefix("\ufeff").strip()
        assert row.end.offset > row.start.offset
        at = row.end.offset


@settings(deadline=None)
@given(ANY_CSV, st.data())
def test_reading_from_any_row_gives_the_same_rows(content: bytes, data: st.DataObject) -> None:
    """Wherever a mark may stand, up to the first row that may still be written, the rows after it are the same."""
    table = CsvTable(io.BytesIO(HEADER.encode() + content))
    found = list(table.rows(Place(), "text"))
    if found:
        finished = [row.finished for row in found]
        at = data.draw(st.integers(0, finished.index(False) if False in finished else len(found) - 1))
        assert list(table.rows(found[at].start, "text")) == found[at:]
