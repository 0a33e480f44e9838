"""What the pages of backtests say. Each text is a key of the catalogs."""

from collections.abc import Mapping
from typing import Any

from dashboards.outcomes import decided
from dashboards.speech import Speech, mark
from models.backtest import By, Fate

CAUGHT = mark("caught, so long before: %(length)s")
LATE = mark("alerted too late, by so much: %(length)s")
LEDGER = mark("the ledger")
"""What a backtest of our own posts calls its material, wherever a report was made."""

NOT_SENT = {Fate.DIGEST: mark("only in the digest"), Fate.MISSED: mark("missed")}
DIFFERING = {
    "only_draft": mark("Alerts that only the draft would have sent"),
    "only_present": mark("Alerts that only the present policy would have sent"),
}


def title(say: Speech, written: str, report: Mapping[str, Any]) -> str:
    """The title of a backtest; where it replays our own posts, with their name in the reader's language."""
    return written.replace(LEDGER, say.text(LEDGER), 1) if report["in_ledger"] else written


def rule(say: Speech, found: Mapping[str, Any]) -> str:
    """How the blow-ups of a report were found."""
    size, complaints = found["size"], found["complaints"]
    sentences = {
        By.GIVEN: lambda: say.text("Posts that somebody named."),
        By.SIZE: lambda: say.plural(
            "Stories that reached %(n)s interaction within a day.",
            "Stories that reached %(n)s interactions within a day.",
            size,
        ),
        By.COMPLAINTS: lambda: say.plural(
            "Stories that had %(n)s complaint within a day.",
            "Stories that had %(n)s complaints within a day.",
            complaints,
        ),
        By.ARTICLE: lambda: say.text("Stories that an article told."),
    }
    return " ".join(sentences[By(by)]() for by in found["by"])


def by(say: Speech, how: str, size: int | None) -> str:
    """Why one blow-up is one."""
    if how == By.SIZE and size is not None:
        return say.plural("%(n)s interaction within a day", "%(n)s interactions within a day", size)
    if how == By.COMPLAINTS and size is not None:
        return say.plural("%(n)s complaint", "%(n)s complaints", size)
    return say.text("in an article") if how == By.ARTICLE else say.text("named by somebody")


def not_caught(say: Speech, fate: str, stand: Mapping[str, Any] | None) -> str:
    """That no alert on a blow-up was sent and, where a decision is known, why."""
    sentence = say.text(NOT_SENT[Fate(fate)])
    if stand is None:
        return sentence
    risk = say.text("risk %(risk)s of 100", risk=say.number(stand["risk"]))
    return f"{sentence} ({risk}): {decided(say, stand['action'], stand['reason'])}"


def level(say: Speech, one: Mapping[str, Any]) -> str:
    """One level of ``alert_at`` in a sentence, for the slider."""
    return say.text(
        "From risk %(level)s on: %(alerts)s alerts a day; %(caught)s of %(all)s blow-ups caught, %(late)s too late, "
        "%(missed)s missed.",
        level=say.number(one["alert_at"], 1),
        alerts=say.number(one["a_day"], 1),
        caught=say.number(one["caught"]),
        all=say.number(len(one["fates"])),
        late=say.number(one["late"]),
        missed=say.number(one["missed"] + one["digest"]),
    )
