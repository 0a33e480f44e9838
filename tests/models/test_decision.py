"""Alert, hold or drop."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.decision import Action, Decision, History, Policy, Reason, Verdict, decide
from models.pickup import By
from models.post import Author, Kind, Post
from models.scores import FoundSignal, Language, Scores, Sentiment, Signal, missing_scores
from models.virality import Forecast

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLICY = Policy()
POST = Post("x", "1", "https://x.example/1", "text", NOW, NOW, Author("a1", "kadri"))
ARTICLE = replace(POST, kind=Kind.ARTICLE)
QUIET = Forecast(0.5, 0.0, 3.0, {100: 0.01}, 1.0, "followers", 0)
VIRAL = Forecast(400, 60, 3000, {100: 0.8}, 40.0, "polls", 20, 120)
NEGATIVE = {Sentiment.NEGATIVE: 0.9, Sentiment.NEUTRAL: 0.08, Sentiment.POSITIVE: 0.02}
POSITIVE = {Sentiment.NEGATIVE: 0.02, Sentiment.NEUTRAL: 0.08, Sentiment.POSITIVE: 0.9}
GRAVE = tuple(Signal(name) for name in POLICY.alert_signals)


def complaint(*signals: Signal, severity: int = 1, chance: float = 0.9) -> Scores:
    """A negative post with those signals, a complaint from a chance of one half."""
    return Scores(
        language=Language("et", 0.99),
        sentiment=Sentiment.NEGATIVE,
        sentiment_probabilities=NEGATIVE,
        complaint=chance >= 0.5,
        complaint_probability=chance,
        severity=severity,
        lemmas=(),
        signature=(),
        model="test",
        signals=tuple(FoundSignal(signal, 0, 1) for signal in signals),
    )


PRAISE = replace(complaint(severity=0, chance=0.1), sentiment=Sentiment.POSITIVE, sentiment_probabilities=POSITIVE)
TALK = complaint(severity=0, chance=0.1)


def outcome(
    scores: Scores, history: History | None = None, *, post: Post = POST, forecast: Forecast = QUIET
) -> tuple[Action, Reason]:
    """What is decided under the default policy, and why."""
    made = decide(post, scores, forecast, history or History(), POLICY, NOW)
    return made.action, made.reason


@pytest.mark.parametrize(
    ("signal", "reason"),
    [
        (Signal.SAFETY_ISSUE, Reason.DANGER),
        (Signal.VULNERABLE_PERSON, Reason.VULNERABLE),
        (Signal.LEGAL_THREAT, Reason.THREAT),
        (Signal.REGULATOR_THREAT, Reason.THREAT),
        (Signal.MEDIA_THREAT, Reason.THREAT),
    ],
)
def test_a_first_serious_complaint_alerts_at_once(signal: Signal, reason: Reason) -> None:
    """Danger, a vulnerable person and threats do not wait for a second voice."""
    assert outcome(complaint(signal)) == (Action.ALERT, reason)


def test_danger_is_named_before_threats() -> None:
    """Of several reasons to alert, people read the gravest."""
    assert outcome(complaint(Signal.MEDIA_THREAT, Signal.SAFETY_ISSUE)) == (Action.ALERT, Reason.DANGER)


def test_plain_anger_waits_and_a_grave_complaint_without_a_signal_does_not() -> None:
    """The risk decides where no signal does."""
    assert outcome(complaint()) == (Action.HOLD, Reason.PLAIN_COMPLAINT)
    assert outcome(complaint(severity=3)) == (Action.ALERT, Reason.HIGH_RISK)
    assert outcome(complaint(severity=0, chance=0.5)) == (Action.HOLD, Reason.PLAIN_COMPLAINT)
    assert decide(POST, complaint(severity=0), QUIET, History(), replace(POLICY, hold_at=50), NOW).action is Action.DROP


def test_a_complaint_that_spreads_alerts_and_so_does_ridicule() -> None:
    """What the public is about to see matters, complaint or not; praise may spread in peace."""
    assert outcome(complaint(), forecast=VIRAL) == (Action.ALERT, Reason.SPREADING)
    assert outcome(TALK, forecast=VIRAL) == (Action.ALERT, Reason.SPREADING)
    assert outcome(PRAISE, forecast=VIRAL) == (Action.DROP, Reason.NOT_A_COMPLAINT)


def test_a_joke_that_many_people_like_alerts_nobody() -> None:
    """However far it goes, what carries less risk than the policy asks for is not an emergency."""
    strict = replace(POLICY, spread_risk=100)
    assert decide(POST, TALK, VIRAL, History(), strict, NOW).action is Action.DROP
    assert decide(POST, complaint(), VIRAL, History(), strict, NOW).reason is not Reason.SPREADING


def test_a_held_story_alerts_when_enough_people_tell_it() -> None:
    """The fifth complaint alerts, unless one and the same author wrote them all."""
    assert outcome(complaint(), History(posts=3, complaints=3, authors=3)) == (Action.HOLD, Reason.PLAIN_COMPLAINT)
    assert outcome(complaint(), History(posts=4, complaints=4, authors=4)) == (Action.ALERT, Reason.STORY_GROWS)
    assert outcome(complaint(), History(posts=9, complaints=9, authors=1)) == (Action.HOLD, Reason.PLAIN_COMPLAINT)


KNOWN = History(
    posts=1, complaints=1, authors=1, open_incident=True, alerted_complaints=1, signals=frozenset({Signal.LEGAL_THREAT})
)


def test_a_post_of_an_open_incident_attaches() -> None:
    """One story is one alert: more of the same waits in the incident, and thanks do not belong to it."""
    assert outcome(complaint(), KNOWN) == (Action.HOLD, Reason.KNOWN_INCIDENT)
    assert outcome(complaint(Signal.LEGAL_THREAT, severity=3), KNOWN) == (Action.HOLD, Reason.KNOWN_INCIDENT)
    assert outcome(TALK, KNOWN) == (Action.HOLD, Reason.KNOWN_INCIDENT)
    assert outcome(PRAISE, KNOWN) == (Action.DROP, Reason.NOT_A_COMPLAINT)


def test_a_new_kind_of_danger_alerts_again() -> None:
    """An incident that was about a lawyer becomes another one when somebody is hurt."""
    assert outcome(complaint(Signal.SAFETY_ISSUE), KNOWN) == (Action.ALERT, Reason.ESCALATED)
    assert outcome(complaint(Signal.RUDE_STAFF), KNOWN) == (Action.HOLD, Reason.KNOWN_INCIDENT)


def test_a_known_story_that_spreads_on_alerts_again() -> None:
    """What was alerted at its first words alerts again when it is seen by many, and then by many times as many."""
    seen = replace(KNOWN, alerted_interactions=100)
    assert outcome(complaint(), KNOWN, forecast=VIRAL) == (Action.ALERT, Reason.SPREADING)
    assert outcome(TALK, KNOWN, forecast=VIRAL) == (Action.ALERT, Reason.SPREADING)
    assert outcome(PRAISE, KNOWN, forecast=VIRAL) == (Action.DROP, Reason.NOT_A_COMPLAINT)
    assert outcome(complaint(), seen, forecast=VIRAL) == (Action.HOLD, Reason.KNOWN_INCIDENT)
    assert outcome(complaint(), seen, forecast=replace(VIRAL, so_far=200))[0] is Action.ALERT
    held = replace(seen, acknowledged=True)
    assert outcome(complaint(), held, forecast=replace(VIRAL, so_far=399))[0] is Action.HOLD
    assert outcome(complaint(), held, forecast=replace(VIRAL, so_far=400))[0] is Action.ALERT


def test_an_acknowledged_story_alerts_again_when_it_grows_anew() -> None:
    """Somebody is on it, so more of the same waits; five complaints after it had calmed down are news."""
    told = replace(KNOWN, acknowledged=True, complaints=30, authors=30, alerted_complaints=20)
    assert outcome(complaint(), told) == (Action.HOLD, Reason.KNOWN_INCIDENT)
    assert outcome(complaint(), replace(told, since_calm=3)) == (Action.HOLD, Reason.KNOWN_INCIDENT)
    assert outcome(complaint(), replace(told, since_calm=4)) == (Action.ALERT, Reason.GROWS_AGAIN)
    assert outcome(complaint(), replace(told, since_calm=4, authors=1)) == (Action.HOLD, Reason.KNOWN_INCIDENT)
    assert outcome(TALK, replace(told, since_calm=4)) == (Action.HOLD, Reason.KNOWN_INCIDENT)


@pytest.mark.parametrize("signal", GRAVE)
def test_only_harm_to_people_is_urgent(signal: Signal) -> None:
    """No budget holds back an alert of danger or of somebody vulnerable; a threat can wait for the digest."""
    harm = {Signal.SAFETY_ISSUE, Signal.VULNERABLE_PERSON}
    assert decide(POST, complaint(signal), QUIET, History(), POLICY, NOW).urgent == (signal in harm)
    assert not decide(POST, replace(TALK, signals=complaint(signal).signals), QUIET, History(), POLICY, NOW).urgent


def alerts_of_a_story(*, acknowledged: bool) -> list[int]:
    """The numbers of the complaints, of a hundred plain ones by as many authors, that alert."""
    history, alerts = History(), []
    for number in range(1, 101):
        if decide(POST, complaint(), QUIET, history, POLICY, NOW).action is Action.ALERT:
            alerts.append(number)
            history = replace(history, open_incident=True, acknowledged=acknowledged, alerted_complaints=number)
        history = replace(history, posts=number, complaints=number, authors=number)
    return alerts


def test_a_growing_story_alerts_ever_more_rarely() -> None:
    """Each alert needs twice the complaints of the last, four times once somebody is on it."""
    assert alerts_of_a_story(acknowledged=False) == [5, 10, 20, 40, 80]
    assert alerts_of_a_story(acknowledged=True) == [5, 20, 80]


def test_a_verdict_is_remembered() -> None:
    """Noise stays dropped and a handled story held, until a new danger or growth speaks against it."""
    noise = replace(KNOWN, open_incident=False, verdict=Verdict.NOISE)
    assert outcome(complaint(severity=3), noise) == (Action.DROP, Reason.NOISE_STORY)
    assert outcome(complaint(Signal.SAFETY_ISSUE), noise) == (Action.ALERT, Reason.ESCALATED)
    handled = replace(noise, verdict=Verdict.ALREADY_HANDLED)
    assert outcome(complaint(severity=3), handled) == (Action.HOLD, Reason.HANDLED)
    grown = replace(handled, complaints=5, authors=5)
    assert outcome(complaint(), grown) == (Action.ALERT, Reason.STORY_GROWS)
    right = replace(noise, verdict=Verdict.RIGHT)
    assert outcome(complaint(severity=3), right) == (Action.ALERT, Reason.HIGH_RISK)


def test_whoever_takes_a_story_up_first_alerts() -> None:
    """Whatever the post itself says, in every state of its story but that it is ours or too old."""
    told = {By.ARTICLE: Reason.IN_THE_NEWS, By.JOURNALIST: Reason.PICKED_UP, By.AUTHORITY: Reason.PICKED_UP}
    for by, reason in told.items():
        for history in (History(), KNOWN, replace(KNOWN, open_incident=False, verdict=Verdict.NOISE)):
            for scores in (PRAISE, TALK, complaint(Signal.SAFETY_ISSUE), missing_scores()):
                assert outcome(scores, replace(history, taken_up_by=by)) == (Action.ALERT, reason)
    old = replace(POST, created_at=NOW - timedelta(days=9))
    assert outcome(TALK, History(taken_up_by=By.EDITOR), post=old) == (Action.DROP, Reason.TOO_OLD)


def test_the_first_article_on_a_grievance_alerts() -> None:
    """News has its own reason, also in an open incident; later articles and mild ones wait."""
    assert outcome(complaint(), post=ARTICLE) == (Action.ALERT, Reason.IN_THE_NEWS)
    assert outcome(complaint(), KNOWN, post=ARTICLE) == (Action.ALERT, Reason.IN_THE_NEWS)
    assert outcome(complaint(), replace(KNOWN, articles=1), post=ARTICLE) == (Action.HOLD, Reason.KNOWN_INCIDENT)
    assert outcome(complaint(Signal.SAFETY_ISSUE, severity=0, chance=0.1), post=ARTICLE)[0] is Action.ALERT
    assert outcome(TALK, post=ARTICLE) == (Action.HOLD, Reason.IN_THE_NEWS)
    assert outcome(PRAISE, post=ARTICLE) == (Action.DROP, Reason.NOT_A_COMPLAINT)


@pytest.mark.parametrize("own", ["kadri", "@Kadri", "a1", "x:kadri", "x:@Kadri", "x:a1"])
def test_our_own_posts_are_dropped(own: str) -> None:
    """A brand is not alerted about itself, by handle in any case or by id, at all sources or at the one named."""
    policy = POLICY.with_own_accounts([own])
    assert decide(POST, complaint(*GRAVE), VIRAL, History(), policy, NOW).reason is Reason.OWN_POST


@pytest.mark.parametrize(
    ("own", "author"),
    [
        ("toots:kadri", Author("a1", "kadri")),
        ("X:kadri", Author("a1", "kadri")),
        ("toots:kadri", Author("toots:kadri", "toots:kadri")),
        ("kate", Author("a1", "\u212aate")),
        ("783214", Author("a1", "783214")),
    ],
    ids=["at another source", "in another case", "by a name with a colon", "by a sign that is no k", "by our id"],
)
def test_who_is_called_as_we_are_elsewhere_is_not_us(own: str, author: Author) -> None:
    """An account that is bound to one source is nobody's at another, whatever strangers call themselves there."""
    policy = POLICY.with_own_accounts([own])
    assert not policy.is_own(replace(POST, author=author))


