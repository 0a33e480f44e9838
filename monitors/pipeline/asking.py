"""Asking a source: whatever goes wrong in it leaves as an error with a remedy, and takes nobody else along.

Sources turn what services do to them into our errors. What is left is a mistake in a source or a disk that fails; both
are told like any other failure of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import extract_tb

from monitors.errors import RetryLater, SkipRecord, StopSource

_MISTAKES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    SkipRecord,
    TypeError,
    ValueError,
)


@contextmanager
def asking(name: str) -> Iterator[None]:
    """Ask the source of that name within the block.

    The error names the kind of the mistake and its place. Its words stay out: they may quote a post, or an address with
    a key in it.
    """
    try:
        yield
    except OSError as error:
        raise RetryLater(f"{name} could not be read: {_named(error)}") from error
    except _MISTAKES as error:
        raise StopSource(
            f"{name} has a mistake in its program: {_named(error)}",
            remedy="Tell whoever wrote this source; it is asked again at its next turn, from the last page it brought.",
        ) from error


def _named(error: Exception) -> str:
    place = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}"
