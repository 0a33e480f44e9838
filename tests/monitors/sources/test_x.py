"""What is X's own: search texts, money, edits, deletions, partial errors and the reach of search."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fakes.x import FakeX, id_at, tweet
from hypothesis import given
from hypothesis import strategies as st

from models.post import Author
from monitors.errors import RetryLater, SkipRecord, StopSource
from monitors.http import Http
from monitors.ports import Conversation, Page, Query, Window
from monitors.sources import x
from monitors.sources.x import wire
from monitors.testing.budgets import Counter, NoLimit
from monitors.testing.server import as_json

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
QUERY = Query("hansa", ("Hansa Kuller",), ("Hansa Kulleri maja",))
WINDOW = Window(NOW - timedelta(days=1), NOW)


@pytest.fixture
def fake() -> Iterator[FakeX]:
    """An X without posts."""
    with FakeX() as running:
        yield running


def source(fake: FakeX, *, budget: Any = None, **settings: Any) -> x.Source:
    """A source over that X."""
    values = x.XSettings.model_validate({"base_url": fake.url, "bearer_token": fake.token, "page_size": 10, **settings})
    budget = budget or NoLimit()
    return x.Source("x", values, Http(values, budget=budget, now=lambda: NOW, sleep=lambda _: None))


def texts(pages: list[Page]) -> list[str]:
    """The texts found."""
    return [post.text for page in pages for post in page.found]


def ids(pages: list[Page]) -> list[str]:
    """The ids found."""
    return [post.native_id for page in pages for post in page.found]


def test_excluded_words_and_reposts_are_left_out(fake: FakeX) -> None:
    """What means another brand is not even paid for."""
    fake.say("Hansa Kuller on hiljas", NOW - timedelta(minutes=5))
    fake.say("Hansa Kulleri maja ja Hansa Kuller", NOW - timedelta(minutes=4))
    assert texts(list(source(fake).collect(QUERY, None, WINDOW))) == ["Hansa Kuller on hiljas"]
    assert fake.asked[0].params["query"] == '"Hansa Kuller" -"Hansa Kulleri maja" -is:retweet'


names = st.lists(st.text(min_size=1, max_size=80).filter(lambda text: text.replace('"', " ").strip()), max_size=40)


@given(names)
def test_many_names_make_several_searches(forms: list[str]) -> None:
    """Each name is in exactly one search, no search is longer than X takes."""
    made = wire.searches(Query("b", forms, ("maja",)))
    assert all(len(text) <= wire.QUERY_LIMIT for text in made)
    assert all(text.endswith(' -"maja" -is:retweet') for text in made)
    assert sum(text.count('"') for text in made) == 2 * len(forms) + 2 * len(made)


@given(st.lists(st.text("0123456789²٣x", max_size=6000) | st.none()))
def test_only_ids_are_ids(ids: list[str | None]) -> None:
    """Whatever a server calls its newest id, what is kept as one has a time."""
    kept = wire.newest(ids)
    assert kept is None or wire.written(kept).year < 3000


def test_a_token_that_no_header_can_hold_is_for_a_person(fake: FakeX) -> None:
    """A letter that was pasted along stops the source with what to do, and is not shown."""
    with pytest.raises(StopSource) as caught:
        list(source(fake, bearer_token="tokän").collect(QUERY, None, WINDOW))
    assert "credentials" in caught.value.remedy
    assert "tokän" not in str(caught.value)


def test_a_search_too_long_is_for_a_person() -> None:
    """Too many excluded words stop the source before a call, with what to do."""
    with pytest.raises(StopSource) as caught:
        wire.searches(Query("b", ("Hansa",), tuple(f"excluded word {n}" for n in range(60))))
    assert "Exclude fewer" in caught.value.remedy


def test_money_is_asked_for_and_the_rest_given_back(fake: FakeX) -> None:
    """A page is asked for at its most; what it did not hold is not spent, nor a second time for the same author."""
    for minute, author in enumerate(("mari", "oleg", "mari")):
        fake.say("Hansa Kuller", NOW - timedelta(minutes=10 + minute), author=author)
    budget = Counter(99)
    list(source(fake, budget=budget).collect(QUERY, None, WINDOW))
    assert budget.cost == pytest.approx(3 * 0.005 + 2 * 0.010)
    with pytest.raises(RetryLater, match="budget"):
        list(source(fake, budget=Counter(99, money=0.1)).collect(QUERY, None, WINDOW))
    assert len(fake.asked) == 1


def test_what_was_paid_today_costs_a_call_and_no_money(fake: FakeX) -> None:
    """Of posts that are read again, those paid for are free with their authors, and nothing is asked for them."""
    authors = ("mari", "oleg", "mari", "juha")
    said = [fake.say("Hansa Kuller", NOW - timedelta(minutes=n), author=who) for n, who in enumerate(authors)]
    for paid, cost in ((said, 0.0), (said[:2], 2 * 0.005 + 0.010), (said[3:], 3 * 0.005 + 2 * 0.010), ((), 0.050)):
        budget = Counter(1, money=(4 - len(paid)) * 0.015)
        spent = Counter(1)
        assert len(source(fake, budget=budget).refresh(said, paid).found) == 4
        source(fake, budget=spent).refresh(said, paid)
        assert (spent.asked, spent.cost) == (1, pytest.approx(cost))


def test_a_new_version_of_a_paid_post_is_charged(fake: FakeX) -> None:
    """Each version has an id and a price of its own, and the newest was not read yet."""
    first = fake.say("Hansa Kuller hilines", NOW - timedelta(minutes=30))
    fake.edit(first, "Hansa Kuller hilines, aga vabandas", NOW - timedelta(minutes=20))
    spent = Counter(9)
    source(fake, budget=spent).refresh([first], [first])
    assert spent.cost == pytest.approx(0.015)


def test_an_edit_keeps_its_identity(fake: FakeX) -> None:
    """Every version has an id of its own; the first is the post's, and a refresh finds the newest text by it."""
    first = fake.say("Hansa Kuller hilines", NOW - timedelta(minutes=30))
    ours = source(fake)
    (before,) = (post for page in ours.collect(QUERY, None, WINDOW) for post in page.found)
    fake.edit(first, "Hansa Kuller hilines, aga vabandas", NOW - timedelta(minutes=20))
    (after,) = ours.refresh([first]).found
    assert before.native_id == after.native_id == first
    assert (after.text, after.edited_at) == ("Hansa Kuller hilines, aga vabandas", NOW - timedelta(minutes=20))
    assert after.created_at == before.created_at


