"""On which line a key stands."""

import tomllib

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from monitors.settings.explaining import to_toml
from monitors.settings.file import dotted, line_of, lines

_TEXT = """\
top = 1

[brands."DPD Eesti"]  # a comment
names = [
    "DPD", # [brands.fake]
    "ДПД",
]
denominator.what = "orders"
denominator.per_day = 5
note = \"\"\"
[brands.fake]
names = 1
\"\"\"
[[steps]]
after = 1
[[steps]]
after = 2
"""


def test_keys_are_found_on_the_line_where_they_start() -> None:
    """Tables, dotted keys, values over many lines and repeated tables have their lines; text in strings is no key."""
    places = lines(_TEXT)
    table = ("brands", "DPD Eesti")
    assert places[("top",)] == 1
    assert places[table] == 3
    assert places[(*table, "names", 1)] == 4
    assert places[(*table, "denominator", "what")] == 8
    assert places[(*table, "denominator")] == 8
    assert places[(*table, "note")] == 10
    assert (places[("steps", 0, "after")], places[("steps", 1, "after")]) == (15, 17)
    assert not any("fake" in map(str, key) for key in places)


def test_a_missing_key_is_placed_at_the_table_around_it() -> None:
    """What is absent has no line of its own."""
    places = lines(_TEXT)
    assert line_of(("brands", "DPD Eesti", "excluded", 0), places) == 3
    assert line_of(("nowhere",), places) is None


def test_keys_are_written_as_toml_writes_them() -> None:
    """Names with spaces or control characters are quoted, so that they can be found and cannot harm a terminal."""
    assert dotted(("brands", "DPD Eesti", "names", 0)) == 'brands."DPD Eesti".names[0]'
    assert dotted(("a\x1b[2J",)).isprintable()


_NAMES = st.text(st.characters(codec="utf-8"), max_size=8)
_LEAVES = st.integers() | st.booleans() | _NAMES | st.lists(_NAMES, max_size=3)


@hypothesis_settings(max_examples=100)
@given(tables=st.dictionaries(_NAMES, st.dictionaries(_NAMES, _LEAVES, max_size=3), max_size=4), gap=st.integers(0, 2))
def test_lines_of_any_file_are_right(tables: dict[str, dict[str, object]], gap: int) -> None:
    """Written with known positions, every key is found exactly where it was put."""
    written: list[str] = []
    expected: dict[tuple[str, ...], int] = {}
    for name, values in tables.items():
        written += ["# [not.a.table]"] * gap + [f"[{to_toml(name)}]"]
        expected[(name,)] = len(written)
        for key, value in values.items():
            expected[(name, key)] = len(written) + 1
            written += (f"{to_toml(key)} = " + to_toml(value)).split("\n")
    text = "\n".join(written)
    assert tomllib.loads(text) == tables
    found = lines(text)
    assert {key: found[key] for key in expected} == expected
