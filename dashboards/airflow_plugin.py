"""The pages inside Airflow: the same application behind Airflow's own sign-in, and an entry in its menu.

Airflow finds this module by the entry point ``airflow.plugins``. Somebody whom Kuula knows by the same name keeps their
Kuula role, language and zone; anybody else whom Airflow lets in gets the role that theirs resembles.
"""

from datetime import UTC, datetime
from typing import Any

from airflow.api_fastapi.core_api.security import get_user
from airflow.plugins_manager import AirflowPlugin
from fastapi import HTTPException, Request
from starlette.concurrency import run_in_threadpool

from dashboards.app import create_app
from dashboards.office import Office, Visitor, office_of
from dashboards.speech import DEFAULT_ZONE, accepted
from monitors.bootstrap import open_pages
from monitors.ledger import people
from monitors.ledger.people import Person, Role

PREFIX = "/kuula"
_ROLES = {"admin": Role.ADMIN, "op": Role.SUPPORT, "user": Role.SUPPORT}


async def by_airflow(request: Request) -> Visitor | None:
    """Who is behind Airflow's own sign-in."""
    try:
        user = await get_user(request, None, None)
    except HTTPException:
        return None
    person = await run_in_threadpool(_known, office_of(request), user.get_name())
    if person is None:
        role = _ROLES.get(str(getattr(user, "role", "")).lower(), Role.VIEWER)
        language = accepted(request.headers.get("accept-language", ""))
        person = Person(user.get_name(), user.get_name(), role, language, DEFAULT_ZONE)
    return Visitor(person, f"airflow {user.get_id()}", own_session=False)


def _known(office: Office, name: str) -> Person | None:
    with office.ledger.read() as tx:
        return people.get(tx, name)


class KuulaPlugin(AirflowPlugin):
    """Mounts the pages at ``/kuula`` and shows them in Airflow's menu."""

    name = "kuula"
    fastapi_apps: list[dict[str, Any]] = [
        {"name": "kuula", "app": create_app(**open_pages(lambda: datetime.now(UTC)), identify=by_airflow), "url_prefix": PREFIX}
    ]
    external_views: list[dict[str, Any]] = [
        {"name": "Kuula", "href": f"{PREFIX}/inbox", "destination": "nav", "url_route": "kuula", "category": "browse"}
    ]
