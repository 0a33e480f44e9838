"""The pages speak four languages: every text of the code and the templates is in every catalog, and fits."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

import dashboards
from dashboards import outcomes, wording
from dashboards.speech import LANGUAGES, accepted, speech
from models.decision import Reason
from models.post import Metric
from models.scores import Remedy, Sentiment, Signal
from monitors.errors import BadSettings, RetryLater, SkipRecord, StopSource
from monitors.ledger.incidents import Status, Verdict
from monitors.ledger.people import Role
from monitors.ledger.promises import PromiseStatus
from monitors.messages.wording import Wording, words

TRANSLATED = [code for code in LANGUAGES if code != "en"]
KEYWORDS = {"mark": None, "mark_plural": (1, 2), "text": None, "plural": (1, 2), "_": None, "n_": (1, 2)}
PLACES = re.compile(r"%\((\w+)\)s")


@pytest.fixture(scope="module")
def keys() -> set[str | tuple[str, str]]:
    """Every text that the pages can show, read from where it is written."""
    folder = Path(str(dashboards.__file__)).parent
    methods = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
    found = extract_from_dir(str(folder), method_map=methods, keywords=KEYWORDS)
    texts = {message if isinstance(message, str) else tuple(message) for _, _, message, _, _ in found}
    assert len(texts) > 200
    return texts


def catalog(code: str) -> Catalog:
    """A catalog as translators wrote it."""
    with files("dashboards").joinpath("locale", code, "LC_MESSAGES", "kuula.po").open("rb") as lines:
        return read_po(lines, locale=code)


def said(translation: str | tuple[str, ...]) -> Iterator[str]:
    """All forms of a translation."""
    yield from (translation,) if isinstance(translation, str) else translation


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_text_is_translated(code: str, keys: set[str | tuple[str, str]]) -> None:
    """No text is missing, none is left over, none is empty or merely the English one."""
    known = {message.id: message for message in catalog(code) if message.id}
    assert {key for key in keys if key not in known} == set()
    assert {key for key in known if key not in keys} == set()
    for key, message in known.items():
        assert all(form.strip() for form in said(message.string)), key
        assert not message.fuzzy, key
    same = [key for key, message in known.items() if message.string == key and len(key) > 12]
    assert same == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_places_agree(code: str) -> None:
    """Each translation has the places of its English text, in each plural form."""
    known = catalog(code)
    for message in known:
        if message.id:
            wanted = set(PLACES.findall(message.id if isinstance(message.id, str) else message.id[1]))
            for form in said(message.string):
                assert set(PLACES.findall(form)) == wanted, form
            assert isinstance(message.string, str) or len(message.string) == known.num_plurals


@pytest.mark.parametrize(
    ("vocabulary", "named"),
    [
        (Signal, wording.SIGNALS),
        (Reason, outcomes.REASONS),
        (Status, wording.STATUSES),
        (Verdict, wording.VERDICTS),
        (PromiseStatus, wording.PROMISE_STATUSES),
        (Sentiment, wording.SENTIMENTS),
        (Remedy, wording.REMEDIES),
        (Role, wording.ROLES),
        (Metric, wording.METRICS),
    ],
)
def test_every_word_of_the_house_has_a_name(vocabulary: type, named: dict[str, object]) -> None:
    """A new signal, reason, state, verdict, role or metric cannot be forgotten on the pages."""
    assert {word.value for word in vocabulary} == set(named)


def test_every_fault_has_a_sentence() -> None:
    """Each error that is named by its remedy is told on the page of sources."""
    assert {fault.__name__ for fault in (RetryLater, SkipRecord, StopSource, BadSettings)} == set(wording.FAULTS)


def test_russian_counts_in_three_ways() -> None:
    """One, two and five take the forms that Russian gives them."""
    say = speech("ru")
    counted = [say.plural("%(n)s post", "%(n)s posts", n) for n in (1, 2, 5, 21)]
    assert counted == ["1 публикация", "2 публикации", "5 публикаций", "21 публикация"]


def test_times_are_the_readers_own() -> None:
    """The same moment is shown in each reader's zone, and a typed time is read in it, also across summer time."""
    noon = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
    assert speech("en", "Europe/Tallinn").clock(noon) == "12:00"
    assert speech("en", "Europe/London").clock(noon) == "10:00"
    say = speech("et", "Europe/Tallinn")
    assert say.from_typed("2026-07-01T12:00") == noon
    assert say.from_typed("2026-01-01T12:00") == datetime(2026, 1, 1, 10, 0, tzinfo=UTC)
    assert say.from_typed("yesterday") is None
    assert say.to_typed(noon) == "2026-07-01T12:00"
    assert say.local_day_start(noon) == datetime(2026, 6, 30, 21, 0, tzinfo=UTC)
    assert speech("en", "Mars/Base").clock(noon) == "12:00"


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Europe/Tallinn", "Pacific/Kiritimati"])
@pytest.mark.parametrize("end", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_a_date_at_the_end_of_the_calendar_can_be_shown(zone: str, end: datetime) -> None:
    """A ledger may hold one, and no page or letter fails on it, east or west of Greenwich."""
    at, now = end, datetime(2026, 1, 2, tzinfo=UTC)
    say, letter = speech("en", zone, now), Wording("en", ZoneInfo(zone), now)
    for shown in (say.moment(at), say.full_moment(at), letter.moment(at)):
        assert str(end.year) in shown
    assert say.to_typed(at)
    assert say.local_day_start(at).utcoffset() == timedelta(0)


def test_a_day_of_another_year_shows_it() -> None:
    """In the four languages; the reader's own midnight is what divides the years."""
    at, now = datetime(2025, 12, 31, 21, 30, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    shown = [speech(code, "Europe/Tallinn", now).moment(at) for code in ("et", "ru", "fi", "en")]
    assert shown == ["31. dets 2025, 23:30", "31 дек. 2025\u202fг., 23:30", "31.12.2025, 23:30", "31 Dec 2025, 23:30"]
    assert "20" not in speech("en", "Europe/Tallinn", now).day(at.replace(hour=22))


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("et-EE,et;q=0.9,en;q=0.8", "et"),
        ("de,ru;q=0.5", "ru"),
        ("de", "en"),
        ("", "en"),
        ("fi;q=0,en;q=x", "en"),
        ("en;q=0.2, fi;q=0.9", "fi"),
        (";;q=,,", "en"),
    ],
)
def test_browser_chooses_the_language_of_the_door(header: str, code: str) -> None:
    """The best language that the pages speak wins; nonsense is English."""
    assert accepted(header) == code


