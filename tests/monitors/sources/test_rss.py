"""What is a feed's own: validators, entries seen before, articles, feeds that are none, dates that cannot be."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fakes.feeds import FakeNews

from models.post import Kind
from monitors.errors import RetryLater
from monitors.http import Http
from monitors.markup import LONGEST_PAGE
from monitors.ports import Json, Page, Query, Window
from monitors.sources import rss
from monitors.testing.budgets import NoLimit
from monitors.testing.server import Answer, Asked, Fault

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=7)


@pytest.fixture
def site() -> Iterator[FakeNews]:
    """A news site without news."""
    with FakeNews() as running:
        yield running


def source(site: FakeNews, *feeds: str, **settings: Any) -> rss.Source:
    """A source over that site's feeds."""
    given = {"base_url": site.url, "feeds": feeds or ("/feed.xml",), "allow_private": True, **settings}
    values = rss.RssSettings.model_validate(given)
    http = Http(values, budget=NoLimit(), now=lambda: NOW, sleep=lambda _: None)
    return rss.Source("news", values, http)


def read(source: rss.Source, state: Json | None = None) -> tuple[list[Any], Json | None, list[str]]:
    """The posts, the last state and the reasons of skips of one reading."""
    pages: list[Page] = list(source.collect(Query(), state, Window(SINCE, NOW)))
    reasons = [skip.reason for page in pages for skip in page.skipped]
    return [post for page in pages for post in page.found], pages[-1].state if pages else state, reasons


def feed(site: FakeNews, body: bytes, path: str = "/odd.xml") -> str:
    """Serve ``body`` as a feed."""
    site.add(path, lambda _, __: Answer(body, 200, {"content-type": "application/xml", "etag": '"1"'}))
    return path


def test_an_article_is_read_without_its_page(site: FakeNews) -> None:
    """Title and article, not the menu and not the footer around it."""
    story = "Hansa Kuller jättis sajad pakid lattu.\nFirma juht palus klientidelt vabandust ja lubas raha tagasi. " * 3
    site.publish("pakid", "Pakid ladus", NOW - timedelta(hours=1), body=story)
    (post,), _, reasons = read(source(site))
    assert post.text.startswith("Pakid ladus\nHansa Kuller jättis sajad pakid lattu.")
    assert "Home Sport" not in post.text
    assert "All rights" not in post.text
    assert (post.kind, post.author.name, post.lang_hint, reasons) == (Kind.ARTICLE, "Pealinna Leht", "et", [])


def test_an_article_that_cannot_be_read_leaves_its_summary(site: FakeNews) -> None:
    """A page that is gone costs its text, counted, and not the entry."""
    site.publish("pakid", "Pakid ladus", NOW - timedelta(hours=1))
    del site.articles["pakid"]
    (post,), _, reasons = read(source(site))
    assert (post.text, reasons) == ("Pakid ladus\nLühidalt: Pakid ladus", ["article_unread"])


