"""Answering in a real Chromium: a bad draft becomes a good one, a manager says yes, and Mastodon has it once."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fakes.mastodon import FakeMastodon, status
from fakes.town import PASSWORD, Town
from playwright.sync_api import Browser, Page, expect

from dashboards.app import furnish
from dashboards.office import ReplyDesk
from monitors.http import Http
from monitors.ledger import answers
from monitors.pipeline.replies import send_replies
from monitors.ports import replying_of
from monitors.reply_checker import BuiltinReplyChecker
from monitors.sources import mastodon
from monitors.testing.budgets import NoLimit
from tests.dashboards.test_browser import (
    DESKTOP,
    PHONE,
    assert_fits,
    clock,
    open_page,
    picture,
    sign_in,
    site,
)

__all__ = ["clock", "open_page", "picture", "site"]
pytestmark = pytest.mark.browser
BAD = "Teie pöördumine on registreeritud. Helistame teile varsti."
GOOD = (
    "Vabandan väga, et pakk eile tulemata jäi ja pidite rasedana vankrit ootama! "
    "Kuller on täna kell 17 teie ukse taga. Mari"
)


@pytest.fixture
def toots(town: Town) -> Iterator[tuple[FakeMastodon, Callable[[], Any]]]:
    """The town's posts are on a Mastodon server, which takes replies; and what sends them."""
    said = status("kus pakk on", datetime(2026, 3, 10, 9, 0, tzinfo=UTC), id="1", account={"acct": "mari"})
    with FakeMastodon(said, token="t") as fake:
        settings = mastodon.MastodonSettings.model_validate({"base_url": fake.url, "access_token": "t"})
        http = Http(settings, budget=NoLimit(), now=town.clock)
        source = mastodon.Source("town", settings, http)
        replying = replying_of(source)
        assert replying is not None
        furnish(town.app, ReplyDesk(BuiltinReplyChecker(), {"town": replying}))
        town.app.state.office.replies.checker.warm()
        yield fake, lambda: send_replies(town.ledger, lambda _name: source, town.clock)


def _box(page: Page) -> Any:
    return page.locator("#reply textarea[name=text]")


def test_answer_from_draft_to_mastodon(
    town: Town,
    toots: tuple[FakeMastodon, Callable[[], Any]],
    open_page: Callable[..., Page],
    picture: Callable[[Page, str], None],
) -> None:
    """In Estonian on a phone: marked while typing, kept over a reload, mended, approved by a manager, sent once."""
    fake, send = toots
    page = open_page(PHONE, "et")
    sign_in(page, "sirje")
    page.goto("/incidents/1")
    _box(page).press_sequentially(BAD, delay=2)
    expect(page.locator(".remark").first).to_be_visible()
    expect(page.get_by_text("Vabandus puudub")).to_be_visible()
    expect(page.locator(".behind mark").first).to_have_text(re.compile(r"\w"))
    assert_fits(page)
    picture(page, "reply-phone-et")
    page.reload()
    expect(_box(page)).to_have_value(BAD)
    remark = page.locator(".remark", has_text="Vabandus puudub")
    remark.get_by_role("button").click()
    expect(page.get_by_text("Vabandus puudub")).to_be_hidden()
    assert len(_box(page).input_value()) > len(BAD)
    _box(page).fill(GOOD)
    expect(page.get_by_text("Midagi pole parandada.")).to_be_visible()
    page.locator("#reply [name=manager]").select_option("anna")
    page.locator("#reply button[value=ask]").click()
    expect(page.locator("#under-way .chip.asked")).to_be_visible()
    expect(_box(page)).to_have_value("")
    manager = open_page(DESKTOP)
    sign_in(manager, "anna")
    manager.goto("/incidents/1#under-way")
    manager.locator("#under-way [name=note]").fill("Good.")
    picture(manager, "reply-approve-desktop")
    manager.locator("#under-way button.primary").click()
    expect(manager.locator("#under-way .chip.approved")).to_be_visible()
    assert send().tried == 0
    page.reload()
    page.locator("#under-way button.primary").click()
    expect(page.locator("#under-way .chip.sending")).to_be_visible()
    assert send().sent == 1
    assert send().tried == 0
    assert [one["in_reply_to_id"] for one in fake.replies.values()] == ["1"]
    page.reload()
    expect(page.locator("#under-way")).to_have_count(0)
    expect(page.locator("#told", has_text="Kuller on täna")).to_be_visible()
    with town.ledger.read() as tx:
        assert [row.state for row in answers.told(tx, 1)] == ["sent"]


def test_two_agents_write_and_one_answers(
    toots: tuple[FakeMastodon, Callable[[], Any]], open_page: Callable[..., Page]
) -> None:
    """Both have the page open; the second reads that the first was faster, and still has every word of hers."""
    first, second = open_page(DESKTOP, "et"), open_page(DESKTOP, "ru")
    sign_in(first, "sirje")
    sign_in(second, "olga")
    for page, text in ((first, GOOD), (second, f"{GOOD} Olga")):
        page.goto("/incidents/1")
        _box(page).fill(text)
        expect(page.locator(".findings").first).to_be_visible()
    for page in (first, second):
        page.locator("#reply button[value=ask]").click()
    expect(first.locator("#under-way .chip.asked")).to_be_visible()
    expect(second.locator("#reply .problem")).to_contain_text("Sirje")
    expect(_box(second)).to_have_value(f"{GOOD} Olga")


def test_pasted_draft_on_the_page_of_its_own(
    toots: tuple[FakeMastodon, Callable[[], Any]],
    open_page: Callable[..., Page],
    picture: Callable[[Page, str], None],
) -> None:
    """In Russian, on a phone, by keyboard: what was pasted is read at once, and hostile text is text."""
    page = open_page(PHONE, "ru")
    sign_in(page, "olga")
    page.goto("/check")
    page.locator("[name=complaint]").fill("Omniva потеряла мою посылку!")
    page.locator("textarea[name=text]").fill("Вы сами виноваты, читайте условия. <script>alert(1)</script>")
    expect(page.get_by_text("Это перекладывает вину на клиента")).to_be_visible()
    assert_fits(page)
    picture(page, "check-phone-ru")
    assert page.evaluate("() => document.querySelectorAll('#main script').length") == 0


def test_answer_outlives_a_sign_out(town: Town, chromium: Browser, site: str) -> None:
    """Signed out in another tab, a sent answer is refused; after signing in it is in its box, until it is told."""
    context = chromium.new_context(viewport=PHONE, locale="et", base_url=site)
    page = context.new_page()
    page.goto("/")
    sign_in(page, "sirje")
    page.goto("/incidents/1")
    _box(page).fill(GOOD)
    other = context.new_page()
    other.goto("/account")
    other.locator("form[action$='/sign-out'] button").click()
    other.wait_for_url("**/sign-in")
    page.locator("#reply button[value=told]").click()
    expect(page.get_by_role("heading", name="Oled välja logitud.")).to_be_visible()
    page.get_by_role("link", name="Logi sisse").click()
    page.locator("[name=name]").fill("sirje")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button.primary").click()
    page.wait_for_url("**/incidents/1")
    expect(_box(page)).to_have_value(GOOD)
    page.locator("#reply button[value=told]").click()
    expect(page.locator("#told", has_text="Kuller on täna")).to_be_visible()
    expect(_box(page)).to_have_value("")
    page.reload()
    expect(_box(page)).to_have_value("")
    context.close()
