"""What a reply on Mastodon is: who is mentioned, who may see it, and how long it is by the server's own count."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

# A server keeps the keys of posts for an hour; a little less, because its clock is not ours.
KEY_KNOWN_FOR = timedelta(minutes=50)

_ADDRESS = re.compile(r"https?://\S+")
_MENTION = re.compile(r"(?<![\w@/])@([A-Za-z0-9_]+(?:[.-]+[A-Za-z0-9_]+)*)@[A-Za-z0-9.-]+[A-Za-z0-9]")
_ADDRESS_COUNTS = 23


def length(text: str) -> int:
    """How long a text is for the limit: each address counts as 23, and of a mention only the name."""
    shorter = _ADDRESS.sub("x" * _ADDRESS_COUNTS, text)
    return len(_MENTION.sub(r"@\1", shorter))


def addressed(text: str, account: str) -> str:
    """The text with its reader mentioned, as they hear of it by that only."""
    mention = f"@{account}"
    named = re.search(rf"(?<!\w){re.escape(mention)}(?![\w@.-])", text, re.IGNORECASE)
    return text if named or not account else f"{mention} {text}"


def form(text: str, to: Mapping[str, Any], key: str) -> dict[str, Any]:
    """What is posted in answer to a status: as public as that one was, under a key that the server knows again."""
    account = to.get("account") or {}
    return {
        "status": addressed(text, str(account.get("acct") or "")),
        "in_reply_to_id": str(to["id"]),
        "visibility": to.get("visibility") or "public",
        "idempotency_key": key,
    }
