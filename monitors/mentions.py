"""Words of strangers on their way into chats and tickets: nobody is called by them."""

import re

_URL = re.compile(r"(https?://[^\s<>()\[\]]+)")
_EVERYBODY = re.compile(r"@(?=everyone|here|(?:channel|all|room)\b)", re.IGNORECASE)
_CALL_OR_LINK = re.compile(rf"{_EVERYBODY.pattern}|(?<!\w)@(?=[\w&!])|(?<=\])(?=\()", re.IGNORECASE)
_JOINER = "\u2060"  # is not seen, and breaks no line


def calling_nobody(text: str) -> str:
    """A text as chats show it that call people by ``@`` and take ``[words](address)`` for a link: the same to read.

    Addresses lead where they led.
    """
    parts = _URL.split(text)
    parts[0::2] = [_CALL_OR_LINK.sub(lambda found: found[0] + _JOINER, part) for part in parts[0::2]]
    parts[1::2] = [_EVERYBODY.sub("%40", part) for part in parts[1::2]]
    return "".join(parts)
