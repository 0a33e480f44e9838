"""The pages of backtests: drafts beside the present policy, without scripts too, and never words that are gone."""

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape

import pytest
from fakes.replays import DRAFT, replayed
from fakes.town import SECRET, Browser, Said, Town, enter

from models.scores import Signal
from monitors.ledger import backtests, removal
from monitors.ports import Gone

Enter = Callable[[str | None], Browser]


def plain(page: str) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page))).replace("\u00a0", " ")


@pytest.fixture(autouse=True)
def few_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two levels besides the draft's own: each is a replay."""
    monkeypatch.setattr("models.backtest.LEVELS", (10.0, 25.0))


@pytest.fixture
def kept(town: Town) -> int:
    """The number of a backtest of the town."""
    danger = Said("Omniva battery burned my hand", "en", ((Signal.SAFETY_ISSUE, "burned"),), likes=(0, 2, 40))
    town.say("Omniva", "battery", (danger,), risk=70.0, incident=False)
    return replayed(town)


def test_empty_list_tells_the_command(empty: Town) -> None:
    """Whoever comes too early learns how to begin, and finds the room in the menu."""
    page = enter(empty, "vello").get("/backtests")
    assert page.status_code == 200
    assert "<code>kuula backtest --set alert_at=40</code>" in page.text
    assert 'href="/backtests" aria-current="page"' in page.text


def test_list_leads_to_the_reports(town: Town, kept: int, as_: Enter) -> None:
    """Any role sees them, newest first, in pages; one that is not there is said to be missing."""
    with town.ledger.write() as tx:
        for number in range(32):
            report = backtests.require(tx, kept).report
            backtests.save(tx, f"number {number}", report, "command line", town.clock())
    first = as_("vello").get("/backtests").text
    assert "number 31" in first
    assert "number 1<" not in first
    older = as_("vello").get("/backtests?start=30").text
    assert f'href="/backtests/{kept}"' in older
    assert "Emma" in older
    assert as_("vello").get("/backtests/999").status_code == 404
    assert "tried a policy on the past" in as_("anna").get("/audit").text


def test_list_speaks_the_readers_language(town: Town, kept: int, as_: Enter) -> None:
    """What the command wrote in English, whose posts they were and who tried them, is not left so."""
    with town.ledger.write() as tx:
        report = backtests.require(tx, kept).report
        made = backtests.save(tx, "the ledger: alert_at 40", report, "command line", town.clock())
    for who, title, actor in (
        ("sirje", "andmebaas: alert_at 40", "käsurida"),
        ("olga", "база: alert_at 40", "командная"),
    ):
        listed = as_(who).get("/backtests").text
        assert title in listed
        assert actor in listed
        assert f"<h1>{title}</h1>" in as_(who).get(f"/backtests/{made}").text


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("emma", ("Blow-ups caught", "Alerts of the draft", "missed (risk")),
        ("sirje", ("Paisunud lugusid tabatud", "Mustandi häired", "märkamata (risk")),
        ("olga", ("Скандалов замечено вовремя", "Тревоги по черновику", "пропущено (риск")),
        ("matti", ("Kohuja huomattu ajoissa", "Luonnoksen hälytykset", "jäi huomaamatta (riski")),
    ],
)
def test_report_has_everything_without_scripts(kept: int, as_: Enter, who: str, words: tuple[str, ...]) -> None:
    """Both policies, every level as a table, what was caught and missed and why, in the reader's language."""
    page = as_(who).get(f"/backtests/{kept}").text
    for part in words:
        assert part in plain(page)
    assert "<code>alert_at</code>" in page
    assert len(re.findall(r"<tr data-level=", page)) == 3
    assert "Omniva battery burned my hand" in page
    assert "data-levels hidden" in page


def test_levels_carry_what_the_slider_shows(kept: int, town: Town, as_: Enter) -> None:
    """Each blow-up has a word for each level, and the draft's own level is chosen at first."""
    page = as_("emma").get(f"/backtests/{kept}").text
    with town.ledger.read() as tx:
        curve = backtests.require(tx, kept).report["curve"]
    lists = re.findall(r'data-fates="([^"]*)"', page)
    assert lists
    for each in lists:
        assert len(re.findall(r"caught|late|digest|missed", unescape(each))) == len(curve)
    chosen = next(number for number, level in enumerate(curve) if level["alert_at"] == 80)
    assert f'max="{len(curve) - 1}" step="1" value="{chosen}"' in page
    assert len(re.findall(r'aria-current="true"', page)) == 1


def test_deleted_posts_are_not_shown(kept: int, town: Town, as_: Enter) -> None:
    """What left the ledger leaves the reports with it: they hold ids only."""
    with town.ledger.read() as tx:
        report = backtests.require(tx, kept).report
    uids = {alert["post"] for alert in report["present"]["alerts"]} | {one["post"] for one in report["blow_ups"]}
    with town.ledger.write() as tx:
        gone = [Gone(uid.partition(":")[2], "deleted", town.clock()) for uid in uids]
        removal.remove(tx, "town", gone, town.clock())
    page = as_("emma").get(f"/backtests/{kept}").text
    assert "burned my hand" not in page
    assert next(iter(uids)) in page


def test_words_of_others_are_not_shown(town: Town, as_: Enter) -> None:
    """The posts of a file may have the ids of posts in the ledger: theirs are not looked up."""
    number = replayed(town, in_ledger=False)
    page = as_("emma").get(f"/backtests/{number}").text
    assert "These posts are not in the ledger" in page
    assert "Olen rase" not in page


def test_chart_is_a_picture(kept: int, as_: Enter) -> None:
    """Wide and narrow, with a dot for each level and nothing that runs."""
    for query in ("", "?narrow=1"):
        answer = as_("emma").get(f"/charts/backtests/{kept}.svg{query}")
        assert answer.headers["content-type"] == "image/svg+xml"
        assert "<script" not in answer.text
        assert answer.text.count('class="dot ') == 3


def test_same_policy_and_no_levels(town: Town, as_: Enter) -> None:
    """A report of the present policy alone has one column, no slider and no differences."""
    number = replayed(town, town.settings.policy, curve=[])
    page = as_("emma").get(f"/backtests/{number}").text
    assert "Alerts of the present policy" in page
    assert "data-levels" not in page
    assert "only the draft" not in page
    assert as_("emma").get(f"/charts/backtests/{number}.svg").status_code == 200


def test_what_people_typed_is_escaped(town: Town, kept: int, as_: Enter) -> None:
    """Names of blow-ups, titles and texts of strangers are shown as they are, and run nowhere."""
    evil = '"><script>alert(1)</script>'
    town.say("Omniva", "evil", (Said(evil, likes=(0, 50)),), risk=70.0, incident=False)
    number = replayed(town, replace(DRAFT, alert_at=1))
    with town.ledger.write() as tx:
        report = backtests.require(tx, number).report
        report["blow_ups"][0]["name"] = evil
        again = backtests.save(tx, evil, report, evil, town.clock())
    for address in (f"/backtests/{again}", "/backtests"):
        assert "<script>alert" not in as_("emma").get(address).text
    assert SECRET not in as_("emma").get("/backtests").text
