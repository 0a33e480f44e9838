"""The page of the rota: who is on duty, a swap in two taps and its undo, absences, and quiet hours of one's own."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fakes.town import SECRET, Browser, Clock, Town, enter, settings, settle
from sqlalchemy import select, update

from dashboards.app import create_app
from models.hours import EVERY_DAY, Hours
from models.rota import Change, ChangeKind
from monitors.ledger import audit, bundles, people, rota
from monitors.ledger.bundles import Usual
from monitors.ledger.outbox import Letter
from monitors.ledger.people import Person, Role
from monitors.ledger.schema import outbox
from monitors.messages import Composer
from monitors.pipeline.guard import guard
from monitors.pipeline.roster import Roster
from monitors.settings import Settings

Enter = Callable[[str], Browser]
MORNING = {"begins": "2026-03-11T07:00:00+00:00", "ends": "2026-03-11T15:00:00+00:00"}


def duties() -> Settings:
    """Emma by day and Sirje at night, in Tallinn, with the holidays of Estonia; Olga's settings have quiet hours."""
    return Settings.model_validate(
        {
            **settings().model_dump(by_alias=True),
            "people": {
                "emma": {},
                "sirje": {},
                "olga": {"quiet": [{"from": "21:00", "until": "08:00"}]},
                "anna": {"role": "admin"},
            },
            "rota": {
                "countries": ["EE"],
                "duties": [
                    {"name": "day", "people": ["emma"], "from": "09:00", "until": "17:00"},
                    {"name": "night", "people": ["sirje"], "from": "17:00", "until": "09:00"},
                ],
            },
        }
    )


@pytest.fixture
def team(tmp_path: Path, clock: Clock, hashed: str) -> Iterator[Town]:
    """The people of the town with a rota; Meg is a manager."""
    town = settle(tmp_path, clock, hashed)
    with town.ledger.write() as tx:
        people.save(tx, Person("meg", "Meg", Role.MANAGER, "en", "Europe/Tallinn"), "kuula", clock())
    town.settings = duties()
    town.app = create_app(ledger=town.ledger, index=town.index, settings=town.settings, now=clock, secret_key=SECRET)
    yield town
    town.ledger.close()


@pytest.fixture
def by(team: Town) -> Enter:
    """Open its pages as somebody."""
    return lambda name: enter(team, name)


def plain(page: str) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def changes(team: Town) -> list[tuple[ChangeKind, str, str | None]]:
    """What the ledger has of changes that stand."""
    now = team.clock()
    with team.ledger.read() as tx:
        found = rota.standing(tx, now, datetime(2027, 3, 1, tzinfo=UTC))
    return [(one.change.kind, one.change.person, one.change.substitute) for one in found]


def audited(team: Town, number: int) -> list[tuple[str, str]]:
    """Who made the latest changes of the audit log, oldest first."""
    with team.ledger.read() as tx:
        return [(row.actor, row.action) for row in audit.newest(tx, number)][::-1]


@pytest.mark.parametrize("who", ["vello", "emma", "meg", "anna"])
def test_everybody_sees_who_is_on_duty(by: Enter, who: str) -> None:
    """Now, next, and in three weeks of days; a viewer is offered nothing to change."""
    page = by(who).get("/rota").text
    shown = plain(page)
    assert "On duty now Emma" in shown
    assert "Next: Sirje, 10 Mar, 17:00" in shown
    assert shown.count("09:00 – 17:00") == 20
    assert ('action="/rota/' in page) == (who != "vello")


def test_holidays_are_marked(team: Town, by: Enter) -> None:
    """A public holiday is named on its day."""
    team.clock.at = datetime(2026, 6, 20, 9, tzinfo=UTC)  # type: ignore[attr-defined]
    assert "Tue 23 Jun võidupüha" in plain(by("emma").get("/rota").text)