def test_deleted_and_hidden_posts_are_gone(fake: FakeX) -> None:
    """A lookup tells the two apart, and both from what is still there."""
    said = [fake.say("Hansa Kuller", NOW - timedelta(minutes=n)) for n in (1, 2, 3)]
    fake.delete(said[0])
    fake.hide(said[1])
    page = source(fake).refresh(said)
    assert {gone.native_id: gone.reason for gone in page.gone} == {said[0]: "deleted", said[1]: "not_public"}
    assert [post.native_id for post in page.found] == [said[2]]


def test_lookups_go_by_the_hundred(fake: FakeX) -> None:
    """250 ids are three calls."""
    many = [id_at(NOW - timedelta(hours=2), n) for n in range(250)]
    assert len(source(fake).refresh(many).gone) == 250
    assert len(fake.asked) == 3


def test_an_unknown_problem_is_no_deletion(fake: FakeX) -> None:
    """Text is only forgotten for a reason that is known: anything else is counted."""
    problem = {"parameter": "ids", "resource_id": "5", "type": "https://api.x.com/2/problems/of-tomorrow"}
    fake.routes.insert(0, (re.compile("/2/tweets"), lambda _, __: as_json({"errors": [problem, "odd", None]})))
    page = source(fake).refresh(["5"])
    assert (page.gone, [one.reason for one in page.skipped]) == ((), ["not_answered"])


@pytest.mark.parametrize("body", [{}, {"errors": [{"title": "Overloaded"}]}, [], "no", {"data": []}, {"meta": None}])
def test_an_error_inside_200_is_no_empty_page(fake: FakeX, body: Any) -> None:
    """No answer is taken for "no posts" unless it counts them."""
    fake.routes.insert(0, (re.compile("/2/tweets/search/recent"), lambda _, __: as_json(body)))
    with pytest.raises(RetryLater):
        list(source(fake).collect(QUERY, None, WINDOW))


def test_no_hits_is_an_empty_page(fake: FakeX) -> None:
    """An answer with a count and no data key is a page, and keeps the floor."""
    floor = id_at(NOW - timedelta(hours=1))
    state = {"version": 1, "places": {wire.searches(QUERY)[0]: {"floor": floor}}}
    (page,) = source(fake).collect(QUERY, state, WINDOW)
    assert (page.found, page.skipped) == ([], ())
    assert page.state == state


def test_a_floor_beyond_reach_becomes_a_time(fake: FakeX) -> None:
    """X refuses an id that is older than seven days: after a long silence the sweep starts at the reach."""
    state = {"places": {wire.searches(QUERY)[0]: {"floor": id_at(NOW - timedelta(days=30))}}}
    fake.say("Hansa Kuller", NOW - timedelta(days=6))
    assert len(texts(list(source(fake).collect(QUERY, state, WINDOW)))) == 1
    assert "since_id" not in fake.asked[0].params
    assert fake.asked[0].params["start_time"] == "2026-02-23T12:01:00Z"


def test_a_forgotten_token_starts_the_sweep_again(fake: FakeX) -> None:
    """A token that X no longer takes costs a sweep, not a post and not the source."""
    fake.add_posts(*(tweet("Hansa Kuller", NOW - timedelta(minutes=n), number=n) for n in range(2, 20)))
    ours = source(fake)
    first = next(iter(ours.collect(QUERY, None, WINDOW)))

    def refuse_once(_: Any, __: Any) -> Any:
        fake.routes.pop(0)
        return as_json({"title": "Invalid Request"}, status=400)

    fake.routes.insert(0, (re.compile("/2/tweets/search/recent"), refuse_once))
    assert len(set(ids(list(ours.collect(QUERY, first.state, WINDOW))))) == 18


