"""The playbook on the card and on its own pages: next step, words, ticks, versions, and what is wrong in a file."""

import os
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from fakes.odd_files import ODD
from fakes.town import NOON, Browser, Clock, Said, Town, enter, settings, settle

from dashboards.app import create_app
from models.scores import Sentiment, Signal
from monitors.ledger import audit, people
from monitors.ledger.people import Person, Role
from monitors.playbook.library import copy_defaults, defaults
from monitors.settings import Settings

Enter = Callable[[str | None], Browser]
DANGER = Said("Omniva auto põles!", "et", ((Signal.SAFETY_ISSUE, "põles"),))
MINE = "---\nwhen: [refund_demand]\ntitle: {title}\n---\n\n## Solving\n\n### Pay\n\n- et: {said}\n\n> ru: {words}\n"


def card(browser: Browser, number: int) -> str:
    """The playbook on the page of an incident, as it is read."""
    page = browser.get(f"/incidents/{number}").text
    return unescape(page.split('id="playbook"')[1].split("/playbook")[0])


def next_step(browser: Browser, number: int) -> dict[str, str]:
    """What the form of the next step sends."""
    page = browser.get(f"/incidents/{number}").text.split('class="next-step"')[1]
    return dict(re.findall(r'name="(step|version)" value="([^"]+)"', page)[:2])


def test_the_gravest_step_comes_in_the_agents_language(town: Town, as_: Enter) -> None:
    """An Estonian and a Russian agent read their own language; both get words in the customer's, ready to be copied."""
    number = town.say("Omniva", "fire", [DANGER, Said("Omniva: raha tagasi!", "et", ((Signal.REFUND_DEMAND, "raha"),))],
                      risk=90.0)  # fmt: skip
    step = defaults()["danger"].steps[0]
    for who, language in (("sirje", "et"), ("olga", "ru"), ("matti", "fi"), ("emma", "en")):
        shown = card(as_(who), number)
        assert step.texts[language] in shown
        words = step.words["et"].replace("{name}", who.title()).replace("{time}", "12:10")
        assert f'<blockquote class="words" lang="et">{words}</blockquote>' in shown
    assert "{" not in shown
    assert shown.index(step.texts["en"]) < shown.index(defaults()["refund-demanded"].steps[0].texts["en"])
    assert "data-copy" in shown
    assert "/static/copy.js" in as_("emma").get(f"/incidents/{number}").text
    assert as_(None).get("/static/copy.js").status_code == 200


def test_a_tick_brings_the_next_step_and_can_be_undone(town: Town, as_: Enter) -> None:
    """Who did what and when stays on the card, in the log and in the audit; undone, the step is next again."""
    sirje = as_("sirje")
    first = next_step(sirje, 1)
    assert sirje.form("/incidents/1/tick", **first).headers["location"] == "/incidents/1"
    second = next_step(sirje, 1)
    assert second["step"] != first["step"]
    done = card(as_("olga"), 1).split("Сделанные шаги")[1]
    assert "Sirje" in done
    assert "Позвоните сами и сейчас" in done
    page = as_("olga").get("/incidents/1").text
    assert "сделан шаг: Helista ise ja kohe" in page
    with town.ledger.read() as tx:
        assert audit.newest(tx, 1)[0].action == "step_done"
    assert "Helista ise ja kohe" in as_("anna").get("/audit").text
    as_("olga").form("/incidents/1/untick", step=first["step"])
    assert next_step(sirje, 1) == first


def test_viewers_and_closed_incidents_show_what_was_done(town: Town, as_: Enter) -> None:
    """Whoever only looks reads what was done, without buttons; so does everybody once it is resolved."""
    emma = as_("emma")
    emma.form("/incidents/2/tick", **next_step(emma, 2))
    shown = as_("vello").get("/incidents/2").text
    assert "Steps that were done" in shown
    assert "/untick" not in shown
    emma.form("/incidents/2/resolve", verdict="right")
    shown = emma.get("/incidents/2").text
    assert "Steps that were done" in shown
    assert "/tick" not in shown
    refused = emma.form("/incidents/2/tick", step="danger/call-your-manager", version=defaults()["danger"].version)
    assert refused.status_code == 303
    assert "Emma" in emma.get("/incidents/2").text


