"""The people, for admins: who may sign in, as what, and new passwords."""

from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from dashboards.office import TheOffice
from dashboards.rendering import page, path, sorry
from dashboards.speech import DEFAULT_ZONE, mark
from dashboards.typed import Typed
from dashboards.visitors import Managing, SendingAdmin
from models.moments import zone_named
from monitors import passwords
from monitors.ledger import desk, people
from monitors.ledger.people import Person, Role

router = APIRouter()
Name = Annotated[str, Path(max_length=80, pattern=r"^[^\x00]+$")]


class PersonForm(Typed):
    """What is known of somebody."""

    name: str = Field(pattern=r"^[\w.@+-]{1,80}$")
    display: str = Field("", max_length=200)
    role: Role
    language: Literal["et", "ru", "fi", "en"]
    timezone: str = Field(DEFAULT_ZONE, max_length=64)


class NewPassword(Typed):
    """A password that an admin gives somebody."""

    password: str = Field(max_length=1000)


@router.get("/people", name="people")
def people_page(request: Request, office: TheOffice, _visitor: Managing) -> Response:
    """Everybody."""
    with office.ledger.read() as tx:
        rows = desk.all_people(tx)
    return page(request, "people.html", {"rows": rows, "roles": list(Role), "zone": DEFAULT_ZONE})


@router.post("/people", name="save_person")
def save_person(
    request: Request, office: TheOffice, visitor: SendingAdmin, form: Annotated[PersonForm, Form()]
) -> Response:
    """Add somebody or change what is known of them."""
    if zone_named(form.timezone) is None:
        return sorry(request, 400, mark("There is no such time zone. Write it like Europe/Tallinn."))
    if form.name == visitor.person.name and form.role is not Role.ADMIN:
        return sorry(request, 400, mark("You cannot take away your own admin role; ask another admin."))
    with office.ledger.write() as tx:
        known = people.get(tx, form.name)
        channels = known.channels if known else ()
        person = Person(form.name, form.display.strip() or form.name, form.role, form.language, form.timezone, channels)
        people.save(tx, person, visitor.person.name, office.now())
    return RedirectResponse(path(request, "people") + f"#{quote(form.name)}", 303)


@router.post("/people/{name}/password", name="give_password")
def give_password(
    request: Request, office: TheOffice, visitor: SendingAdmin, name: Name, form: Annotated[NewPassword, Form()]
) -> Response:
    """Give somebody a new password; it ends their sessions."""
    if len(form.password) < passwords.SHORTEST:
        return sorry(request, 400, mark("A password needs at least 10 characters."))
    hashed = passwords.hashed(form.password)
    with office.ledger.write() as tx:
        people.set_password(tx, name, hashed, visitor.person.name, office.now())
    return RedirectResponse(path(request, "people"), 303)


@router.post("/people/{name}/lock", name="lock_person")
def lock_person(request: Request, office: TheOffice, visitor: SendingAdmin, name: Name) -> Response:
    """Lock somebody out; saving them again lets them in."""
    if name == visitor.person.name:
        return sorry(request, 400, mark("You cannot lock yourself out; ask another admin."))
    with office.ledger.write() as tx:
        people.deactivate(tx, name, visitor.person.name, office.now())
    return RedirectResponse(path(request, "people"), 303)
