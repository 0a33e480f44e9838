"""``kuula init``: at most five questions, and a commented ``kuula.toml`` that ``kuula check`` accepts."""

import os
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, TypeVar, get_args

from monitors.errors import BadSettings
from monitors.settings import Denominator, Language
from monitors.settings.explaining import to_toml
from monitors.settings.file import dotted
from monitors.settings.reference import Row, rows
from monitors.settings.sections import Pages

Question: TypeAlias = Callable[[str, str], str]
_T = TypeVar("_T")
_WHAT = get_args(Denominator.model_fields["what"].annotation)
_LANGUAGES = get_args(Language)
_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class Answers:
    """What the five questions give. ``channel`` is an Apprise address, or empty for the program's own log."""

    brand: str = "Omniva"
    forms: tuple[str, ...] = ()
    denominator: tuple[str, int] | None = None
    person: str = "Admin"
    language: str = "en"
    channel: str = ""


def ask(question: Question) -> Answers:
    """Ask the five questions; ``question(text, default)`` gives the answer, and one that cannot be is asked again."""
    usual = Answers()
    rate = f"How many {', '.join(_WHAT)} a day, such as `43000 {_WHAT[1]}`; empty if unknown"
    mine = f"Your name and your language ({', '.join(_LANGUAGES)})"
    alerts = "Where to alert you: an Apprise address (mailtos://..., slack://...); empty for the program's log"
    brand = _until(question, "Which brand do you watch?", usual.brand, _brand)
    forms = _until(question, "Other forms of its name, with commas between them; empty if none", "", _forms)
    denominator = _until(question, rate, "", _denominator)
    person, language = _until(question, mine, f"{usual.person}, {usual.language}", _person)
    return Answers(brand, forms, denominator, person, language, _until(question, alerts, "", _channel))


def _until(question: Question, text: str, default: str, parse: Callable[[str], _T]) -> _T:
    again = text
    while True:
        try:
            return parse(question(again, default).strip())
        except ValueError as error:
            again = f"{error}. {text}"


def _brand(answer: str) -> str:
    if not answer:
        raise ValueError("A brand needs a name")
    return answer


def _forms(answer: str) -> tuple[str, ...]:
    return tuple(form.strip() for form in answer.split(",") if form.strip())


def _denominator(answer: str) -> tuple[str, int] | None:
    if not answer:
        return None
    found = re.fullmatch(r"(\d[\d .,]*?)\s*([a-z]*)", answer.casefold())
    what = (found[2] or _WHAT[1]) if found else ""
    number = int(re.sub(r"\D", "", found[1])) if found else 0
    if what not in _WHAT or number <= 0:
        raise ValueError("That is not a number and one of these words")
    return what, number


def _person(answer: str) -> tuple[str, str]:
    name, comma, language = (part.strip() for part in answer.rpartition(","))
    if not comma:
        name, language = language, Answers().language
    if language.casefold() not in _LANGUAGES or not _key(name):
        raise ValueError("That is not a name, a comma and a language")
    return name, language.casefold()


def _channel(answer: str) -> str:
    if answer and not re.match(r"[a-z][a-z0-9+.-]*://\S", answer, re.IGNORECASE):
        raise ValueError("That is not an address such as mailtos://user:password@example.com")
    return answer


def _key(name: str) -> str:
    return re.sub(r"\W+", "-", name.casefold()).strip("-")


def write(path: Path, answers: Answers, *, force: bool = False) -> None:
    """Write the settings file so that only this user can read it; an existing one stays unless ``force``."""
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL)
    try:
        with os.fdopen(os.open(path, flags, _OWNER_ONLY), "w", encoding="utf-8") as file:
            path.chmod(_OWNER_ONLY)
            file.write(text(answers))
    except FileExistsError:
        raise BadSettings(f"{path} is there already", remedy="Edit it, or write it anew with --force.") from None
    except OSError as error:
        remedy = "Choose a folder that you may write to."
        raise BadSettings(f"{path} cannot be written: {error.strerror}", remedy=remedy) from None