@pytest.mark.parametrize("who", ["vello", None])
def test_only_support_ticks(who: str | None, town: Town, as_: Enter) -> None:
    """A viewer and a stranger change nothing, and nobody does without a form of theirs."""
    form = {"step": "danger/call-your-manager", "version": "0" * 64}
    assert as_(who).form("/incidents/1/tick", **form).status_code in {303, 401, 403}
    assert as_("emma").post("/incidents/1/tick", data={**form, "csrf": "x"}).status_code == 403
    assert as_("emma").form("/incidents/1/tick", **form).status_code == 404
    assert as_("emma").form("/incidents/1/tick", step="../x", version="y").status_code == 400
    with town.ledger.read() as tx:
        assert all(row.action != "step_done" for row in audit.newest(tx))


def test_anger_and_praise_have_steps_of_their_own(town: Town, as_: Enter) -> None:
    """A story without signals is anger, or praise, by what its posts say."""
    angry = town.say("Omniva", "angry", [Said("Omniva on kohutav", "et")], risk=40.0)
    glad = town.say("Omniva", "glad", [Said("Omniva on tore", "et", sentiment=Sentiment.POSITIVE)], risk=40.0)
    assert defaults()["plain-anger"].titles["et"] in card(as_("sirje"), angry)
    assert defaults()["praise"].titles["et"] in card(as_("sirje"), glad)


def test_a_correction_changes_the_steps(town: Town, as_: Enter) -> None:
    """What people say that the models got wrong counts: a wrong signal brings no step, a missed one does."""
    number = town.say("Omniva", "wrong", [Said("Omniva auto põles!", "et", ((Signal.NO_ANSWER, "auto"),))], risk=40.0)
    seq = re.search(r"/posts/(\d+)/correct", as_("emma").get(f"/incidents/{number}").text)
    assert seq is not None
    as_("emma").form(f"/posts/{seq[1]}/correct", version="1", said="no_answer=no")
    assert defaults()["plain-anger"].titles["en"] in card(as_("emma"), number)
    as_("emma").form(f"/posts/{seq[1]}/correct", version="1", signal="safety_issue")
    assert defaults()["danger"].titles["en"] in card(as_("emma"), number)


def test_a_customer_of_another_language_gets_english_words(town: Town, as_: Enter) -> None:
    """Where the playbook has no words in the customer's language that is said, and English ones are shown."""
    number = town.say("Omniva", "german", [Said("Omniva ist furchtbar", "de")], risk=40.0)
    shown = card(as_("emma"), number)
    assert "there are none in German" in shown
    assert '<blockquote class="words" lang="en">' in shown


def test_a_hostile_name_is_only_a_name(town: Town, as_: Enter) -> None:
    """Markup and places in the name of an agent are text on the card and in what is copied."""
    with town.ledger.write() as tx:
        evil = Person("emma", "<script>alert(1)</script>{time}", Role.SUPPORT, "en", "Europe/Tallinn")
        people.save(tx, evil, "kuula", NOON)
    page = as_("emma").get("/incidents/1").text
    assert "<script>alert" not in page
    assert "Mina olen &lt;script&gt;alert(1)&lt;/script&gt;{time}." in page


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The team's own playbook, as it was copied."""
    copy_defaults(tmp_path / "playbook")
    return tmp_path / "playbook"


@pytest.fixture
def theirs(tmp_path: Path, folder: Path, clock: Clock, hashed: str) -> Town:
    """A town with a playbook of its own."""
    town = settle(tmp_path, clock, hashed)
    known = Settings.model_validate({**settings().model_dump(), "playbook": {"folder": str(folder)}})
    town.app = create_app(
        ledger=town.ledger, index=town.index, settings=known, now=clock, secret_key="a secret for tests only"
    )
    return town


def save(folder: Path, name: str, text: str, at: int) -> None:
    """Save a file as an editor does."""
    path = folder / f"{name}.md"
    path.write_text(text, "utf-8")
    os.utime(path, (at, at))


