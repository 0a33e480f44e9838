"""``kuula check``: everything that is wrong or missing in the settings, each with its line and its remedy.

It looks further than ``load``: the options of every source against the settings of its kind, what is allowed but
probably not meant, and the people in the ledger, where there is one.
"""

import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError

from monitors import own_models, sources
from monitors.bootstrap import clock
from monitors.errors import BadSettings
from monitors.ledger_doubts import ledger_doubts
from monitors.own_phrases import phrases_of
from monitors.playbook.library import read_folder
from monitors.ports import Can
from monitors.rota_doubts import rota_doubts
from monitors.settings import Settings, SettingsErrors, SourceConfig, environment, explaining, loading
from monitors.settings import file as settings_file
from monitors.settings.mistakes import Mistake, did_you_mean
from monitors.settings.secrecy import guard, secrets_in

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found. ``settings`` is None when there are errors; warnings do not stop Kuula from working."""

    file: Path
    settings: Settings | None
    errors: tuple[BadSettings, ...]
    warnings: tuple[BadSettings, ...]


def check(
    path: Path | None, environ: Mapping[str, str], folder: Path, *, now: Callable[[], datetime] = clock
) -> Report:
    """Read the settings as ``load`` does and look at everything; only a file that cannot be read is raised."""
    file = settings_file.find(path, environ, folder)
    try:
        text = settings_file.read(file)
    except BadSettings as error:
        return Report(file, None, (error,), ())
    errors: list[BadSettings] = []
    settings = None
    try:
        settings = loading.validate(text.values, environ, text=text.text, file=file)
    except SettingsErrors as error:
        errors += error.errors
    secrets = environment.secrets(text.values, environ)
    merged = loading.merge(text.values, secrets.found)
    errors += _placed(_source_mistakes(merged), text.text, file)
    doubts = [
        *(Mistake((name,), "fits nothing in the settings", _UNUSED) for name in secrets.unused),
        *_open_secrets(text.values, file),
        *(_doubts(settings) if settings else ()),
        *(rota_doubts(settings, now()) if settings else ()),
        *(ledger_doubts(settings) if settings else ()),
        *(_source_doubts(settings) if settings and not errors else ()),
    ]
    ordered = tuple(sorted(errors, key=lambda error: (error.line or 0, error.key)))
    return Report(file, None if errors else settings, ordered, _placed(doubts, text.text, file))


_UNUSED = "Correct its name: KUULA_SOURCES_NAME_OPTION, KUULA_CHANNELS_NAME_URL, KUULA_SECRET_KEY and so on."


def _placed(mistakes: Iterator[Mistake] | list[Mistake], text: str, file: Path) -> tuple[BadSettings, ...]:
    found = list(mistakes)
    return loading.place(found, text, file).errors if found else ()


def _source_mistakes(values: Mapping[str, Any]) -> Iterator[Mistake]:
    """Check each source's kind and options; what is wrong with the rest of its table was found by ``load``."""
    table = values.get("sources")
    for name, one in table.items() if isinstance(table, Mapping) else ():
        if not isinstance(one, Mapping):
            continue
        try:
            config = SourceConfig.model_validate({"kind": name, **one})
        except ValidationError:
            continue
        if config.kind not in sources.kinds():
            remedy = did_you_mean(config.kind, sources.kinds()) or f"The kinds are: {', '.join(sources.kinds())}."
            key = ("sources", name, "kind") if "kind" in one else ("sources", name)
            yield Mistake(key, "there is no such kind of source", remedy)
        elif config.enabled:
            yield from _option_mistakes(name, config)


def _option_mistakes(name: str, config: SourceConfig) -> Iterator[Mistake]:
    try:
        kind = sources.load(config.kind).Settings
    except ImportError as error:
        yield Mistake(("sources", name), f"its kind needs the library {error.name}", f"Install {error.name}.")
        return
    try:
        kind.model_validate(config.revealed())
    except ValidationError as error:
        for mistake in explaining.explain(error, kind, before=("sources", name)):
            option = str(mistake.key[-1])
            field = kind.model_fields.get(option)
            if mistake.message == "is missing" and field and SecretStr in (field.annotation, *_parts(field.annotation)):
                variable = environment.variable_name("sources", name, option)
                yield Mistake(mistake.key, "is missing, and it is a secret", f"Set {variable} or {variable}_FILE.")
            else:
                yield _without(secrets_in(config.options), mistake)


def _parts(annotation: Any) -> tuple[Any, ...]:
    return getattr(annotation, "__args__", ())


def _without(secrets: Iterator[str], mistake: Mistake) -> Mistake:
    message = mistake.message
    for secret in secrets:
        message = message.replace(secret, "(secret)") if secret else message
    return Mistake(mistake.key, message, mistake.remedy)