def test_an_article_is_ours_only_at_the_source_that_we_named() -> None:
    """Feeds say who writes in words of their own: there an account is believed where it is bound to that feed."""
    article = replace(ARTICLE, source="news", author=Author("Kadri"))
    assert not POLICY.with_own_accounts(["kadri"]).is_own(article)
    assert not POLICY.with_own_accounts(["x:kadri"]).is_own(article)
    assert POLICY.with_own_accounts(["news:kadri"]).is_own(article)


def test_the_address_of_an_account_is_its_name() -> None:
    """Mastodon knows accounts by their addresses: what is before the colon there is no source."""
    policy = POLICY.with_own_accounts(["https://toots.example/users/Care", "toots:https://other.example/users/care"])
    assert policy.own_at("toots") == ("https://toots.example/users/care", "https://other.example/users/care")
    assert policy.own_at("x") == ("https://toots.example/users/care",)


def test_an_author_without_a_handle_is_nobody_of_ours() -> None:
    """An empty handle never equals an empty entry in the settings."""
    post = replace(POST, author=Author("", None))
    assert (
        decide(post, complaint(*GRAVE), QUIET, History(), POLICY.with_own_accounts(["@", ""]), NOW).action
        is Action.ALERT
    )


def test_an_old_post_is_dropped_and_one_from_the_future_is_not() -> None:
    """A backlog does not ring phones; a wrong clock at the source silences nobody."""
    old = replace(POST, created_at=NOW - timedelta(hours=POLICY.max_age_hours, seconds=1))
    assert outcome(complaint(*GRAVE), post=old) == (Action.DROP, Reason.TOO_OLD)
    assert outcome(complaint(*GRAVE), post=replace(POST, created_at=NOW + timedelta(days=3)))[0] is Action.ALERT


