"""From text and environment to checked settings, or to all the mistakes at once."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from models.accounts import parted
from monitors.errors import BadSettings
from monitors.settings import environment
from monitors.settings import file as settings_file
from monitors.settings.explaining import explain
from monitors.settings.mistakes import Key, Mistake, did_you_mean
from monitors.settings.policy import policy_mistakes
from monitors.settings.root import Settings


class SettingsErrors(BadSettings):
    """Every mistake in the settings, in the order of the lines; as text, one line for each."""

    def __init__(self, errors: Sequence[BadSettings], file: Path | None = None) -> None:
        self.errors = tuple(sorted(errors, key=lambda error: (error.line or 0, error.key)))
        self.file = file
        first = self.errors[0]
        super().__init__("\n".join(map(_in_a_line, self.errors)), key=first.key, line=first.line, remedy=first.remedy)


def _in_a_line(error: BadSettings) -> str:
    place = f"line {error.line}: " if error.line else ""
    name = f"{error.key}: " if error.key else ""
    return f"{place}{name}{error}. {error.remedy}".rstrip()


def load(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings: from ``path``, else from ``KUULA_SETTINGS``, else those of this folder."""
    environ = os.environ if environ is None else environ
    found = settings_file.find(path, environ, Path.cwd())
    try:
        text = settings_file.read(found)
    except BadSettings as error:
        raise SettingsErrors([error], found) from None
    return validate(text.values, environ, text=text.text, file=found)


def validate(
    values: Mapping[str, Any], environ: Mapping[str, str], *, text: str = "", file: Path | None = None
) -> Settings:
    """Check plain values as they come from TOML; ``text`` is only for the lines in the errors."""
    secrets = environment.secrets(values, environ)
    merged = merge(values, secrets.found)
    mistakes = [
        *secrets.mistakes,
        *_broken_references(merged),
        *_idle_people(merged),
        *_strange_sources(merged),
        *policy_mistakes(values.get("policy")),
    ]
    settings = None
    try:
        settings = Settings.model_validate(merged)
    except ValidationError as error:
        mistakes += explain(error, Settings)
    if settings is None or mistakes:
        raise place(mistakes, text, file) from None
    return settings.at(file)


def place(mistakes: Sequence[Mistake], text: str, file: Path | None) -> SettingsErrors:
    """Put each mistake on its line and make one error of all."""
    places = settings_file.lines(text)
    return SettingsErrors(
        [
            BadSettings(
                mistake.message,
                key=settings_file.dotted(mistake.key),
                line=settings_file.line_of(mistake.key, places),
                remedy=settings_file.printable(mistake.remedy),
            )
            for mistake in mistakes
        ],
        file,
    )


def merge(values: Mapping[str, Any], secrets: Mapping[Key, str]) -> dict[str, Any]:
    """Put the secrets over the values; the values themselves stay as they are."""
    merged = dict(values)
    for key, secret in secrets.items():
        level: dict[str | int, Any] = merged  # type: ignore[assignment]
        for part in key[:-1]:
            inner = level.get(part, {})
            if not isinstance(inner, Mapping):
                break
            level[part] = dict(inner)
            level = level[part]
        else:
            level[key[-1]] = SecretStr(secret)
    return merged


def _broken_references(values: Mapping[str, Any]) -> Iterator[Mistake]:
    """Find names that lead nowhere: brands of sources, channels of people, people of the escalation, and so on."""
    tables = {name: values.get(name) for name in ("brands", "channels", "people", "sources")}
    wanted = [
        *(((*key, "brands"), "brands", names) for key, names in _lists(values, "sources", "brands")),
        *(((*key, "channels"), "channels", names) for key, names in _lists(values, "people", "channels")),
    ]
    wanted += [(key, "people", names) for key, names in _called(values)]
    replies = values.get("replies")
    if isinstance(replies, Mapping) and isinstance(replies.get("send"), list):
        wanted.append((("replies", "send"), "sources", replies["send"]))
    for key, section, names in wanted:
        table = tables[section]
        known = list(table) if isinstance(table, Mapping) else []
        for number, name in enumerate(names):
            if isinstance(name, str) and name not in known:
                remedy = did_you_mean(name, known) or f"Add a table `[{section}.NAME]`, and write its NAME here."
                yield Mistake((*key, number), f"there is no such table in `[{section}]`", remedy)


def _idle_people(values: Mapping[str, Any]) -> Iterator[Mistake]:
    """Find who is to be called and may handle nothing: a duty of theirs would be nobody's."""
    table = values.get("people")
    people = table if isinstance(table, Mapping) else {}
    for key, names in _called(values):
        for number, name in enumerate(names):
            person = people.get(name) if isinstance(name, str) else None
            if isinstance(person, Mapping) and person.get("role") == "viewer":
                remedy = f'Take {name} out, or write `role = "support"` in `[people.{name}]`.'
                yield Mistake((*key, number), f"{name} is a viewer, who may not handle incidents", remedy)


def _called(values: Mapping[str, Any]) -> Iterator[tuple[Key, list[Any]]]:
    """Give each list of people who are called: that of the escalation, and those of the duties."""
    escalation, rota = values.get("escalation"), values.get("rota")
    if isinstance(escalation, Mapping) and isinstance(escalation.get("order"), list):
        yield ("escalation", "order"), escalation["order"]
    duties = rota.get("duties") if isinstance(rota, Mapping) else None
    for place, duty in enumerate(duties if isinstance(duties, list) else ()):
        if isinstance(duty, Mapping) and isinstance(duty.get("people"), list):
            yield ("rota", "duties", place, "people"), duty["people"]


def _strange_sources(values: Mapping[str, Any]) -> Iterator[Mistake]:
    """Find our own accounts that are bound to a source, or a kind of sources, that there is not."""
    sources = values.get("sources")
    tables = sources if isinstance(sources, Mapping) else {}
    kinds = [one["kind"] for one in tables.values() if isinstance(one, Mapping) and isinstance(one.get("kind"), str)]
    known = [*tables, *kinds]
    policy = values.get("policy")
    ours = policy.get("own_accounts") if isinstance(policy, Mapping) else None
    lists = [(("policy",), ours if isinstance(ours, list) else []), *_lists(values, "brands", "own_accounts")]
    for key, accounts in lists:
        for number, account in enumerate(accounts):
            source = parted(account)[0] if isinstance(account, str) else ""
            if source and source not in known:
                remedy = did_you_mean(source, known) or (
                    "Write a source's name before the colon, or the account alone: it is then ours at every source."
                )
                yield Mistake((*key, "own_accounts", number), f"there is no source named {source!r}", remedy)


def _lists(values: Mapping[str, Any], section: str, field: str) -> Iterator[tuple[Key, list[Any]]]:
    table = values.get(section)
    for name, inner in table.items() if isinstance(table, Mapping) else ():
        names = inner.get(field) if isinstance(inner, Mapping) else None
        if isinstance(names, list):
            yield (section, name), names
