"""What pages say of forecasts: sizes only where they are calibrated, and whether what was said came true."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape

import pytest
from fakes.grown import grow
from fakes.town import NOON, Browser, Town

from dashboards import drawing, outcomes, outlooks
from dashboards.speech import speech
from models.forecaster import Forecaster
from models.virality import Forecast, story_outlook
from monitors.ledger import calibrations
from monitors.ledger.calibrations import Calibration
from monitors.pipeline.calibrate import calibrate

Enter = Callable[[str | None], Browser]
KNOWN = Forecast(340.0, 120.0, 900.0, {50: 1.0, 100: 0.62}, 3.24, "own", 30.0, 60, 0.974, NOON, "author", 412, True)
YOUNG = replace(KNOWN, method="pooled", learnt_from=0, calibrated=False)
SAY = speech("en")


def _told(found: Forecast, now: datetime = NOON) -> str:
    lines = [*outlooks.expected(SAY, found, 60), *outlooks.besides(SAY, found, now)]
    return " ".join([*lines, *(" ".join(pair) for pair in outlooks.chances(SAY, found, 60))])


def test_calibrated_sizes_are_told() -> None:
    """Median, band, what it was calibrated on, the usual, the peak and each chance."""
    said = _told(KNOWN)
    for part in (
        "340",
        "between 120 and 900",
        "Calibrated on 412 finished posts",
        "3.2× the usual of this author",
        "62",
    ):
        assert part in said
    assert "50 reached" in said
    assert "Growth was fastest at" in said
    assert "is expected to be fastest" in _told(KNOWN, NOON - timedelta(minutes=1))


def test_uncalibrated_sizes_are_not() -> None:
    """The rank stands in their place; what is reached already is certain, and stays."""
    said = _told(YOUNG)
    assert "among the top 3" in said
    assert "sizes are shown once this source has 300 finished posts" in said
    for number in ("340", "120", "900", "62"):
        assert number not in said
    assert "50 reached" in said
    assert "do better" in _told(replace(YOUNG, rank=0.2))
    assert "Too little is known" in _told(Forecast(None, None, None, {}, None, "none", 3.0))
    over = replace(YOUNG, method="observed", thresholds={100: 0.0})
    assert "its first day" not in _told(YOUNG)
    assert "has 60 interactions" in _told(over)


def test_the_reason_of_an_alert_has_no_uncalibrated_chance() -> None:
    """Neither in its sentence nor among its figures; one from before calibration was known is shown as it was."""
    figures = {"spread_to": 100, "spread_probability": 0.62, "risk": 80}
    for known, shown in (({}, True), ({"calibrated": True}, True), ({"calibrated": False}, False)):
        found = {**figures, **known}
        assert ("62" in outcomes.why(SAY, "spreading", found)) is shown
        assert ("chance to spread" in dict(outcomes.figures(SAY, found))) is shown


def test_a_story_is_told_as_a_whole() -> None:
    """Its posts together; the chance is that of the largest alone, and said to be the least."""
    both = outlooks.of_story(SAY, story_outlook([KNOWN, KNOWN]), 60)
    assert "2 posts of the story have 120 interactions" in both[0]
    assert "680" in both[1]
    assert outlooks.of_story(SAY, story_outlook([KNOWN, replace(YOUNG, thresholds={900: 0.7})]), 60) == both[:1]
    assert outlooks.of_story(SAY, story_outlook([KNOWN]), 60) == []


def test_an_incident_tells_no_uncalibrated_size(town: Town, as_: Enter) -> None:
    """Neither its words nor its chart; documents of an earlier version are borne."""
    page = as_("emma").get("/incidents/1").text
    assert "between 120 and 900" in page
    with town.ledger.write() as tx:
        tx.exec_driver_sql('UPDATE decisions SET forecast = \'{"median": 341, "low": 121, "high": 901}\'')
    page = as_("emma").get("/incidents/1").text
    assert "341" not in page
    assert "Not calibrated yet" in page
    drawn = as_("emma").get("/charts/incidents/1.svg").text
    assert "likely range" not in drawn
    assert "so far" in drawn


@pytest.mark.parametrize(
    ("who", "word"), [("emma", "so far"), ("sirje", "praegu"), ("matti", "nyt"), ("olga", "сейчас")]
)
def test_the_page_says_what_is_known_of_each_source(who: str, word: str, town: Town, as_: Enter) -> None:
    """Before anything is finished it counts, and shows the public sets; then it draws what was checked."""
    page = unescape(as_(who).get("/forecasts").text)
    assert word in page
    assert "Twitter15/16" in page
    assert "source=town" not in page
    grow(town.ledger, "town", 30, NOON - timedelta(days=9), every=timedelta(hours=1))
    calibrate(town.ledger, Forecaster(), ["town"], (5, 50), NOON)
    page = unescape(as_(who).get("/forecasts").text)
    assert "source=town" in page
    assert "30" in page


def test_a_curve_is_drawn_for_sources_and_sets(town: Town, as_: Enter) -> None:
    """A line an age beside the diagonal; a source that nobody checked has the diagonal alone."""
    bins = [(0.05 + place / 10, 0.1 + place / 12, 40) for place in range(10)]
    rows = [Calibration("town", age, 100, NOON, "ours", 400, 0.07, bins) for age in (10, 60)]
    with town.ledger.write() as tx:
        calibrations.write(tx, rows)
    browser = as_("emma")
    drawn = browser.get("/charts/reliability.svg?source=town").text
    assert "as was said" in drawn
    assert "10 min" in drawn
    assert "60 min" in drawn
    assert "script" not in drawn
    assert "60 min" in browser.get("/charts/reliability.svg?name=auspol&narrow=1").text
    assert "min" not in browser.get("/charts/reliability.svg?source=nobody").text.split("as was said")[1]
    assert "refit the model" not in browser.get("/forecasts").text
    assert drawing.reliability([], SAY)
