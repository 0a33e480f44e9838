"""What the pages say of a decision: alerted or not, and with which figures."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest
from fakes.town import NOON, Browser, Said, Town

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


@pytest.mark.parametrize(
    ("code", "counted", "told", "times"),
    [
        ("et", 513, "Reaktsioone on juba 513.", "155× tavapärasest rohkem"),
        ("ru", 513, "Реакций уже 513.", "в 155 раз больше обычного"),
        ("fi", 513, "Reaktioita on jo 513.", "155× tavalliseen verrattuna"),
        ("en", 513, "It already has 513 interactions.", "155 times what is usual"),
        ("et", None, "Reaktsioone on juba vähemalt 100.", "155× tavapärasest rohkem"),
    ],
)
def test_what_has_happened_has_no_chance(code: str, counted: int | None, told: str, times: str) -> None:
    """Once the counts are past the limit they are told, also beside older decisions without them, and no 100 %."""
    say, found = speech(code), {"spread_to": 100, "spread_probability": 1.0, "usual_multiple": 155.2}
    if counted:
        found["interactions"] = counted
    assert outcomes.why(say, "spreading", found).endswith(f" {told}")
    assert [f"{value} {label}" for label, value in outcomes.figures(say, found)] == [times]


def test_newest_counts_are_told_on_the_page(town: Town, as_: Enter) -> None:
    """A post that went past the limit after its alert is said to have, with the chance of then among the figures."""
    number = town.say("Omniva", "wide", [Said("Omniva!", likes=(30, 200, 600))], risk=70.0)
    page = as_("sirje").get(f"/incidents/{number}").text
    assert "Reaktsioone on juba 800." in page
    assert "Tõenäosus jõuda" not in page


@pytest.mark.parametrize(("multiple", "shown"), [(1.4, False), (1.6, True), (200.0, True), (201.0, False)])
def test_a_multiple_of_nothing_is_not_shown(multiple: float, shown: bool) -> None:
    """Neither what is usual nor what is hundreds of times next to nothing."""
    assert bool(outcomes.figures(speech("ru"), {"usual_multiple": multiple})) is shown
