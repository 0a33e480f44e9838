"""Logs: plain lines for people at a terminal, JSON for machines; never a secret, never a control character.

Texts from the internet end up in logs, so whatever is not printable is shown as an escape: a post can neither forge a
line nor steer a terminal. Libraries' own records (``logging``) go the same way. Under Airflow nothing is set up here.
"""

import logging
import sys
from collections.abc import Iterable, MutableMapping
from textwrap import indent
from typing import Any, TextIO, cast

from monitors.settings.file import printable
from monitors.settings.secrecy import MASK

_SHORTEST_SECRET = 4
# They warn with a page of traceback each time that a server does not answer; our own one line says the same.
_TOLD_BY_US = ("elastic_transport",)
_MAY_SPAN_LINES = frozenset({"exception", "stack", "text"})


class Redactor:
    """Takes known secrets and control characters out of whatever is logged; a step of structlog's chain."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: tuple[str, ...] = ()
        self.hide(secrets)

    def hide(self, secrets: Iterable[str]) -> None:
        """Learn more secrets; the longest are replaced first, and those too short to be told from words are left."""
        known = {*self._secrets, *(secret for secret in secrets if len(secret) >= _SHORTEST_SECRET)}
        self._secrets = tuple(sorted(known, key=len, reverse=True))

    def clean(self, text: str, *, lines: bool = False) -> str:
        """Give the text without secrets, on one line unless ``lines`` may stay."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return "\n".join(map(printable, text.split("\n"))) if lines else printable(text)

    def __call__(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Clean every value of an event."""
        for key in list(event):
            if not key.startswith("_"):
                event[self.clean(key)] = self._cleaned(event.pop(key), lines=key in _MAY_SPAN_LINES)
        return event

    def _cleaned(self, value: Any, *, lines: bool = False) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, dict):
            return {self.clean(str(key)): self._cleaned(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._cleaned(inner) for inner in value]
        return self.clean(value if isinstance(value, str) else str(value), lines=lines)


class _StandardError:
    """Whatever standard error is at the moment: a progress display puts itself in its place, to stay below the logs."""

    def write(self, text: str) -> None:
        sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()

    def isatty(self) -> bool:
        return sys.stderr.isatty()


def _as_block(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Show a text of several lines below its event, and indented: no line of it can pass for a line of the log."""
    text = event.get("text")
    if isinstance(text, str) and "\n" in text:
        event["event"] = f"{event['event']}\n{indent(event.pop('text'), '    ')}"
    return event


def set_up(redactor: Redactor, *, verbose: bool = False, stream: TextIO | None = None) -> None:
    """Send all logs to ``stream`` (standard error): warnings and worse, or information too if ``verbose``."""
    # 0.15 s to import, which `kuula --help` does not need.
    import structlog

    out = cast("TextIO", _StandardError()) if stream is None else stream
    level = logging.INFO if verbose else logging.WARNING
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redactor,
    ]
    last: structlog.types.Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if out.isatty():
        shared.append(_as_block)
        last = structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for library in _TOLD_BY_US:
        logging.getLogger(library).setLevel(logging.ERROR)