def test_a_swap_is_two_taps_and_can_be_undone(team: Town, by: Enter) -> None:
    """Emma asks everybody, Olga takes it, and on the page it is hers; Emma takes it back, and it is Emma's again."""
    emma, olga = by("emma"), by("olga")
    assert emma.form("/rota/swap", person="emma", **MORNING).headers["location"] == "/rota"
    assert changes(team) == [(ChangeKind.ASK, "emma", None)]
    assert "Возьму" in olga.get("/rota").text
    assert olga.form("/rota/changes/1/take").status_code == 303
    assert changes(team) == [(ChangeKind.SWAP, "emma", "olga")]
    assert "Olga day instead of Emma" in plain(emma.get("/rota").text)
    assert emma.form("/rota/changes/1/withdraw").status_code == 303
    assert changes(team) == []
    assert audited(team, 3) == [("emma", "rota_changed"), ("olga", "rota_taken"), ("emma", "rota_withdrawn")]
    assert "took over a duty" in plain(by("anna").get("/audit").text)


def test_who_is_asked_may_say_no_and_nobody_else_may_say_yes(team: Town, by: Enter) -> None:
    """A question to Olga is not Matti's to answer; her no takes it off the page, and the duty stays Emma's."""
    by("emma").form("/rota/swap", person="emma", substitute="olga", **MORNING)
    assert by("matti").form("/rota/changes/1/take").status_code == 409
    assert by("matti").form("/rota/changes/1/withdraw").status_code == 403
    assert by("emma").form("/rota/changes/1/take").status_code == 409
    assert by("olga").form("/rota/changes/1/withdraw").status_code == 303
    assert changes(team) == []


def test_a_double_tap_asks_once(team: Town, by: Enter) -> None:
    """The same question sent twice is one, and a taken duty cannot be taken by another."""
    emma = by("emma")
    for _ in range(2):
        assert emma.form("/rota/swap", person="emma", **MORNING).status_code == 303
    assert len(changes(team)) == 1
    assert [by("olga").form("/rota/changes/1/take").status_code for _ in range(2)] == [303, 303]
    assert by("matti").form("/rota/changes/1/take").status_code == 409


def swaps(team: Town) -> list[tuple[str, str, bool]]:
    """To whom requests for a swap were queued, under which key, and whether anybody may take it."""
    with team.ledger.read() as tx:
        rows = tx.execute(select(outbox).where(outbox.c.kind == "swap_asked").order_by(outbox.c.id))
        return [(row.person, row.key, row.payload["anybody"]) for row in rows]


@pytest.fixture
def reached(team: Town) -> Town:
    """Everybody has a channel, also Vello, who only looks."""
    with team.ledger.write() as tx:
        for person in people.everybody(tx):
            people.save(tx, replace(person, channels=("log",)), "kuula", team.clock())
    return team


def test_who_is_asked_gets_one_message(reached: Town, by: Enter) -> None:
    """Once for a request, however often it is tapped; asked anew after it was taken back, it is another request."""
    for _ in range(2):
        by("emma").form("/rota/swap", person="emma", substitute="olga", **MORNING)
    assert swaps(reached) == [("olga", "swap 1:olga:log", False)]
    by("emma").form("/rota/changes/1/withdraw")
    by("emma").form("/rota/swap", person="emma", substitute="olga", **MORNING)
    assert [key for _, key, _ in swaps(reached)] == ["swap 1:olga:log", "swap 2:olga:log"]


def test_a_request_to_all_reaches_all_who_could_take_it(reached: Town, by: Enter) -> None:
    """Not the one who asks, not who only looks, and not who is away then; a manager's order asks nobody."""
    with reached.ledger.write() as tx:
        begins, ends = (datetime.fromisoformat(MORNING[name]) for name in ("begins", "ends"))
        rota.make(tx, Change(ChangeKind.AWAY, "matti", begins, ends), "matti", reached.clock())
    by("emma").form("/rota/swap", person="emma", substitute="", **MORNING)
    assert {person for person, _, _ in swaps(reached)} == {"anna", "meg", "olga", "sirje"}
    assert all(anybody for _, _, anybody in swaps(reached))
    by("meg").form("/rota/swap", person="emma", substitute="olga", **MORNING)
    assert len(swaps(reached)) == 4