def test_of_an_endless_page_the_beginning_is_read(site: FakeNews) -> None:
    """Anybody may write a page to which a feed leads: tags by the megabyte would take our reader minutes."""
    story = "Hansa Kuller jättis sajad pakid lattu. Firma juht palus vabandust ja lubas raha tagasi. " * 3
    site.publish("pakid", "Pakid ladus", NOW - timedelta(hours=1), body=story)
    tags = "<span></span>" * (LONGEST_PAGE // 13 + 1)
    page = f"<html><body><article><p>{story}</p><p>Esimene lõik.</p>{tags}<p>Viimane lõik.</p></article></body></html>"
    site.routes.insert(
        0, (re.compile("/pakid"), lambda _, __: Answer(page.encode(), 200, {"content-type": "text/html"}))
    )
    (post,), _, reasons = read(source(site))
    assert reasons == []
    assert "Esimene lõik." in post.text
    assert "Viimane lõik." not in post.text


def test_an_article_in_a_private_network_is_not_called(site: FakeNews) -> None:
    """A feed cannot make us read what only this machine can reach."""
    site.publish("pakid", "Pakid ladus", NOW - timedelta(hours=1), body="saladus " * 50)
    (post,), _, reasons = read(source(site, allow_private=False))
    assert "saladus" not in post.text
    assert reasons == ["article_unread"]
    assert [asked.path for asked in site.asked] == ["/feed.xml"]


def test_what_did_not_change_is_not_sent_again(site: FakeNews) -> None:
    """The second reading sends the validators, gets 304, and brings nothing; a new entry comes alone."""
    site.publish("a", "Esimene", NOW - timedelta(hours=2))
    ours = source(site, fetch_articles=False)
    _, state, _ = read(ours)
    assert read(ours, state) == ([], state, [])
    assert site.asked[-1].headers["if-none-match"]
    site.publish("b", "Teine", NOW - timedelta(hours=1))
    found, _, _ = read(ours, state)
    assert [post.text.partition("\n")[0] for post in found] == ["Teine"]


def test_a_changed_entry_comes_again_as_itself(site: FakeNews) -> None:
    """A headline that was softened is an edit: the same identity, the new text."""
    key = site.publish("a", "Pakid kadusid", NOW - timedelta(hours=2))
    ours = source(site, fetch_articles=False)
    _, state, _ = read(ours)
    site.entries[0] = site.entries[0].replace("Pakid kadusid", "Pakid viibisid")
    (post,), _, _ = read(ours, state)
    assert (post.native_id, post.text.partition("\n")[0]) == (key, "Pakid viibisid")


def test_old_entries_are_left_at_the_first_reading_only(site: FakeNews) -> None:
    """A feed may reach back years; what appears in it later is new whatever its date says."""
    site.publish("vana", "Vana", NOW - timedelta(days=400))
    site.publish("uus", "Uus", NOW - timedelta(hours=1))
    ours = source(site, fetch_articles=False)
    found, state, _ = read(ours)
    assert [post.text.partition("\n")[0] for post in found] == ["Uus"]
    site.publish("hiline", "Hiline", NOW - timedelta(days=300))
    found, _, _ = read(ours, state)
    assert [post.text.partition("\n")[0] for post in found] == ["Hiline"]


def test_what_was_seen_is_bounded(site: FakeNews) -> None:
    """A feed that brings new entries for ever does not make the state grow for ever."""
    ours = source(site, fetch_articles=False, page_size=600)
    state: Json | None = None
    for number in range(1800):
        site.publish(f"lugu-{number}", "Lugu", NOW - timedelta(hours=1))
        if number % 600 == 599:
            _, state, _ = read(ours, state)
            site.entries.clear()
    (known,) = state["feeds"].values()  # type: ignore[index]
    assert len(known["seen"]) == rss.REMEMBERED + 600


def test_a_page_instead_of_a_feed_is_an_error(site: FakeNews) -> None:
    """HTML with status 200 is not "no news": the message says what to check."""
    site.fail(Fault.HTML)
    with pytest.raises(RetryLater, match="no feed, such as a web page: check the address"):
        read(source(site))


def test_a_feed_cut_in_the_middle_loses_nothing(site: FakeNews) -> None:
    """Whole entries come, the half one does not, and the next reading is not told "not changed"."""
    ids = {site.publish(f"lugu-{n}", f"Lugu {n}", NOW - timedelta(hours=n)) for n in range(1, 9)}
    ours = source(site, fetch_articles=False)
    site.fail(Fault.CUT_BODY)
    before, state, reasons = read(ours)
    site.fail(None)
    after, _, _ = read(ours, state)
    assert "feed_broken" in reasons
    assert {post.native_id for post in before} < ids
    assert {post.native_id for post in after} == ids


def test_a_feed_in_another_encoding_is_read(site: FakeNews) -> None:
    """The declaration is believed, and Cyrillic comes out right."""
    body = (
        "<?xml version='1.0' encoding='windows-1251'?><rss version='2.0'><channel><title>Л</title>"
        "<item><guid>1</guid><title>Посылка пропала</title></item></channel></rss>"
    )
    (post,), _, reasons = read(source(site, feed(site, body.encode("cp1251")), fetch_articles=False))
    assert (post.text, reasons) == ("Посылка пропала", [])


def test_impossible_dates_are_the_time_of_reading(site: FakeNews) -> None:
    """The 45th of Foo does not cost the entry."""
    site.publish("a", "Kuupäevata", "Wed, 45 Foo 2026 99:99:99 +0200")
    site.publish("b", "Puudub", None)
    found, _, reasons = read(source(site, fetch_articles=False))
    assert [post.created_at for post in found] == [NOW, NOW]
    assert reasons == []


def test_a_feed_that_fails_does_not_stop_the_others(site: FakeNews) -> None:
    """One address that is gone is a counted skip beside the news of the other; its place is kept."""
    site.publish("a", "Uudis", NOW - timedelta(hours=1))
    found, _, reasons = read(source(site, "/feed.xml", "/lost/feed.xml", fetch_articles=False))
    assert (len(found), reasons) == (1, ["feed_failed"])


def test_an_entry_without_identity_is_counted(site: FakeNews) -> None:
    """No id, no link and no title: nothing to know it by."""
    body = (
        b"<rss version='2.0'><channel><item><description>tekst</description></item>"
        b"<item><title>hea</title></item></channel></rss>"
    )
    found, _, reasons = read(source(site, feed(site, body)))
    assert ([post.text for post in found], reasons) == (["hea"], ["no_id"])


def test_credentials_stay_with_their_feed(site: FakeNews) -> None:
    """The authorization goes to paths below the base address, not to whole addresses, and not to articles."""
    site.publish("a", "Uudis", NOW - timedelta(hours=1), body="x")
    with FakeNews() as other:
        read(source(site, "/feed.xml", f"{other.url}/feed.xml", authorization="Basic c2VjcmV0"))
        sent = {asked.path: "authorization" in asked.headers for asked in [*other.asked, *site.asked]}
        assert [("authorization" in asked.headers) for asked in other.asked] == [False]
    assert sent == {"/feed.xml": True, "/a": False}


def test_ten_megabytes_in_one_entry_cost_only_that_entry(site: FakeNews) -> None:
    """A monstrous entry is skipped with its reason, the one beside it is kept."""
    site.publish("a", "Väike", NOW - timedelta(hours=1))
    site.publish("b", "x" * 10_000_000, NOW - timedelta(hours=1))
    found, _, reasons = read(source(site, fetch_articles=False))
    assert ([post.text.partition("\n")[0] for post in found], reasons) == (["Väike"], ["too_long"])


def test_the_feed_may_move_for_a_while(site: FakeNews) -> None:
    """A redirect within the site is followed."""
    site.publish("a", "Uudis", NOW - timedelta(hours=1))

    def moved(_: Asked, __: object) -> Answer:
        return Answer(b"", 302, {"location": "/feed.xml"})

    site.add("/old.xml", moved)
    found, _, _ = read(source(site, "/old.xml", fetch_articles=False))
    assert len(found) == 1