def test_talk_of_danger_is_kept_in_view() -> None:
    """A recall that somebody mentions is no complaint, yet not nothing."""
    talk = complaint(Signal.SAFETY_ISSUE, severity=0, chance=0.1)
    assert outcome(talk) == (Action.HOLD, Reason.DANGER)
    assert outcome(TALK) == (Action.DROP, Reason.NOT_A_COMPLAINT)


def test_a_decision_carries_the_figures_that_led_to_it() -> None:
    """Messages and pages can say why, without asking the models again."""
    made = decide(POST, complaint(Signal.LEGAL_THREAT), VIRAL, History(posts=2, complaints=2, authors=2), POLICY, NOW)
    assert made.figures["signals"] == "legal_threat"
    assert made.figures["spread_probability"] == 0.8
    assert made.figures["interactions"] == 120
    assert made.figures["story_complaints"] == 3
    assert made.figures["risk"] == round(made.risk.value, 1)


signals = st.lists(st.sampled_from(Signal), max_size=3, unique=True)
scored = st.builds(
    lambda found, severity, chance, mood: replace(complaint(*found, severity=severity, chance=chance), sentiment=mood),
    signals,
    st.integers(0, 4),
    st.floats(0, 1),
    st.sampled_from(Sentiment),
)
small = st.integers(0, 40)
histories = st.builds(
    History,
    posts=small,
    complaints=small,
    authors=small,
    last_hour=small,
    articles=st.integers(0, 2),
    open_incident=st.booleans(),
    acknowledged=st.booleans(),
    alerted_complaints=small,
    signals=signals.map(frozenset),
    verdict=st.none() | st.sampled_from([*Verdict]).map(str),
)
forecasts = st.sampled_from([QUIET, VIRAL, Forecast(None, None, None, {}, None, "none", 0)])
posts = st.builds(
    lambda kind, age: replace(POST, kind=kind, created_at=NOW - age),
    st.sampled_from(Kind),
    st.timedeltas(timedelta(hours=-1), timedelta(hours=80)),
)