@pytest.mark.parametrize(
    ("who", "said", "settled"),
    [
        ("sirje", "Emma palub valvet vahetada: 11. märts, 09:00 – 11. märts, 17:00", "on juba lahendatud"),
        ("olga", "Просьба поменяться дежурством (Emma): 11 мар., 09:00 – 11 мар., 17:00", "Вопрос уже решён"),
        ("matti", "Emma pyytää vuoron vaihtoa: 11.3., 9.00 – 11.3., 17.00", "Asia on jo hoidettu"),
        ("anna", "Emma asks for a swap of duty: 11 Mar, 09:00 – 11 Mar, 17:00", "It is settled by now"),
    ],
)
def test_the_message_says_which_duty_and_whether_it_is_still_asked(
    reached: Town, by: Enter, who: str, said: str, settled: str
) -> None:
    """In the reader's language and zone, with a link to the rota; sent after it was settled, it says so."""
    by("emma").form("/rota/swap", person="emma", substitute=who, **MORNING)
    with reached.ledger.read() as tx:
        row = tx.execute(select(outbox).where(outbox.c.kind == "swap_asked")).one()
    letter = Letter(row.key, row.person, row.channel, row.kind, row.incident_id, row.payload)
    composer = Composer(reached.ledger, "https://kuula.example.com", SECRET, reached.clock)
    message = composer.compose(letter)
    assert said in message.subject
    assert list(message.links.values()) == ["https://kuula.example.com/rota"]
    assert settled not in message.text
    by("emma").form("/rota/changes/1/withdraw")
    assert settled in composer.compose(letter).text


def test_a_request_waits_for_quiet_hours_and_is_nobody_elses(reached: Town, by: Enter) -> None:
    """It is gathered and waits as what is not urgent does; where no channel takes it, nobody else is told."""
    by("emma").form("/rota/swap", person="emma", substitute="olga", **MORNING)
    now = reached.clock()
    night = Hours(EVERY_DAY, time(0), time(20))
    with reached.ledger.write() as tx:
        bundles.arrange(tx, "log", Usual(timedelta(minutes=10), {"olga": (night,)}), now)
        row = tx.execute(select(outbox).where(outbox.c.kind == "swap_asked")).one()
        assert row.due_at.astimezone(ZoneInfo("Europe/Tallinn")).hour == 20
        tx.execute(update(outbox).values(state="failed", last_error="gone"))
    names = ("olga", "emma", "sirje")
    guard(reached.ledger, Roster(names, dict.fromkeys(names, ("log",))), now)
    assert [person for person, _, _ in swaps(reached)] == ["olga"]


def told(team: Town, kind: str = "duty_changed") -> dict[str, str]:
    """Who was told that a duty changed hands, and in which words: the subject and the first sentence."""
    with team.ledger.read() as tx:
        rows = list(tx.execute(select(outbox).where(outbox.c.kind == kind).order_by(outbox.c.id)))
    composer = Composer(team.ledger, "https://kuula.example.com", SECRET, team.clock)
    found = {}
    for row in rows:
        message = composer.compose(Letter(row.key, row.person, row.channel, row.kind, None, row.payload))
        assert list(message.links.values()) == ["https://kuula.example.com/rota"]
        found[f"{row.key.split(':')[0]} {row.person}"] = f"{message.subject} | {message.text.splitlines()[0]}"
    return found


