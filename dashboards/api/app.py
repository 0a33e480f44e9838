"""The API as an application of its own below the pages': other answers to what goes wrong, and no cookies."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from dashboards.api import answers, house, incidents, posts, promises
from dashboards.api.access import Pace
from dashboards.api.problems import Problem, answer_problems
from dashboards.office import Office
from dashboards.rendering import VERSION

ADDRESS = "/api/v1"
ROOMS = (incidents, promises, answers, posts, house)
"""Everything the API has, a module each with its ``router``."""

_ABOUT = """Incidents, promises, answers and posts for other programs.

Make a token on the page of tokens or with `kuula tokens new`, and send it as `Authorization: Bearer TOKEN`. A token
acts with its own name: logs call it `api NAME`, and works as long as whoever made it is an admin. What only changes
something (`incidents:write`, `promises:write`) is answered with how it stands then, without anybody's words: those take
a scope that reads (`incidents:read`: incidents with the posts of their story, and promises). What goes wrong is told as
RFC 9457 problems. Send an `Idempotency-Key` with what changes something, and you can send it again after a lost
answer."""


def create_api(office: Office) -> FastAPI:
    """Build the API over the office of the pages."""
    api = FastAPI(
        title="Kuula",
        version=VERSION,
        description=_ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
    )
    api.state.office = office
    api.state.pace = Pace(office.settings.api.requests_per_minute, office.now)
    for room in ROOMS:
        api.include_router(room.router, generate_unique_id_function=lambda route: route.name)
    answer_problems(api)
    api.openapi = lambda: described(api)  # type: ignore[method-assign]
    return api


def described(api: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once."""
    if api.openapi_schema is None:
        document = get_openapi(
            title=api.title, version=api.version, description=api.description, routes=api.routes, servers=api.servers
        )
        schemas = document["components"]["schemas"]
        schemas["Problem"] = Problem.model_json_schema()
        # FastAPI tells of its own answer to what is not understood; ours is a problem.
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        api.openapi_schema = document
    return api.openapi_schema
