"""The reply check on the drafts that it was made for, and on any text at all."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from models.evaluation.reply_figures import Checked, reply_figures
from models.evaluation.reply_rows import LabelledDraft, understand_draft
from models.replies import KINDS, MEANINGS, Draft, Finding, FindingKind, Phrases, check
from models.replies.finding import MISSING, PUBLIC_ONLY
from models.replies.patterns import LANGUAGES

FIXTURES = Path(__file__).parents[2] / "fixtures" / "replies"
OWNERLESS = {"en": "Support team", "et": "Klienditugi", "fi": "Asiakaspalvelu", "ru": "Служба поддержки"}


def labelled(language: str) -> Iterator[LabelledDraft]:
    """Read the drafts of a language, which nothing was learnt from."""
    for line in (FIXTURES / f"{language}.jsonl").read_text("utf-8").splitlines():
        yield understand_draft(json.loads(line), language)


def kinds(*found: Finding) -> set[FindingKind]:
    """Give the kinds of findings."""
    return {one.kind for one in found}


@pytest.mark.parametrize("language", LANGUAGES)
def test_quality_stays_above_the_floor(language: str) -> None:
    """On drafts that it has not learnt from, most findings are found and good drafts stay unflagged, in a language."""
    rows = [Checked(row.findings, kinds(*check(row.draft)), row.hard) for row in labelled(language)]
    figures = reply_figures(rows, KINDS)
    assert figures["micro_f1"] >= 0.85
    assert figures["clean_wrongly_flagged"] == 0
    assert figures["hard_negatives_wrongly_flagged"] == 0


SETTLED = [
    ("en", "Unfortunately the parcel is late.", "no_apology", True),
    ("en", "I'm sorry to hear that the parcel is late.", "no_apology", False),
    ("et", "Kahjuks on pakk hilinenud.", "no_apology", True),
    ("et", "Kahju, et pakk on hilinenud.", "no_apology", False),
    ("fi", "Valitettavasti paketti on myöhässä.", "no_apology", True),
    ("fi", "Ikävä kuulla, että paketti on myöhässä.", "no_apology", False),
    ("ru", "К сожалению, посылка опаздывает.", "no_apology", True),
    ("ru", "Жаль, что посылка опаздывает.", "no_apology", False),
    ("en", "Sorry, we'll call you as soon as possible.", "promise_without_time", True),
    ("en", "Sorry, we'll call you tomorrow at ten.", "promise_without_time", False),
    ("et", "Vabandust, helistame teile esimesel võimalusel.", "promise_without_time", True),
    ("et", "Vabandust, helistame teile homme kell kümme.", "promise_without_time", False),
    ("fi", "Pahoittelut, soitamme teille mahdollisimman pian.", "promise_without_time", True),
    ("fi", "Pahoittelut, soitamme teille huomenna kymmeneltä.", "promise_without_time", False),
    ("ru", "Извините, мы перезвоним вам в ближайшее время.", "promise_without_time", True),
    ("ru", "Извините, мы перезвоним вам завтра в десять.", "promise_without_time", False),
    ("en", "Contact the other department.", "dismissive", True),
    ("et", "Pöörduge teise osakonna poole.", "dismissive", True),
    ("fi", "Ottakaa yhteyttä toiseen osastoon.", "dismissive", True),
    ("ru", "Обратитесь в другой отдел.", "dismissive", True),
]


@pytest.mark.parametrize(("language", "text", "kind", "there"), SETTLED)
def test_the_settled_cases_hold(language: str, text: str, kind: str, there: bool) -> None:
    """What the guide settled is so in every language: what is an apology, what a time, and what sending away is."""
    found = kinds(*check(Draft(text, language, public=True, complaint="")))
    assert (FindingKind(kind) in found) is there


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_name_makes_an_owner_and_a_team_does_not(language: str) -> None:
    """The same good draft lacks an owner as soon as a team signs it in the place of a person."""
    good = next(labelled(language)).draft
    assert FindingKind.NO_OWNER not in kinds(*check(good))
    body = good.text.rpartition(". ")[0]
    unsigned = Draft(f"{body}. {OWNERLESS[language]}", language, good.public, good.earlier, good.complaint)
    assert FindingKind.NO_OWNER in kinds(*check(unsigned))


TEXTS = st.text(max_size=400) | st.lists(
    st.sampled_from(["sorry", "мы", "25 €", "kell 9", "\n", "soon.", "🙈", "Mari"])
).map(" ".join)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS, st.sampled_from([*LANGUAGES, "sv", "und", ""]), st.booleans(), st.lists(TEXTS, max_size=3), TEXTS)
@example("", "et", True, [""], "")
@example("\ud800", "ru", False, ["\udfff"], "\ud800")
@example("İİİ Sorry ÅÅ", "fi", True, [], "")
def test_any_text_is_checked_by_the_rules(
    text: str, language: str, public: bool, earlier: list[str], complaint: str
) -> None:
    """Whatever is written, nothing raises, spans lie inside the text, and the guide's rules hold among the findings."""
    found = check(Draft(text, language, public, tuple(earlier), complaint))
    there = kinds(*found)
    assert len(there) == len(found)
    assert [one.kind for one in found] == [kind for kind in KINDS if kind in there]
    assert not {FindingKind.NO_SOLUTION_OR_TIME, FindingKind.PROMISE_WITHOUT_TIME} <= there
    assert public or not PUBLIC_ONLY & there
    assert earlier or FindingKind.CONTRADICTS_EARLIER not in there
    for one in found:
        assert 0 < one.probability <= 1
        assert all(0 <= start < end <= len(text) for start, end in one.spans)
        assert list(one.spans) == sorted(one.spans)
        assert not (one.kind in MISSING and one.spans)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_harms_is_shown_in_its_place(language: str) -> None:
    """A finding that harms points at words, and what differs from an earlier answer points at the fact itself."""
    for row in labelled(language):
        found = {one.kind: one for one in check(row.draft)}
        for kind in row.findings & found.keys() - MISSING:
            assert found[FindingKind(kind)].spans
        if (one := found.get(FindingKind.CONTRADICTS_EARLIER)) is not None:
            assert any("25" in row.draft.text[start:end] for start, end in one.spans)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_brings_words_of_the_language(language: str) -> None:
    """Whoever is told what is wrong is given better words, the team's own where there are some."""
    draft = Draft("…", language, public=True)
    assert all(one.wording for one in check(draft))
    own = Phrases({language: {FindingKind.NO_APOLOGY: ("our words",)}})
    words = {one.kind: one.wording for one in check(draft, own)}
    assert words[FindingKind.NO_APOLOGY] == "our words"
    assert words[FindingKind.NO_OWNER] == ""


@pytest.mark.parametrize(
    "hostile", ["a" * 1_000_000, "0" * 1_000_000, "1 " * 500_000, "А." * 500_000, "\n" * 1_000_000, "+372 " * 200_000]
)
def test_a_huge_draft_takes_no_longer_than_a_long_one(hostile: str) -> None:
    """A megabyte in any field is cut before anything dear is done with it."""
    check(Draft("warm", "et", public=True))
    began = time.process_time()
    check(Draft(hostile, "et", True, (hostile, hostile), hostile))
    assert time.process_time() - began < 1


def test_a_long_draft_is_read_to_its_end() -> None:
    """An apology after several hundred words counts, and so does an insult there."""
    filler = "We looked at the parcel and at the van that carried it. " * 25
    assert FindingKind.NO_APOLOGY not in kinds(*check(Draft(f"{filler} I'm sorry. Ann", "en", public=False)))
    assert FindingKind.NO_APOLOGY in kinds(*check(Draft(f"{filler} Ann", "en", public=False)))


def test_every_finding_has_a_meaning() -> None:
    """The pages can say in a sentence what each finding means."""
    assert list(MEANINGS) == list(KINDS)
