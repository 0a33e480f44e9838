"""``kuula tokens`` and ``kuula hooks``: other programs are let in, and other systems are tried."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.receiver import Desk, Receiver, Trouble
from standardwebhooks import Webhook

from monitors.__main__ import main

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes ....").decode()
Kuula = Callable[..., tuple[int, str]]


@pytest.fixture
def kuula(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Kuula:
    """Run ``kuula`` with settings; gives its exit code and all that it printed."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, more: str = "") -> tuple[int, str]:
        text = '[brands.acme]\nnames = ["acme"]\n' + more
        (tmp_path / "kuula.toml").write_text(text, "utf-8")
        with pytest.raises(SystemExit) as left:
            main(arguments)
        shown = capsys.readouterr()
        return int(left.value.code or 0), shown.out + shown.err

    return run


def test_the_life_of_a_token(kuula: Kuula) -> None:
    """It is printed once, listed without itself, refused a second time by its name, and revoked."""
    code, token = kuula("tokens", "new", "crm", "--scope", "incidents:read", "--scope", "promises:write")
    assert (code, token[:6], len(token.split())) == (0, "kuula_", 1)
    code, listed = kuula("tokens", "list")
    assert "crm: incidents:read, promises:write; until " in listed
    assert "not used yet" in listed
    assert token.strip() not in listed
    code, said = kuula("tokens", "new", "crm", "--scope", "incidents:read")
    assert code != 0
    assert "kuula tokens revoke crm" in said
    assert kuula("tokens", "revoke", "crm") == (0, "The token of crm works no more.\n")
    assert "kuula tokens new NAME" in kuula("tokens", "list")[1]
    assert "[hooks.NAME]" in kuula("hooks", "list")[1]


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (("tokens", "new", "crm", "--scope", "incidents:reed"), "incidents:read"),
        (("tokens", "revoke", "nobody"), "kuula tokens list"),
        (("hooks", "test", "nobody"), "[hooks.nobody]"),
    ],
)
def test_what_is_wrong_is_said_with_its_remedy(kuula: Kuula, arguments: tuple[str, ...], remedy: str) -> None:
    """A slip of the hand is named and mended."""
    code, said = kuula(*arguments)
    assert code != 0
    assert remedy in said


def test_a_hook_is_tried(kuula: Kuula, monkeypatch: pytest.MonkeyPatch) -> None:
    """A made-up event goes out, signed; what the system does not like is said with its remedy, without its address."""
    monkeypatch.setenv("KUULA_HOOKS_CRM_SECRET", SECRET)
    with Receiver() as receiver:
        settings = f'[hooks.crm]\nurl = "{receiver.url}/a-secret-path"\nallow_private = true\n'
        assert kuula("hooks", "test", "crm", more=settings) == (0, "crm answered 204.\n")
        said = Webhook(SECRET).verify(receiver.heard[0].body, receiver.heard[0].headers)
        assert said["type"] == "incident.opened"
        assert kuula("hooks", "list", more=settings) == (
            0,
            "crm: plain; 0 sent, 0 wait, 0 given up; told of nothing yet\n",
        )
        assert kuula("hooks", "resend", "crm", more=settings) == (0, "0 will be sent again.\n")
        receiver.troubles = [Trouble(401)]
        code, said = kuula("hooks", "test", "crm", more=settings)
        assert code != 0
        assert "answered 401" in said
        assert "Renew its credentials" in said
        assert "a-secret-path" not in said


def test_a_ticket_is_tried(kuula: Kuula, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ticket system makes a ticket and says what it is called."""
    monkeypatch.setenv("KUULA_HOOKS_DESK_TOKEN", "a token")
    with Receiver(Desk("jira")) as receiver:
        settings = f'[hooks.desk]\nurl = "{receiver.url}"\nrecipe = "jira"\nallow_private = true\n'
        code, said = kuula(
            "hooks", "test", "desk", more=settings + 'user = "a@b.example"\nfields = { project = "SUP" }\n'
        )
        assert (code, said) == (0, "desk answered 201; its ticket is SUP-1.\n")


@pytest.mark.parametrize(
    ("hook", "wrong"),
    [
        ('url = "ftp://x.example"', "is not an http(s) address"),
        ('url = "https://x.example"', "a plain hook needs a secret"),
        ('url = "https://x.example"\nsecret = "short"', "is not a signing secret"),
        ('url = "https://x.example"\nrecipe = "zendesk"', "the zendesk recipe needs a token"),
        ('url = "https://x.example"\nrecipe = "jira"\ntoken = "t"\nuser = "u"', "the jira recipe needs more fields"),
        ('url = "https://x.example"\nrecipe = "zendesk"\ntoken = "t"', "the zendesk recipe needs a user"),
        (f'url = "https://x.example"\nsecret = "{SECRET}"\nevents = ["open"]', "events"),
    ],
)
def test_settings_of_hooks_are_checked(kuula: Kuula, hook: str, wrong: str) -> None:
    """What a recipe needs and does not get is said before anything runs, and no secret is printed."""
    code, said = kuula("check", more=f"[hooks.crm]\n{hook}\n")
    assert code != 0
    assert wrong in said
    assert SECRET not in said
