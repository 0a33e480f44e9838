"""The pages around the API: tokens are made once and revoked, and what programs can ask is drawn without scripts."""

import re
from collections.abc import Callable

import pytest
from fakes.town import Browser, Town, enter
from sqlalchemy import insert
from starlette.testclient import TestClient

from dashboards.app import create_app
from monitors.ledger import hook_deliveries
from monitors.ledger.desk_schema import hook_deliveries as table
from monitors.settings import Settings

Enter = Callable[[str | None], Browser]
TOKEN = re.compile(r"kuula_[\w-]{43}")


def test_a_token_is_shown_once_and_works_until_it_is_revoked(town: Town, as_: Enter) -> None:
    """An admin makes it, sees it in that answer only, and takes it back by a button."""
    anna = as_("anna")
    made = anna.form("/tokens", name="crm", scopes="incidents:read", days="30")
    assert made.status_code == 200
    [token] = TOKEN.findall(made.text)
    page = anna.get("/tokens").text
    assert token not in page
    assert "read incidents and promises" in page
    asking = {"authorization": f"Bearer {token}"}
    assert TestClient(town.app).get("/api/v1/incidents", headers=asking).status_code == 200
    assert anna.form("/tokens/1/revoke").status_code == 303
    assert TestClient(town.app).get("/api/v1/incidents", headers=asking).status_code == 401
    assert "revoked" in anna.get("/tokens").text
    assert "made a token" in anna.get("/audit").text


def test_what_is_wrong_with_a_token_is_said(as_: Enter) -> None:
    """Without scopes, or with a name that works already, nothing is made and the form keeps what was typed."""
    anna = as_("anna")
    nothing = anna.form("/tokens", name="crm", days="30")
    assert nothing.status_code == 400
    assert "Choose what the token may do." in nothing.text
    assert 'value="crm"' in nothing.text
    anna.form("/tokens", name="crm", scopes="incidents:read", days="0")
    twice = anna.form("/tokens", name="crm", scopes="incidents:read", days="30")
    assert twice.status_code == 409
    assert TOKEN.findall(twice.text) == []
    assert anna.form("/tokens", name="<b>", scopes="incidents:read").status_code == 400


@pytest.mark.parametrize("who", ["vello", "olga"])
def test_what_programs_can_ask_is_for_everybody_who_is_signed_in(who: str, town: Town, as_: Enter) -> None:
    """The page names every operation of the document with its scope, and brings no script of its own."""
    page = as_(who).get("/api").text
    for address, methods in town.app.state.api.openapi()["paths"].items():
        for method, told in methods.items():
            assert f"{method.upper()} {address}" in page
            assert told["summary"] in page
    assert "incidents:write" in page
    inbox = as_(who).get("/inbox").text
    scripts = [set(re.findall(r'<script src="([^"]+?)\?', one)) for one in (page, inbox)]
    assert scripts[0] <= scripts[1], "those of every page"
    assert scripts[0]


def test_a_hook_that_refuses_us_is_shown_and_sent_again(town: Town, as_: Enter) -> None:
    """The page of sources says that a system was stopped, why, and an admin has it sent again."""
    hook = {"url": "https://crm.example", "recipe": "freshdesk", "token": "t", "fields": {"email": "a@b.example"}}
    told = Settings.model_validate({"brands": {"Omniva": {"names": ["Omniva"]}}, "hooks": {"crm": hook}})
    now = town.clock()
    row = {"hook": "crm", "incident_id": 1, "kind": "opened", "payload": {"event": 1}, "queued_at": now, "attempts": 1}
    with town.ledger.write() as tx:
        for state in ("stopped", "dead", "queued"):
            trouble = {"state": state, "not_before": now, "last_error": "crm.example <b> answered 401"}
            tx.execute(insert(table).values(key=state, **row, **trouble))
    town.app = create_app(ledger=town.ledger, index=town.index, settings=told, now=town.clock, secret_key="s" * 20)
    page = enter(town, "emma").get("/sources").text
    assert "It refuses us" in page
    assert "crm.example &lt;b&gt; answered 401" in page
    assert "Send again" not in page
    with town.ledger.write() as tx:
        assert hook_deliveries.resend(tx, "crm", "anna", now) == 2
        assert hook_deliveries.states(tx) == {"crm": {"queued": 3}}
    assert "It refuses us" not in enter(town, "anna").get("/sources").text


def test_only_an_admin_has_events_sent_again(town: Town, as_: Enter) -> None:
    """The button leads back to the page with a word of how many."""
    answer = as_("anna").form("/hooks/crm/resend", back="/sources#hooks")
    assert answer.headers["location"] == "/sources#hooks"
    assert as_("emma").form("/hooks/crm/resend").status_code == 403
