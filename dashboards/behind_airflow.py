"""The pages behind Airflow's own sign-in.

Airflow's role is the most that anybody may do here. Somebody whom Kuula knows by the same name keeps their language and
zone, and their Kuula role where that is less; whom Kuula locked out stays out.
"""

import threading
from dataclasses import replace

from airflow.api_fastapi.core_api.security import get_user
from fastapi import FastAPI, HTTPException, Request
from starlette.concurrency import run_in_threadpool

from dashboards.app import create_app, furnish
from dashboards.office import Office, ReplyDesk, Visitor, office_of
from dashboards.speech import DEFAULT_ZONE, accepted
from dashboards.warming import warm
from monitors.bootstrap import House
from monitors.ledger import people
from monitors.ledger.people import Person, Role
from monitors.settings import load

_ROLES = {"admin": Role.ADMIN, "op": Role.SUPPORT, "user": Role.SUPPORT}


def pages() -> FastAPI:
    """Build the pages from the settings of this machine."""
    house = House(load())
    app = create_app(
        ledger=house.ledger,
        index=house.index,
        settings=house.settings,
        now=house.now,
        secret_key=house.secret_key,
        identify=by_airflow,
    )
    furnish(app, ReplyDesk(house.reply_checker, house.repliers()))
    # Python waits for it at its end: a thread that is inside a library in C by then takes the process down with it.
    threading.Thread(target=warm, args=(app,)).start()
    return app


async def by_airflow(request: Request) -> Visitor | None:
    """Who is behind Airflow's own sign-in."""
    try:
        user = await get_user(request, None, None)
    except HTTPException:
        return None
    name = str(user.get_name())
    role = _ROLES.get(str(getattr(user, "role", "")).lower(), Role.VIEWER)
    person, locked_out = await run_in_threadpool(_known, office_of(request), name)
    if locked_out:
        return None
    if person is None:
        person = Person(name, name, role, accepted(request.headers.get("accept-language", "")), DEFAULT_ZONE)
    # Two houses may both have an Anna: a name must not open a door that Airflow's own sign-in kept shut.
    person = replace(person, role=min(role, person.role, key=list(Role).index))
    return Visitor(person, f"airflow {user.get_id()}", own_session=False)


def _known(office: Office, name: str) -> tuple[Person | None, bool]:
    """Whom Kuula knows by that name, and whether somebody locked them out."""
    with office.ledger.read() as tx:
        return people.get(tx, name), name in people.locked_out(tx)