def test_whose_swap_is_accepted_hears_of_it_once(reached: Town, by: Enter) -> None:
    """Matti takes Emma's duty and needs no message himself; he gives it back, and Emma hears that it is hers again."""
    by("emma").form("/rota/swap", person="emma", **MORNING)
    assert told(reached) == {}
    for _ in range(2):
        by("matti").form("/rota/changes/1/take")
    hours = "11 Mar, 09:00 – 11 Mar, 17:00"
    taken = {"swap 1 made emma": f"Your duty is now with Matti: {hours} | Matti took it over."}
    assert told(reached) == taken
    by("matti").form("/rota/changes/1/withdraw")
    assert told(reached) == {
        "swap 1 made emma": f"A change of duty was taken back: {hours} | "
        "It was taken back since: the page of the rota says who has the duty.",
        "swap 1 back emma": f"This duty is yours: {hours} | Matti took the swap back: the duty is yours again.",
    }


def test_whoever_is_given_a_duty_hears_of_it_and_so_does_who_had_it(reached: Town, by: Enter) -> None:
    """A manager gives Emma's morning to Olga, twice by a double tap, and puts Matti there besides: each is told once.

    In their own language; undone, both hear whose it is again. Whoever does something for themselves is told nothing.
    """
    for _ in range(2):
        by("meg").form("/rota/swap", person="emma", substitute="olga", **MORNING)
    besides = {"kind": "extra", "begins": "2026-03-11T00:00", "ends": "2026-03-12T00:00"}
    by("meg").form("/rota/away", person="matti", **besides)
    by("sirje").form("/rota/away", person="sirje", **besides)
    by("meg").form("/rota/away", person="olga", **{**besides, "kind": "away"})
    hours = "11 мар., 09:00 – 11 мар., 17:00"
    assert told(reached) == {
        "swap 1 made olga": f"Это дежурство ваше: {hours} | "
        "Вам передали это дежурство (Meg); до этого дежурить должен был другой человек: Emma.",
        "swap 1 made emma": "Your duty is now with Olga: 11 Mar, 09:00 – 11 Mar, 17:00 | Meg gave it to Olga.",
        "swap 2 made matti": "Tämä vuoro on sinun: 11.3., 0.00 – 12.3., 0.00 | "
        "Meg lisäsi sinut vuoroon muiden rinnalle.",
    }
    by("meg").form("/rota/changes/1/withdraw")
    undone = told(reached)
    assert undone["swap 1 back olga"].endswith("Обмен отменён (Meg): снова дежурит Emma.")
    assert undone["swap 1 back emma"].endswith("Meg took the swap back: the duty is yours again.")
    by("meg").form("/rota/changes/2/withdraw")
    assert told(reached)["swap 2 back matti"] == (
        "Et ole enää vuorossa muiden rinnalla: 11.3., 0.00 – 12.3., 0.00 | Meg perui sen."
    )


def test_whoever_asked_hears_of_a_no(reached: Town, by: Enter) -> None:
    """From Olga, or from a manager who takes the question away; who takes back what they asked needs no message."""
    words = "No to your request for a swap: 11 Mar, 09:00 – 11 Mar, 17:00"
    for number, who in enumerate(("olga", "meg", "emma"), 1):
        by("emma").form("/rota/swap", person="emma", substitute="olga", **MORNING)
        by(who).form(f"/rota/changes/{number}/withdraw")
    rest = "The duty stays with you; you can ask somebody else on the page of the rota."
    assert told(reached, "swap_refused") == {
        "swap 1 refused emma": f"{words} | Olga said no. {rest}",
        "swap 2 refused emma": f"{words} | Meg said no. {rest}",
    }


