"""The audit log and the list of what was skipped, in the reader's language and zone."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from fakes.town import Browser, Town

from dashboards import changes, wording
from dashboards.speech import LANGUAGES, speech
from monitors.cli.people_commands import ACTOR
from monitors.ledger import audit, people, sweeps
from monitors.ports import Skipped

Enter = Callable[[str | None], Browser]


def lines(page: str) -> list[str]:
    """The lines of the table as they are read on a phone: each cell after its label, the newest first."""
    rows = re.findall(r"<tr><th.*?</tr>", page.split("<tbody>")[1], re.DOTALL)
    labelled = [re.sub(r'<td[^>]*data-label="([^"]*)"[^>]*>', r" | \1: ", row) for row in rows]
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", row)).strip() for row in labelled]


@pytest.fixture
def anna(town: Town, as_: Enter) -> Callable[[str], Browser]:
    """The admin, who reads in some language."""

    def reads(language: str) -> Browser:
        with town.ledger.write() as tx:
            person = people.get(tx, "anna")
            assert person is not None
            known = people.Person("anna", "Anna", person.role, language, "Europe/Tallinn")
            people.save(tx, known, ACTOR, town.clock())
        return as_("anna")

    return reads


@pytest.mark.parametrize(
    ("language", "promised", "opened", "saved"),
    [
        (
            "et",
            "Kes: Emma | Mis tehti: andis lubaduse | Mille kohta: juhtum 1 | "
            "Üksikasjad: lubaduse nr: 1; mida: a call; tähtaeg: 10. märts, 12:10",
            "Põhjus: Häire, sest postituses ähvardatakse kohtu, ametiasutuse või meediaga; risk: ",
            "Kes: käsurida | Mis tehti: salvestas inimese andmed | Mille kohta: Anna | "
            "Üksikasjad: Roll: Administraator: haldab ka inimesi",
        ),
        (
            "ru",
            "Кто: Emma | Действие: дано обещание | Объект: инцидент 1 | "
            "Подробности: обещание №: 1; что: a call; срок: 10 мар., 12:10",
            "Причина: Тревога: автор грозит судом, надзорным органом или прессой; риск: ",
            "Кто: командная строка | Действие: данные человека сохранены | Объект: Anna | "
            "Подробности: Роль: Администратор: управляет и людьми",
        ),
    ],
)
def test_audit_log_has_no_words_of_the_program(
    language: str, promised: str, opened: str, saved: str, anna: Callable[[str], Browser], as_: Enter
) -> None:
    """Who, on what and the details are said as elsewhere on the pages, times in the reader's zone, each labelled."""
    as_("emma").form("/incidents/1/promise", due="10", what="a call")
    told = lines(anna(language).get("/audit").text)
    assert any(line.endswith(saved) for line in told), told
    assert any(line.endswith(promised) for line in told), told
    assert any(opened in line for line in told), told
    assert not any("+00:00" in line or "incident" in line for line in told)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_detail_that_acts_leave_has_a_label(language: str, town: Town, as_: Enter) -> None:
    """After each act that people can do, no detail stands under its key of the ledger."""
    emma = as_("emma")
    for act, fields in (
        ("acknowledge", {}),
        ("promise", {"due": "10"}),
        ("assign", {"assignee": "olga"}),
        ("note", {"text": "rang her"}),
    ):
        emma.form(f"/incidents/1/{act}", **fields)
    for act in ("keep", "unkeep", "withdraw"):
        emma.form(f"/promises/1/{act}")
    emma.form("/incidents/1/resolve", verdict="right", note="done")
    emma.form("/posts/1/correct", version="1", said="severity=4")
    emma.form("/posts/1/correct", version="1", said="severity=")
    town.clock.forward(minutes=1)
    with town.ledger.read() as tx:
        rows = audit.newest(tx)
    assert {key for row in rows if row.action != "corrected" for key in row.detail} <= set(changes.LABELS)
    say = speech(language, now=town.clock() + timedelta(hours=1))
    told = "; ".join(one for row in rows for one in changes.details(say, row.action, row.detail, {}))
    assert not re.search(r"_|\d{4}-\d\d|None", told), told


def test_what_was_skipped_is_told_once_and_in_place(town: Town, as_: Enter) -> None:
    """A line of a file is one in the reader's language; a detail that only repeats the reason is not shown."""
    skipped = [
        Skipped("no_brand", "posts.csv line 70", "it names no watched brand"),
        Skipped("no_text", "posts.csv line 71", "the cell 'text' is empty"),
    ]
    with town.ledger.write() as tx:
        sweeps.count_skips(tx, "town", skipped, town.clock())
    page = as_("sirje").get("/sources").text
    assert "posts.csv, rida 70" in page
    assert "watched brand" not in page
    assert "is empty" in page
    assert wording.place(speech("et"), "https://feed.example/line 9x") == "https://feed.example/line 9x"