def next_steps(answers: Answers, given: Path | None = None) -> str:
    """The commands that come next, a line each with what it does; ``given`` is the path that ``--settings`` named.

    Nobody has a password yet, and without one the pages let nobody in.
    """
    kuula = f"kuula --settings {shlex.quote(str(given))}" if given else "kuula"
    pages = Pages.model_validate({}).address
    steps = {
        f"{kuula} check": "says what is wrong or missing in it",
        f"{kuula} people password {_key(answers.person)}": "gives you a password to sign in with",
        f"{kuula} run": "watches, scores and alerts, until you stop it",
        f"{kuula} serve": f"in another terminal: the pages, at {pages}",
    }
    width = max(map(len, steps))
    return "\n".join(f"  {command:{width}}  {purpose}" for command, purpose in steps.items())


def text(answers: Answers) -> str:
    """Make the file: what was answered in full, everything else as comments with its default."""
    known = list(rows())
    channel = "log" if not answers.channel else "alerts"
    parts = [
        _HEADER,
        f"[brands.{dotted((answers.brand,))}]",
        *_stated(known, "brands.NAME", _brand_values(answers)),
        _SOURCES.replace("{brand}", to_toml(answers.brand)),
        f"[channels.{channel}]",
        *_stated(known, "channels.NAME", {"url": answers.channel} if answers.channel else {"kind": "log"}),
        "",
        f"[people.{dotted((_key(answers.person),))}]",
        *_stated(known, "people.NAME", _person_values(answers, channel)),
    ]
    # A hook cannot be there without an address: its table is switched off too.
    parts += ["", "# [hooks.crm]", *_stated(known, "hooks.NAME", {})]
    for table in _OTHERS:
        parts += ["", f"[{table}]", *_stated(known, table, {})]
    return "\n".join(parts) + "\n"


_OTHERS = (
    "policy",
    "escalation",
    "rota",
    "hours",
    "shifts",
    "weekly",
    "answers",
    "messages",
    "promises",
    "playbook",
    "costs",
    "replies",
    "media",
    "retention",
    "api",
    "pages",
    "models",
    "ledger",
    "index",
)
_HEADER = """\
# What Kuula watches, and whom it tells. `kuula check` says what is wrong or missing here.
# A setting behind a # is switched off: it shows the default, or an example where there is none.
# Secrets are better kept out of this file: KUULA_SECRET_KEY, KUULA_LEDGER_URL, KUULA_INDEX_URL, KUULA_CHANNELS_NAME_URL
# and KUULA_SOURCES_NAME_OPTION set them from the environment, as does KUULA_HOOKS_NAME_TOKEN; with _FILE behind the
# name, from a file.
"""
_SOURCES = """
# Where posts come from, a table each. `kuula sources list` has all kinds and their options,
# `kuula sources probe` shows what a source would bring. Every source also takes enabled, every_seconds, brands
# and budget = {calls_per_hour = 100, money_per_day = 5.0}.

# A simulated social network to practise with: all that it says about the brand is made up, and stays in the ledger.
# Remove it, and .kuula/kuula.db with what came of it, before you watch for real.
[sources.drill]
# The name that is complained about.
brand = {brand}

# [sources.news]
# kind = "rss"
# feeds = ["https://example.com/feed.xml"]

# [sources.mastodon]
# base_url = "https://mastodon.social"

# The token comes from KUULA_SOURCES_X_BEARER_TOKEN or KUULA_SOURCES_X_BEARER_TOKEN_FILE.
# [sources.x]

# [sources.file]
# path = "posts.csv"
"""


def _brand_values(answers: Answers) -> dict[str, object]:
    values: dict[str, object] = {"names": list(dict.fromkeys((answers.brand, *answers.forms)))}
    if answers.denominator:
        values["denominator"] = dict(zip(("what", "per_day"), answers.denominator, strict=True))
    return values


def _person_values(answers: Answers, channel: str) -> dict[str, object]:
    return {"display": answers.person, "role": "admin", "language": answers.language, "channels": [channel]}


def _stated(known: list[Row], table: str, values: dict[str, object]) -> Iterator[str]:
    """Write the settings of a table, each under its description: the given values, the others switched off."""
    for row in known:
        if row.table == table:
            off = "" if row.key in values else "# "
            value = to_toml(values[row.key]) if row.key in values else row.default or row.example or '""'
            yield from (f"# {row.description}", f"{off}{row.key} = {value}")
