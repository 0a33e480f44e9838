"""What the pages say of a decision: alerted or not, and with which figures."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest
from fakes.town import NOON, Browser, Town

from dashboards import outcomes
from dashboards.speech import LANGUAGES, speech
from models.decision import Action, History, Policy, decide
from models.post import Author, Kind, Post
from models.scores import FoundSignal, Language, Scores, Sentiment, Signal
from models.virality import Forecast

Enter = Callable[[str | None], Browser]
HELD = {
    "sirje": "Ootel: postituses ähvardatakse kohtu, ametiasutuse või meediaga, aga mudelid ei pea seda kaebuseks. "
    "Palun vaata ise üle.",
    "olga": "Отложено, тревоги не было: автор грозит судом, надзорным органом или прессой, но модели не считают это "
    "жалобой. Посмотрите сами.",
}


@pytest.mark.parametrize("who", HELD)
def test_a_held_post_is_not_said_to_have_alerted(who: str, town: Town, as_: Enter) -> None:
    """The same reason alerts of a complaint and holds what is none; the page says which of the two it was."""
    with town.ledger.write() as tx:
        tx.exec_driver_sql("UPDATE decisions SET action = 'hold', reason = 'threat' WHERE post_seq = 1")
    person = as_(who)
    assert HELD[who] in person.get("/posts/1").text
    assert HELD[who] not in person.get("/posts/2").text


@pytest.mark.parametrize("code", LANGUAGES)
def test_only_an_alert_is_called_one(code: str) -> None:
    """Whatever is decided, in each language the words of an alert are said of alerts and of nothing else."""
    nothing = Forecast(None, None, None, {}, None, "none", 0)
    seen = set()
    for signal, kind, complaint in product(Signal, Kind, (True, False)):
        post = replace(Post("x", "1", None, "text", NOON, NOON, Author("a", "a")), kind=kind)
        for policy, history in product(
            (Policy(), Policy(alert_signals=tuple(Signal))), (History(), History(articles=1))
        ):
            made = decide(post, scores(signal, complaint=complaint), nothing, history, policy, NOON)
            told = outcomes.decided(speech(code), made.action.value, made.reason.value)
            alerts = told.startswith(("Häire", "Тревога", "Hälytys", "Alerted"))
            assert alerts == (made.action is Action.ALERT), told
            seen.add((made.action.value, made.reason.value))
    assert {("hold", reason) for reason in outcomes.HELD} <= seen


def scores(signal: Signal, *, complaint: bool) -> Scores:
    """A negative post with one signal."""
    return Scores(
        Language("en", 0.9),
        Sentiment.NEGATIVE,
        {Sentiment.NEGATIVE: 1.0},
        complaint,
        0.9 if complaint else 0.1,
        1,
        (),
        (),
        "by hand",
        (FoundSignal(signal, 0, 4),),
    )
