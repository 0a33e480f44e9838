"""Watching what gets out meanwhile: calls to other machines, and what is logged."""

import ipaddress
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def watched_sockets() -> Iterator[list[str]]:
    """Give a list that fills with every address outside this machine that is resolved or connected to meanwhile."""
    outside: list[str] = []
    _watchers.append(outside)
    if not _hooked:
        _hooked.append(True)
        sys.addaudithook(_on_audit)
    try:
        yield outside
    finally:
        _watchers.remove(outside)


@contextmanager
def loud_log() -> Iterator[list[str]]:
    """Everything that is logged meanwhile, at the lowest level that loggers let through."""
    lines: list[str] = []

    class Collecting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.name} {record.getMessage()}")

    handler, root = Collecting(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


# Audit hooks cannot be removed: one stays, and looks only while somebody watches.
_watchers: list[list[str]] = []
_hooked: list[bool] = []


def _on_audit(event: str, details: tuple[Any, ...]) -> None:
    if not _watchers:
        return
    if event == "socket.connect" and isinstance(details[1], tuple):
        host = str(details[1][0])
    elif event == "socket.getaddrinfo":
        host = str(details[0])
    else:
        return
    if not _on_this_machine(host):
        for watcher in _watchers:
            watcher.append(host)


def _on_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