def test_a_duty_that_the_asker_has_no_more_is_nobodys_to_take(reached: Town, by: Enter) -> None:
    """A manager gives away what Emma asked to be relieved of: it is off Matti's page, and his yes is refused."""
    emma, matti = by("emma"), by("matti")
    emma.form("/rota/swap", person="emma", **MORNING)
    by("sirje").form("/rota/away", person="sirje", kind="away", begins="2026-03-11T12:00", ends="2026-03-11T13:00")
    assert "/rota/changes/1/take" in matti.get("/rota").text, "what others do meanwhile changes nothing"
    by("meg").form("/rota/swap", person="emma", substitute="olga", **MORNING)
    assert "/rota/changes/1/take" not in matti.get("/rota").text
    assert matti.form("/rota/changes/1/take").status_code == 409
    assert list(told(reached)) == ["swap 3 made olga", "swap 3 made emma"]


def test_a_duty_that_changed_hands_is_not_urgent(reached: Town, by: Enter) -> None:
    """It waits for quiet hours, and where no channel takes it nobody else is told."""
    by("meg").form("/rota/swap", person="emma", substitute="olga", **MORNING)
    night = Hours(EVERY_DAY, time(0), time(20))
    with reached.ledger.write() as tx:
        bundles.arrange(tx, "log", Usual(timedelta(minutes=10), {"olga": (night,)}), reached.clock())
        row = tx.execute(select(outbox).where(outbox.c.person == "olga")).one()
        assert row.due_at.astimezone(ZoneInfo("Europe/Tallinn")).hour == 20
        tx.execute(update(outbox).values(state="failed", last_error="gone"))
    names = ("olga", "emma", "sirje")
    guard(reached.ledger, Roster(names, dict.fromkeys(names, ("log",))), reached.clock())
    assert [who for who in told(reached) if "sirje" in who] == []


@pytest.mark.parametrize("who", ["meg", "anna"])
def test_a_manager_gives_duties_away(team: Town, by: Enter, who: str) -> None:
    """At once and for others, which their colleagues may not."""
    given = {"person": "emma", "substitute": "olga", **MORNING}
    assert by("sirje").form("/rota/swap", **given).status_code == 403
    assert by(who).form("/rota/swap", **given).status_code == 303
    assert changes(team) == [(ChangeKind.SWAP, "emma", "olga")]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"person": "emma", "substitute": "emma"}, 400),
        ({"person": "emma", "substitute": "vello"}, 404),
        ({"person": "emma", "substitute": "stranger"}, 404),
        ({"person": "emma", "begins": "2026-03-11T01:00:00+00:00"}, 409),
        ({"person": "emma", "begins": "0001-01-01T00:00:00+00:00"}, 409),
        ({"person": "emma", "ends": "9999-12-31T23:59:59+00:00"}, 409),
        ({"person": "emma", "begins": "9999-12-31T00:00:00-14:00", "ends": "9999-12-31T23:59:59-14:00"}, 409),
        ({"person": "emma", "begins": "9999-12-31T00:00:00+00:00", "ends": "9999-12-31T23:00:00+00:00"}, 409),
        ({"person": "emma", "begins": "0001-01-01T00:00:00+14:00", "ends": "0001-01-02T00:00:00+14:00"}, 409),
        ({"person": "emma", "begins": "9999-12-31T00:00:00+00:00"}, 409),
        ({"person": "emma", "begins": "2026-03-11T07:00:00"}, 400),
        ({"person": "emma", "begins": "soon"}, 400),
        ({}, 400),
    ],
)
def test_what_is_no_duty_of_hers_is_not_swapped(team: Town, by: Enter, fields: dict[str, str], status: int) -> None:
    """Forms that nobody was given change nothing."""
    assert by("emma").form("/rota/swap", **{**MORNING, **fields}).status_code == status
    assert changes(team) == []


def test_an_absence_shows_the_gap_it_leaves(team: Town, by: Enter) -> None:
    """Emma is away on Wednesday: nobody has the day, and she can take it back; Matti cannot say so for her."""
    away = {"person": "emma", "kind": "away", "begins": "2026-03-11T00:00", "ends": "2026-03-12T00:00"}
    assert by("matti").form("/rota/away", **away).status_code == 403
    assert by("emma").form("/rota/away", **{**away, "ends": "2026-03-01T00:00"}).status_code == 400
    assert by("emma").form("/rota/away", **away, note="dentist").status_code == 303
    shown = plain(by("sirje").get("/rota").text)
    assert "dentist" in shown
    assert "mitte keegi day Emma asemel" in shown
    assert by("matti").form("/rota/changes/1/withdraw").status_code == 403
    assert by("emma").form("/rota/changes/1/withdraw").status_code == 303
    assert changes(team) == []


