"""Sources, each found by being here: a module of this folder, or another distribution's entry point ``kuula.sources``.

A source module has two names: ``Settings`` and ``Source`` (see ``SourceClass``). Nothing of it is imported until it is
asked for, so listing the kinds is cheap and a missing library hurts only those who use it.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from datetime import timedelta
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol, cast

from pydantic import ValidationError

from monitors.errors import BadSettings
from monitors.http import Http
from monitors.ports import Can, Source
from monitors.settings import explaining, loading
from monitors.source_settings import HOME, SourceSettings

ENTRY_POINTS = "kuula.sources"


class SourceClass(Protocol):
    """What the name ``Source`` of a source module is: a declaration, and a constructor."""

    kind: str
    can: frozenset[Can]
    overlap: timedelta
    Settings: type[SourceSettings]

    def __call__(self, name: str, settings: SourceSettings, http: Http) -> Source:
        """Make the source called ``name``, which becomes ``Post.source`` of all it finds."""


def kinds() -> tuple[str, ...]:
    """The kinds of source that can be configured, sorted; importing none of them."""
    here = {module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")}
    return tuple(sorted(here | {point.name for point in entry_points(group=ENTRY_POINTS)}))


def load(kind: str) -> SourceClass:
    """The source class of that kind; our own folder wins over other distributions."""
    if any(module.name == kind for module in pkgutil.iter_modules(__path__)):
        return cast("SourceClass", importlib.import_module(f"{__name__}.{kind}").Source)
    for point in entry_points(group=ENTRY_POINTS, name=kind):
        return cast("SourceClass", point.load())
    raise BadSettings(
        f"there is no kind of source called {kind!r}", key="kind", remedy=f"Use one of: {', '.join(kinds())}."
    )


def settings_for(kind: str, values: Mapping[str, Any], *, name: str, home: Path | None = None) -> SourceSettings:
    """``values`` validated by the kind's own settings; ``name`` is what the team calls the source, for the message.

    ``home`` is the folder that relative paths start from, by default the one the program runs in.
    """
    model = load(kind).Settings
    try:
        return model.model_validate(dict(values), context={HOME: home})
    except ValidationError as error:
        raise loading.place(list(explaining.explain(error, model, before=("sources", name))), "", None) from None