@settings(deadline=None)
@given(posts, scored, forecasts, histories)
def test_every_post_gets_one_decision_and_always_the_same(
    post: Post, scores: Scores, forecast: Forecast, history: History
) -> None:
    """No combination is left undecided, and deciding twice gives the same."""
    made = decide(post, scores, forecast, history, POLICY, NOW)
    assert isinstance(made, Decision)
    assert made == decide(post, scores, forecast, history, POLICY, NOW)


SERIOUSNESS = {Action.DROP: 0, Action.HOLD: 1, Action.ALERT: 2}


@settings(deadline=None)
@given(posts, scored, forecasts, histories, signals, st.integers(0, 4), st.floats(0, 1))
def test_a_more_severe_post_is_never_taken_less_seriously(
    post: Post, scores: Scores, forecast: Forecast, history: History, more: list[Signal], severity: int, chance: float
) -> None:
    """With the same history, more signals, a higher severity and a surer complaint never step back from an alert."""
    worse = replace(
        scores,
        signals=(*scores.signals, *(FoundSignal(signal, 0, 1) for signal in more)),
        severity=max(scores.severity, severity),
        complaint_probability=max(scores.complaint_probability, chance),
        complaint=scores.complaint or chance >= 0.5,
    )
    before = decide(post, scores, forecast, history, POLICY, NOW).action
    after = decide(post, worse, forecast, history, POLICY, NOW).action
    assert SERIOUSNESS[after] >= SERIOUSNESS[before]


def test_what_no_model_could_read_waits_for_people() -> None:
    """Nothing is known about it, so that it is never dropped as harmless; it alerts when it runs away."""
    assert outcome(missing_scores()) == (Action.HOLD, Reason.UNSCORED)
    assert outcome(missing_scores(), forecast=VIRAL) == (Action.ALERT, Reason.SPREADING)
    assert outcome(missing_scores(), KNOWN, forecast=VIRAL) == (Action.HOLD, Reason.UNSCORED)
