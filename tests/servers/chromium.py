"""The Chromium of this machine, for tests that drive the pages."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from servers.process import MissingServerError

NAMES = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def chromium() -> Iterator[str]:
    """Where the browser's program is; it is each test that starts it."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        raise MissingServerError("Chromium is not installed: `apt-get install chromium` as root")
    yield found