def test_a_window_that_is_closed_asks_for_nothing(fake: FakeX) -> None:
    """A backfill that ends before the reach of search makes no call."""
    past = Window(NOW - timedelta(days=30), NOW - timedelta(days=20))
    assert list(source(fake).collect(QUERY, None, past)) == []
    assert fake.asked == []


@pytest.mark.parametrize("tag", ["und", "in", "et", None, "zxx"])
def test_language_tags_are_made_clean(tag: str | None) -> None:
    """X's own tags become BCP 47 or nothing."""
    item = {"id": "1", "text": "a", "created_at": "2026-03-02T10:00:00Z", "lang": tag}
    assert wire.post_of(item, "x", NOW).lang_hint == {"in": "id", "et": "et"}.get(str(tag))


def test_a_repost_is_skipped() -> None:
    """A repost that search lets through is not a second complaint."""
    item = {"id": "1", "text": "RT", "referenced_tweets": [{"type": "retweeted", "id": "2"}]}
    with pytest.raises(SkipRecord, match="repost"):
        wire.post_of(item, "x", NOW)


def test_a_quote_names_what_it_quotes() -> None:
    """A reply's parent is what it answers to, a quote's what it passes on; a reply that quotes is a reply."""
    quoted, replied = ({"type": kind, "id": number} for kind, number in (("quoted", "7"), ("replied_to", "8")))
    for references, parent in (([quoted], "7"), ([quoted, replied], "8"), ([], None)):
        item = {**tweet("Hansa", NOW), "referenced_tweets": references}
        assert wire.post_of(item, "x", NOW).parent_id == parent


def talk_on(fake: FakeX, *accounts: str, author: Author | None = None) -> Conversation:
    """Mari's complaint of ten minutes ago, as it was collected."""
    first = fake.say("Hansa Kuller on hiljas", NOW - timedelta(minutes=10))
    (post,) = source(fake).refresh([first]).found
    post = replace(post, author=author or post.author)
    return Conversation(post, accounts, NOW - timedelta(minutes=11))


def test_a_conversation_is_searched_for_by_thread_and_people(fake: FakeX) -> None:
    """No search by name finds our answer nor what is said to it; the search of the thread brings these two alone."""
    talk = talk_on(fake, "@Hansa_Abi")
    first = talk.post.native_id
    answer = fake.reply(first, "Uurime kohe", NOW - timedelta(minutes=9), author="Hansa_Abi")
    again = fake.reply(answer, "Ikka ei ole", NOW - timedelta(minutes=8))
    fake.reply(first, "Minul ka", NOW - timedelta(minutes=8), author="peeter")
    elsewhere = fake.say("Uus hinnakiri", NOW - timedelta(minutes=7), author="Hansa_Abi")
    fake.reply(elsewhere, "Kallis", NOW - timedelta(minutes=6))
    assert ids(list(source(fake).collect(QUERY, None, WINDOW))) == [first]
    assert ids([source(fake).follow(talk)]) == [again, answer]
    who = talk.post.author.native_id
    query = f"conversation_id:{first} (from:{who} OR from:hansa_abi) (to:{who} OR to:hansa_abi)"
    assert fake.asked[-1].params["query"] == query


def test_a_long_conversation_is_read_page_by_page(fake: FakeX) -> None:
    """A page is paid for in advance, so it is small: 45 posts are three of them, and what is not used is given back."""
    talk = talk_on(fake)
    last = talk.post.native_id
    for number in range(45):
        last = fake.reply(last, f"ja veel {number}", NOW - timedelta(minutes=9, seconds=-number))
    budget = Counter(100)
    asked = len(fake.asked)
    assert len(source(fake, budget=budget, page_size=100).follow(talk).found) == 45
    assert len(fake.asked) - asked == 3
    assert budget.cost == pytest.approx(45 * 0.005 + 3 * 0.010)


def test_more_accounts_than_a_search_takes(fake: FakeX) -> None:
    """The customer and the first of our accounts are searched for; accounts of other networks are left out."""
    talk = talk_on(fake, "abi@toots.example", "https://toots.example/@abi", *(f"account_number_{n}" for n in range(40)))
    text = wire.conversation(talk)
    assert text is not None
    assert wire.QUERY_LIMIT - 50 < len(text) <= wire.QUERY_LIMIT
    assert f"from:{talk.post.author.native_id} OR from:account_number_0 " in text
    assert "toots" not in text


def test_where_nobody_is_known_nothing_is_asked(fake: FakeX) -> None:
    """Without an account of ours and with an author whom X did not name there is no search to make."""
    talk = talk_on(fake, author=Author("unknown"))
    asked = len(fake.asked)
    assert source(fake).follow(talk) == Page()
    assert len(fake.asked) == asked