def _open_secrets(values: Mapping[str, Any], file: Path) -> Iterator[Mistake]:
    """Warn of secrets that stand in a file that others on this machine can read."""
    channels = values.get("channels")
    urls = (
        [one.get("url") for one in channels.values() if isinstance(one, Mapping)]
        if isinstance(channels, Mapping)
        else []
    )
    held = any(secrets_in(guard("", values))) or any(isinstance(url, str) and url for url in urls)
    if held and file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        remedy = f"Move the secrets to environment variables, or run: chmod 600 {file}"
        yield Mistake((), "the file holds secrets and other users can read it", remedy)


def _doubts(settings: Settings) -> Iterator[Mistake]:
    """Find what is allowed but probably not meant."""
    yield from _missing(settings)
    yield from _brand_doubts(settings)
    yield from _address_doubts(settings)
    yield from _playbook_doubts(settings)
    yield from _phrase_doubts(settings)
    for task, model in (("sentiment", settings.models.sentiment), ("complaint", settings.models.complaint)):
        named = model.path and (model.kind == "own" or model.path.startswith(("/", ".")))
        if named and not own_models.is_there(settings.home / str(model.path)):
            yield Mistake(("models", task, "path"), "there is no such folder", "Correct the path of the model.")


def _missing(settings: Settings) -> Iterator[Mistake]:
    if not settings.brands:
        yield Mistake(("brands",), "no brand is watched", 'Add `[brands.NAME]` with `names = ["NAME"]`.')
    if not any(source.enabled for source in settings.sources.values()):
        yield Mistake(("sources",), "no source is enabled", "Add `[sources.rss]` or another of `kuula sources list`.")
    if not settings.people:
        yield Mistake(("people",), "nobody is alerted", 'Add `[people.NAME]` with `channels = ["..."]`.')
    elif not any(person.role == "admin" for person in settings.people.values()):
        yield Mistake(("people",), "nobody may manage people", 'Give somebody `role = "admin"`.')
    for name, person in settings.people.items():
        if not person.channels and name in settings.escalation_order:
            yield Mistake(("people", name), "no alert reaches them", 'Add `channels = ["..."]`.')


def _brand_doubts(settings: Settings) -> Iterator[Mistake]:
    owners: dict[str, str] = {}
    for name, brand in settings.brands.items():
        if brand.denominator is None:
            remedy = 'Add `denominator = {what = "deliveries", per_day = 43000}` with your own figure.'
            yield Mistake(("brands", name), "complaints cannot be shown as a rate", remedy)
        for place, form in enumerate(brand.names):
            if owners.setdefault(form.casefold(), name) != name:
                other = owners[form.casefold()]
                message = f"is a name of {other} too, so that posts count for both"
                yield Mistake(("brands", name, "names", place), message, "Keep it for one of them.")
        for place, word in enumerate(brand.excluded):
            if word.casefold() in {form.casefold() for form in brand.names}:
                yield Mistake(("brands", name, "excluded", place), "excludes every post with this name", "Remove it.")


def _playbook_doubts(settings: Settings) -> Iterator[Mistake]:
    """Files of the playbook that cannot be used: until they can, their last good version stays in use."""
    if settings.playbook.folder is not None:
        for problem in read_folder(settings.home / settings.playbook.folder)[1]:
            place = f"{problem.file}:{problem.line}: " if problem.line else f"{problem.file}: " if problem.file else ""
            yield Mistake(("playbook", "folder"), f"{place}{problem.message}", problem.remedy)


def _phrase_doubts(settings: Settings) -> Iterator[Mistake]:
    """Files of phrases that cannot be used: without them the pages do not start."""
    if settings.replies.phrases:
        try:
            phrases_of(settings.home / settings.replies.phrases)
        except BadSettings as error:
            yield Mistake(("replies", "phrases"), str(error), error.remedy)


def _source_doubts(settings: Settings) -> Iterator[Mistake]:
    for place, name in enumerate(settings.replies.send):
        if Can.REPLY not in sources.load(settings.sources[name].kind).can:
            yield Mistake(("replies", "send", place), "cannot reply", "Take it out: its answers are copied.")
    for name, config in settings.sources.items():
        if config.enabled:
            options = sources.settings_for(config.kind, config.revealed(), name=name, home=settings.home)
            for option, message, remedy in options.doubts():
                yield Mistake(("sources", name, option), message, remedy)


def _address_doubts(settings: Settings) -> Iterator[Mistake]:
    for name, source in settings.sources.items():
        if source.enabled and _is_open(str(source.revealed().get("base_url", ""))):
            yield Mistake(("sources", name, "base_url"), "is not encrypted", "Write https:// instead of http://.")
    if _is_open(settings.pages.public_url or ""):
        yield Mistake(("pages", "public_url"), "is not encrypted: passwords could be read", "Serve the pages by https.")
    if settings.pages.host not in _HERE and settings.pages.public_url is None:
        remedy = "Set `public_url` to the address that people use."
        yield Mistake(("pages", "host"), "links in messages would not work from elsewhere", remedy)


def _is_open(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "http" and parts.hostname not in _HERE