def test_the_page_lists_all_and_previews_each_language(theirs: Town) -> None:
    """Every case is listed in the reader's language, and read as agents do in each."""
    sirje = enter(theirs, "sirje")
    listed = unescape(sirje.get("/playbook").text)
    assert all(play.titles["et"] in listed for play in defaults().values())
    for code in ("et", "ru", "fi", "en"):
        shown = unescape(sirje.get(f"/playbook/leaving?language={code}").text)
        for step in defaults()["leaving"].steps:
            assert step.texts[code] in shown
            assert all(words.split("{")[0] in shown for words in step.words.values())
    assert sirje.get("/playbook/nobody").status_code == 404
    assert sirje.get("/playbook/..%2Fx").status_code in {400, 404}
    assert enter(theirs, None).get("/playbook").status_code == 303


def test_an_edit_is_shown_with_what_changed(theirs: Town, folder: Path, clock: Clock) -> None:
    """The page has each version with the lines that came and went; hostile text in a file stays text."""
    emma = enter(theirs, "emma")
    emma.get("/playbook")
    for at, said in ((1, "Maksa."), (2, "Maksa kohe <script>alert(1)</script>.")):
        clock.forward(minutes=5)
        save(folder, "refund-demanded", MINE.format(title="Raha", said=said, words="Вот"), at)
        emma.get("/playbook")
    page = emma.get("/playbook/refund-demanded").text
    assert "<del>- - et: Maksa.</del>" in page
    assert "<ins>+ - et: Maksa kohe &lt;script&gt;alert(1)&lt;/script&gt;.</ins>" in page
    assert "<script>alert" not in page
    assert page.count("<summary>") >= 3
    assert "Some languages are missing" in page


def test_a_broken_file_is_told_of_and_the_last_good_one_stays(theirs: Town, folder: Path, clock: Clock) -> None:
    """Agents keep their words, and both pages say what is wrong at which line."""
    emma = enter(theirs, "emma")
    save(folder, "refund-demanded", MINE.format(title="Raha", said="Maksa.", words="Вот"), 1)
    emma.get("/playbook")
    clock.forward(minutes=5)
    save(folder, "refund-demanded", MINE.replace("refund_demand", "refund <b>"), 2)
    listed = unescape(emma.get("/playbook").text)
    assert "refund-demanded.md:2: `refund <b>` is no signal." in listed
    assert "refund <b>" not in emma.get("/playbook").text
    shown = emma.get("/playbook/refund-demanded").text
    assert "The file is not in order" in shown
    assert "Maksa." in shown


@pytest.mark.timeout(60)
def test_a_folder_full_of_what_is_no_file_has_its_page(theirs: Town, folder: Path) -> None:
    """Pipes, devices, broken links, folders and huge files are listed by name, and all of ours can be read."""
    for name, (make, _) in ODD.items():
        make(folder / f"odd-{name}.md")
    (folder / os.fsdecode(b"odd\xff.md")).write_text("---", "utf-8")
    emma = enter(theirs, "emma")
    listed = unescape(emma.get("/playbook").text)
    assert all(f"odd-{name}.md: " in listed for name in ODD)
    assert "odd\ufffd.md: " in listed
    assert emma.get("/playbook/leaving").status_code == 200


def test_a_tick_keeps_the_text_that_was_ticked(theirs: Town, folder: Path, clock: Clock) -> None:
    """When the file is edited later, the card still says what was done then."""
    save(folder, "refund-demanded", MINE.format(title="Raha", said="Maksa.", words="Вот"), 1)
    sirje = enter(theirs, "sirje")
    said = Said("Omniva: raha tagasi!", "ru", ((Signal.REFUND_DEMAND, "raha"),))
    number = theirs.say("Omniva", "money", [said], risk=40.0)
    assert "Вот" in card(sirje, number)
    sirje.form(f"/incidents/{number}/tick", **next_step(sirje, number))
    clock.forward(minutes=5)
    save(folder, "refund-demanded", MINE.format(title="Raha", said="Uus.", words="x").replace("### Pay", "### New"), 2)
    shown = card(sirje, number)
    assert "Maksa." in shown.split("Tehtud sammud")[1]
    assert "Uus." in shown.split("Tehtud sammud")[0]
