"""Changes that other programs make: one transaction each, and the same answer again for the same idempotency key."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from dashboards.office import TheOffice
from monitors.ledger import api_answers
from monitors.ledger.api_answers import Asked
from monitors.ledger.api_tokens import Token
from monitors.ledger.engine import Tx

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[!-~]+$",
        description="A word of your own for this request: sent again within a day, it is done only once.",
    ),
]


class Doing:
    """One change that a request asks for."""

    def __init__(self, request: Request, office: TheOffice, key: Key = None) -> None:
        self.office = office
        self.now = office.now()
        self.pages = office.settings.pages.address
        self.root = str(request.scope.get("root_path", ""))
        self._key = key
        self._what = f"{request.method} {request.url.path}"

    def do(
        self, token: Token, sent: BaseModel | None, change: Callable[[Tx], int], told: Callable[[Tx, int], JSONResponse]
    ) -> JSONResponse:
        """Make the change, unless it was made before, and answer with what it changed as it is now."""
        with self.office.ledger.write() as tx:
            if self._key is None:
                return told(tx, change(tx))
            written = sent.model_dump_json() if sent is not None else ""
            asked = Asked(token.id, self._key, f"{self._what}\n{written}")
            before = api_answers.begin(tx, asked, self.now)
            changed = change(tx) if before is None else before
            if before is None:
                api_answers.keep(tx, asked, changed)
            answer = told(tx, changed)
        if before is not None:
            answer.headers["idempotent-replayed"] = "true"
        return answer


def shaped(shape: type[BaseModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the JSON of a shape."""
    return shape.model_validate(values).model_dump(mode="json")


ADoing = Annotated[Doing, Depends(Doing)]
