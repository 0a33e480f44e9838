"""Channels on the pages: how each does, a test message, and how long messages are gathered for somebody."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fakes.town import Browser, Town
from sqlalchemy import select

from monitors.ledger import bundles, channel_states, outbox
from monitors.ledger.schema import outbox as table
from monitors.settings import ChannelConfig

Enter = Callable[[str | None], Browser]


@pytest.fixture
def wired(town: Town) -> Town:
    """Three channels: one that works, one that is silent, and one that was never used."""
    office = town.app.state.office
    channels = {name: ChannelConfig(kind="log") for name in ("mail", "chat", "pager")}
    settings = office.settings.model_copy(update={"channels": channels})
    object.__setattr__(office, "settings", settings)
    with town.ledger.write() as tx:
        channel_states.confirmed(tx, "mail", town.clock())
        channel_states.failed(tx, "chat", "error=403 <b>", town.clock() - timedelta(hours=1), refused=True)
    return town


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("sirje", ("Kanalid", "ei toimeta kohale", "töötab", "midagi pole veel saadetud")),
        ("olga", ("Каналы", "не доставляет", "работает", "ещё ничего не отправлялось")),
        ("matti", ("Kanavat", "ei toimita viestejä", "toimii", "mitään ei ole vielä lähetetty")),
        ("emma", ("Channels", "does not deliver", "works", "nothing was sent yet")),
    ],
)
def test_page_says_how_each_channel_does(who: str, said: tuple[str, ...], wired: Town, as_: Enter) -> None:
    """In words, in the reader's language; what went wrong is there and is no markup."""
    shown = as_(who).get("/sources").text
    assert all(words in shown for words in said)
    assert "error=403 &lt;b&gt;" in shown


def test_an_admin_sends_a_test_message(wired: Town, as_: Enter) -> None:
    """One press is one message to the admin by that channel at once, it is in the log, and the page says so."""
    anna = as_("anna")
    answer = anna.form("/sources/channels/pager/test")
    assert answer.headers["location"] == "/sources"
    assert "pager" in anna.get("/sources").text
    with wired.ledger.read() as tx:
        rows = tx.execute(select(table).where(table.c.kind == "test")).all()
    assert [(row.person, row.channel, row.state) for row in rows] == [("anna", "pager", outbox.QUEUED)]
    assert "/sources/channels/pager/test" in anna.get("/sources").text
    assert "channel_tested" not in anna.get("/audit").text, "the log has words for it"


@pytest.mark.parametrize("who", ["emma", "vello"])
def test_only_admins_send_test_messages(who: str, wired: Town, as_: Enter) -> None:
    """Others see no button and are refused; a channel that does not exist is not found."""
    person = as_(who)
    assert "/test" not in person.get("/sources").text
    assert person.form("/sources/channels/pager/test").status_code == 403
    assert as_("anna").form("/sources/channels/nosuch/test").status_code in {404, 409}
    with wired.ledger.read() as tx:
        assert not tx.execute(select(table).where(table.c.kind == "test")).all()


@pytest.mark.parametrize(("typed", "kept"), [("30", 30), ("0", 0), ("", None), ("720", 720)])
def test_people_choose_how_long_messages_are_gathered(typed: str, kept: int | None, town: Town, as_: Enter) -> None:
    """It is kept, shown again, and in the log in words; empty goes back to the settings."""
    emma = as_("emma")
    emma.form("/account/messages", minutes="45")
    assert emma.form("/account/messages", minutes=typed).headers["location"] == "/account"
    with town.ledger.read() as tx:
        assert bundles.own_minutes(tx, "emma") == kept
    shown = emma.get("/account").text
    assert f'value="{"" if kept is None else kept}"' in shown
    assert "chose how messages are gathered" in as_("anna").get("/audit?language=en").text or kept is not None


@pytest.mark.parametrize("typed", ["721", "-1", "many", "1e2", "5 5"])
def test_a_time_that_makes_no_sense_changes_nothing(typed: str, town: Town, as_: Enter) -> None:
    """Too long, negative or no number at all is refused."""
    assert as_("emma").form("/account/messages", minutes=typed).status_code in {400, 422}
    with town.ledger.read() as tx:
        assert bundles.own_minutes(tx, "emma") is None
