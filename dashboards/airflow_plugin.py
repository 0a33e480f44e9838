"""The pages inside Airflow: an entry in its menu, and the application behind its own sign-in.

Airflow finds this module by the entry point ``airflow.plugins`` and loads it in every one of its processes. Only the
one that serves pages ever builds them, at their first visit: workers neither wait for them nor need the settings.
"""

from functools import cache
from importlib import import_module
from typing import Any

from airflow.plugins_manager import AirflowPlugin
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/kuula"


@cache
def _pages() -> ASGIApp:
    pages: ASGIApp = import_module("dashboards.behind_airflow").pages()
    return pages


async def visit(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request with the pages, built at the first one."""
    app = await run_in_threadpool(_pages)
    await app(scope, receive, send)


class KuulaPlugin(AirflowPlugin):
    """Mounts the pages at ``/kuula`` and shows them in Airflow's menu."""

    name = "kuula"
    fastapi_apps: list[dict[str, Any]] = [{"name": "kuula", "app": visit, "url_prefix": PREFIX}]  # noqa: RUF012
    external_views: list[dict[str, Any]] = [  # noqa: RUF012
        {"name": "Kuula", "href": f"{PREFIX}/inbox", "destination": "nav", "url_route": "kuula", "category": "browse"}
    ]
