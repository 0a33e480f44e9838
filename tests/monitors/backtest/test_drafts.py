"""Drafts of a policy, and lists of blow-ups: what people write by hand, with their mistakes."""

import gzip
import json
from pathlib import Path

import pytest
from fakes.replays import LONG_AGO, posts_csv

from models.decision import Policy
from monitors.backtest.blow_ups import listed
from monitors.backtest.draft import changes, draft_of
from monitors.backtest.tape import Tape, Workshop, from_file
from monitors.bootstrap import House
from monitors.errors import BadSettings
from monitors.ledger.replaying import Chosen


@pytest.fixture
def tape(house: House, shop: Workshop, tmp_path: Path) -> Tape:
    """The file of posts, scored."""
    return from_file(shop, house, str(posts_csv(tmp_path)), Chosen(), lambda _name, _count: None)


def test_draft_changes_what_it_names(tmp_path: Path) -> None:
    """A file changes the present policy, the command line changes the file, and everything else stays."""
    file = tmp_path / "draft.toml"
    file.write_text('[policy]\nalert_at = 40\nalert_signals = ["legal_threat"]\n[brands.x]\nnames = ["x"]\n', "utf-8")
    present = Policy(story_complaints=7)
    draft = draft_of(present, file, ["alert_at=45.5", "policy.thresholds=[5, 50]"])
    assert changes(present, draft) == {
        "alert_at": [Policy().alert_at, 45.5],
        "alert_signals": [list(present.alert_signals), ["legal_threat"]],
        "thresholds": [[10, 100, 1000], [5, 50]],
    }
    assert draft.story_complaints == 7
    assert draft_of(present, None, []) == present


@pytest.mark.parametrize(
    ("text", "given", "said"),
    [
        ("", ["alert_t=40"], "policy.alert_t: is not a setting. Did you mean `alert_at`?"),
        ("", ["alert_at=400"], "policy.alert_at: must be at least 0 and at most 100."),
        ("", ["alert_at=3"], "policy.hold_at: `hold_at` is 5 and `alert_at` 3"),
        ("", ["alert_at=high"], "the value of --set alert_at is not understood"),
        ("", ["alert_at"], "--set needs key=value"),
        (
            "[policy]\nhold_at = 1\nalert_signals = ['legal_thread']\n",
            [],
            "line 3: policy.alert_signals[0]: there is no",
        ),
        ("[policy]\nalert_at = 'x'\n", [], "line 2: policy.alert_at: must be a number"),
        ("alert_at = 40\n", [], "there is no [policy] in it"),
        ("policy = 3\n", [], "there is no [policy] in it"),
        ("[policy\n", [], "this is not TOML"),
    ],
)
def test_mistakes_in_a_draft_are_told_as_those_of_the_settings(
    tmp_path: Path, text: str, given: list[str], said: str
) -> None:
    """With the line, the key and what was probably meant."""
    file = tmp_path / "draft.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(BadSettings) as error:
        draft_of(Policy(), file if text else None, given)
    assert said in str(error.value)


def test_list_names_posts_by_id_story_or_words(tape: Tape, tmp_path: Path) -> None:
    """Ids with and without their source, a story, words in any case and spacing; other rows are counted."""
    rows = [
        ("file:005", "", "", "2015-02-16 12:00", "by id"),
        ("001", "", "", "2015-02-16 12:00", ""),
        ("", "file:000", "", "16.02.2015 13:00", ""),
        ("", "", "Other LOST   my", "2015-02-16T14:00:00Z", "by words"),
        ("", "", "no 100% such_post", "2015-02-16 12:00", ""),
        ("file:005", "", "", "some day", ""),
    ]
    lines = ["post,story,text,blew_up_at,name", *(",".join(row) for row in rows), "too,few"]
    file = tmp_path / "known.csv"
    file.write_text("\n".join(lines), "utf-8")
    found = listed(file, tape)
    assert [(one.post, one.brand, one.name) for one in found.blow_ups] == [
        ("file:005", "acme", "by id"),
        ("file:001", "acme", ""),
        ("file:000", "acme", ""),
        ("file:002", "other", "by words"),
    ]
    assert (found.blow_ups[0].at - LONG_AGO).total_seconds() == 3 * 3600
    assert sum(found.left_out.values()) == 3
    assert found.left_out["not_found"] == 1


def test_list_as_json_lines(tape: Tape, tmp_path: Path) -> None:
    """Rows that are no objects, numbers in the place of words and a brand that is not meant cost no other row."""
    rows = [
        {"post": "005", "blew_up_at": "2015-02-16T12:00:00Z"},
        {"post": 5, "blew_up_at": None},
        {"post": "005", "blew_up_at": "2015-02-16T12:00:00Z", "brand": "other"},
        ["no", "object"],
    ]
    file = tmp_path / "known.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)) + "\n{broken", "utf-8")
    found = listed(file, tape)
    assert [one.post for one in found.blow_ups] == ["file:005"]
    assert found.left_out["bad_time"] == found.left_out["not_found"] == 1
    assert sum(found.left_out.values()) == 4


@pytest.mark.parametrize(
    "text", ["", "post,when\n1,2\n", "name,blew_up_at\nx,2015-02-16\n", "post,blew_up_at\n999,never\n"]
)
def test_list_of_nothing_is_a_mistake(tape: Tape, tmp_path: Path, text: str) -> None:
    """Whoever gives a list without a blow-up of these posts is told what a list needs."""
    file = tmp_path / "known.csv"
    file.write_text(text, "utf-8")
    with pytest.raises(BadSettings) as error:
        listed(file, tape)
    assert "blew_up_at" in error.value.remedy


def test_a_list_that_was_cut_is_a_mistake(tape: Tape, tmp_path: Path) -> None:
    """So is a packed list whose end is missing."""
    file = tmp_path / "known.csv.gz"
    file.write_bytes(gzip.compress(b"post,blew_up_at\n" + b"999,2015-02-16\n" * 10)[:-12])
    with pytest.raises(BadSettings, match=r"known\.csv\.gz cannot be read"):
        listed(file, tape)