def test_quiet_hours_are_ones_own(team: Town, by: Enter) -> None:
    """Those of the settings are shown until a person sets their own; the way back is one button."""
    olga = by("olga")
    assert "21:00–08:00" in olga.get("/account").text
    assert olga.form("/account/quiet", days="5", begins="20:00", ends="10:00").status_code == 303
    with team.ledger.read() as tx:
        stored = rota.rules_of(tx, "olga")
    assert [(sorted(one.days), one.begins, one.ends) for one in stored or ()] == [
        ([0, 1, 2, 3, 4, 5, 6], time(21), time(8)),
        ([5], time(20), time(10)),
    ]
    listed = olga.get("/account").text.split('action="/account/quiet/remove"')[2].split("</form>")[0]
    fields = dict(re.findall(r'name="(days|begins|ends)" value="([^"]+)"', listed))
    assert fields == {"days": "5", "begins": "20:00:00", "ends": "10:00:00"}
    for _ in range(2):
        assert olga.form("/account/quiet/remove", **fields).status_code == 303
    page = olga.get("/account").text
    assert ("21:00–08:00" in page, "20:00–10:00" in page) == (True, False), "a second tap removes nothing else"
    assert olga.form("/account/quiet", begins="20:00", ends="10:00").status_code == 400
    assert olga.form("/account/quiet", days="7", begins="20:00", ends="10:00").status_code == 400
    assert olga.form("/account/quiet/reset").status_code == 303
    assert "21:00–08:00" in olga.get("/account").text
    assert {action for _, action in audited(team, 3)} == {"quiet_hours_set"}


def test_a_zone_that_nobody_knows_is_told_of(team: Town, by: Enter) -> None:
    """The page says whose it is and what counts instead; everybody's pages still open, theirs too."""
    assert "The time zone of" not in by("meg").get("/rota").text
    with team.ledger.write() as tx:
        people.save(tx, Person("olga", "Olga <i>", Role.SUPPORT, "ru", "Mars/Olympus"), "kuula", team.clock())
    page = by("meg").get("/rota").text
    assert "The time zone of Olga &lt;i&gt; is not known" in page
    assert by("olga").get("/rota").status_code == 200


@pytest.mark.parametrize("trouble", ["viewer", "locked out", "no channel"])
def test_a_duty_that_is_nobodys_in_truth_is_loud(reached: Town, by: Enter, trouble: str) -> None:
    """Emma, who has the day, only looks or was locked out: nobody is on duty. The page and that of health say it."""
    meg = by("meg")
    with reached.ledger.write() as tx:
        if trouble == "viewer":
            people.save(tx, Person("emma", "Emma <i>", Role.VIEWER, "en", "Europe/Tallinn"), "anna", reached.clock())
        elif trouble == "locked out":
            people.deactivate(tx, "emma", "anna", reached.clock())
    idle, unreached = "may not handle incidents, so that", "no message reaches them, so that"
    for address in ("/rota", "/sources"):
        page = meg.get(address).text
        assert (idle in page) == (trouble != "no channel")
        assert unreached in page
        if trouble == "viewer":
            assert "instead: Emma &lt;i&gt;." in page
    assert ("On duty now nobody" in plain(meg.get("/rota").text)) == (trouble != "no channel")


def test_without_a_rota_the_page_says_so(town: Town) -> None:
    """Everybody is called, as the settings order them."""
    assert "There is no rota" in enter(town, "emma").get("/rota").text
