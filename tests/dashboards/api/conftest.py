"""Tokens for the API over the town."""

from collections.abc import Callable

import pytest
from fakes.town import Town
from starlette.testclient import TestClient

from monitors.ledger import api_tokens
from monitors.ledger.api_tokens import NewToken, Scope

Program = TestClient
MakeProgram = Callable[..., TestClient]


@pytest.fixture
def program(town: Town) -> MakeProgram:
    """Another program, with a token of a name and scopes; without a name it has none."""

    def make(name: str | None = "crm", *scopes: Scope) -> TestClient:
        headers = {}
        if name:
            with town.ledger.write() as tx:
                token = api_tokens.make(tx, NewToken(name, scopes or tuple(Scope)), "anna", town.clock())
            headers["authorization"] = f"Bearer {token}"
        return TestClient(town.app, base_url="http://kuula/api/v1", headers=headers, raise_server_exceptions=False)

    return make
