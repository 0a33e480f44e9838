"""Loading in the background what only the first visitor would wait for."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

from fastapi import FastAPI

from dashboards.office import Office
from monitors.errors import KuulaError
from monitors.ports import Search


def warm(app: FastAPI, *, ended: Callable[[], bool] = lambda: False) -> None:
    """Load the playbook, the reply check and how four languages are searched; between steps, stop if it has ended."""
    office: Office = app.state.office
    words = ("teenus", "услуга", "palvelu", "service")
    searches = (partial(office.index.count, Search(text=word)) for word in words)
    steps: tuple[Callable[[], object], ...] = (office.playbook.shelf, office.replies.checker.warm, *searches)
    with suppress(KuulaError):
        for step in steps:
            if ended():
                return
            step()


@contextmanager
def warming(app: FastAPI) -> Iterator[None]:
    """Warm the pages while they are served.

    It is waited for at the end: a thread that is inside a library in C when Python ends takes the process down with it.
    """
    ended = threading.Event()
    thread = threading.Thread(target=warm, args=(app,), kwargs={"ended": ended.is_set})
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
