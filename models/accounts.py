"""Accounts as the settings name them: ``name``, ``@name`` or an id, and ``source:name`` at one source alone."""


def parted(account: str) -> tuple[str, str]:
    """The source that an account is bound to, empty where it means every source, and its name in one spelling.

    The address of a web page is a name: some services have no other ids.
    """
    source, colon, name = account.strip().partition(":")
    if not colon or name.startswith("//"):
        return "", spelled(account)
    return source, spelled(name)


def spelled(name: str) -> str:
    """A handle or an id in one spelling, whatever its case, without ``@``."""
    # Signs such as the one for kelvin become plain letters in any other case, and would be somebody else's name.
    return "".join(
        sign if sign.casefold().isascii() > sign.isascii() else sign.casefold() for sign in name.strip().lstrip("@")
    )
