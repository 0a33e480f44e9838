"""Words of strangers as one line of a message: of any length that they like, and nothing but words."""

_JOINER = "\u200d"  # holds the parts of many emoji together


def one_line(text: str) -> str:
    """A text that can neither start a new header in a mail, nor colour a terminal, nor turn the writing around."""
    return " ".join("".join(char if char.isprintable() or char == _JOINER else " " for char in text).split())


def cut(text: str, longest: int) -> str:
    """The same, with an ellipsis in the place of what is more than so many characters."""
    line = one_line(text)
    return line if len(line) <= longest else line[:longest].rstrip() + " …"