@given(st.floats(0, 1))
def test_shares_are_short_and_true(share: float) -> None:
    """A percentage has few digits and, read back, lies close to the share."""
    shown = speech("en").percent(share)
    assert len(shown) <= 8
    assert abs(float(shown.replace("\u00a0%", "")) / 100 - share) <= max(
        0.06 * share, 1e-6, 0.00501 if share >= 0.0995 else 0
    )


def test_lengths_and_ranges_read_well() -> None:
    """Spans of time and ranges of shares are what people would write."""
    say = speech("en")
    assert say.length(timedelta(minutes=15)) == "15 minutes"
    assert say.percents(0.0002, 0.0005) == "0.02–0.05\u00a0%"
    assert say.language_name(None) == "language unknown"
    assert speech("fi").language_name("ru") == "venäjä"


@pytest.mark.parametrize(("code", "places"), [("et", "„{}”"), ("ru", "«{}»"), ("fi", "”{}”"), ("en", "“{}”")])
def test_quotes_close_alike_on_pages_and_in_messages(code: str, places: str) -> None:
    """Quoted words stand between the same marks wherever they are read."""
    folder = files("monitors.messages").joinpath("templates", code)
    written = [each.read_text("utf-8") for each in folder.iterdir() if each.name.endswith(".txt")]
    written += (
        [form for message in catalog(code) if message.id for form in said(message.string)] if code != "en" else []
    )
    quoted = re.findall(r"[„“”«]([^„“”«»]+)[“”»]", "\n".join(written))
    assert quoted
    opened, closed = places.split("{}")
    assert (opened, closed) == speech(code).quotes
    for piece in quoted:
        assert f"{opened}{piece}{closed}" in "\n".join(written), piece


def test_one_thing_has_one_name() -> None:
    """What is kept, closed, severe or dangerous is called the same on buttons, in sentences and in messages."""
    et, ru = speech("et").text, speech("ru").text
    assert et("severity of 4").startswith(et("Severity").lower())
    assert ru("severity of 4").startswith(ru("Severity").lower())
    assert et(wording.SIGNALS["safety_issue"].name) == words("et")["signal"]["safety_issue"]
    kept = ("Kept", "kept in time", "kept late", "The promise is marked as kept.", "It was kept: resolve")
    assert [text for text in kept if "täidetu" not in et(text).lower()] == []
    assert "закрыт" in ru("It is resolved.")
    assert "закрыт" in ru("resolved")


def test_whoever_wishes_does_not_do_it_themselves() -> None:
    """In Russian what the author wishes for is in the case that the wish takes."""
    say = speech("ru")
    assert [say.text(wording.REMEDIES[one]) for one in ("money_back", "repair", "cancellation", "correction")] == [
        "возврата денег",
        "ремонта",
        "отмены",
        "чтобы ошибку исправили",
    ]
    assert wording.label(say, "remedy", "answer") == "хочет: ответа"
