"""What other programs can ask: a page drawn from the OpenAPI document, without scripts and without other sites."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from dashboards.api.app import ADDRESS
from dashboards.rendering import page
from dashboards.visitors import Looking

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that is sent or answered: its name, kind, whether it is needed, and what it is."""

    name: str
    kind: str
    needed: bool
    about: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked."""

    method: str
    address: str
    summary: str
    about: str
    scope: str
    sent: tuple[Part, ...]
    answers: Mapping[str, str]
    shape: str


@router.get("/api", name="api_docs")
def api_docs_page(request: Request, _visitor: Looking) -> Response:
    """The page."""
    document = request.app.state.api.openapi()
    schemas = document["components"]["schemas"]
    shapes = {
        name: tuple(_fields(schema, schemas)) for name, schema in sorted(schemas.items()) if "properties" in schema
    }
    values = {"about": document["info"]["description"].split("\n\n"), "groups": _groups(document), "shapes": shapes}
    root = str(request.scope.get("root_path", ""))
    return page(request, "api_docs.html", {**values, "at": f"{root}{ADDRESS}"})


def _groups(document: Mapping[str, Any]) -> dict[str, list[Operation]]:
    groups: dict[str, list[Operation]] = {}
    for address, methods in document["paths"].items():
        for method, told in methods.items():
            groups.setdefault(told["tags"][0], []).append(_operation(method, address, told, document))
    return groups


def _operation(method: str, address: str, told: Mapping[str, Any], document: Mapping[str, Any]) -> Operation:
    schemas = document["components"]["schemas"]
    sent = [_parameter(one, schemas) for one in told.get("parameters", ())]
    body = _schema(told.get("requestBody", {}))
    if body is not None:
        sent += _fields(schemas[_name(body)], schemas)
    good: Mapping[str, Any] = next(
        (answer for status, answer in told["responses"].items() if status.startswith("2")), {}
    )
    shape = _schema(good)
    return Operation(
        method=method.upper(),
        address=address,
        summary=told["summary"],
        about=told.get("description", ""),
        scope=", ".join(scope for need in told["security"] for scopes in need.values() for scope in scopes),
        sent=tuple(sent),
        answers={status: answer["description"] for status, answer in told["responses"].items()},
        shape=_name(shape) if shape else "",
    )


def _parameter(one: Mapping[str, Any], schemas: Mapping[str, Any]) -> Part:
    kind = f"{one['in']}, {_kind(one['schema'], schemas)}"
    return Part(one["name"], kind, one.get("required", False), one.get("description", ""))


def _schema(content: Mapping[str, Any]) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None = content.get("content", {}).get("application/json", {}).get("schema")
    return found if found and "$ref" in found else None


def _fields(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[Part]:
    needed = schema.get("required", ())
    for name, one in schema.get("properties", {}).items():
        about = one.get("description", "")
        examples = one.get("examples") or ()
        told = f"{about} {'Such as' if about else 'such as'} {examples[0]}.".strip() if examples else about
        yield Part(name, _kind(one, schemas), name in needed, told)


def _kind(schema: Mapping[str, Any], schemas: Mapping[str, Any] | None = None) -> str:
    """What kind of value it is, in a word."""
    if "$ref" in schema:
        known = (schemas or {}).get(_name(schema), {})
        return " | ".join(known["enum"]) if "enum" in known else _name(schema)
    if "anyOf" in schema:
        return " | ".join(_kind(one, schemas) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}), schemas)}"
    return str(schema.get("format") or schema.get("type") or "anything")


def _name(schema: Mapping[str, Any]) -> str:
    return str(schema["$ref"]).rpartition("/")[2]
