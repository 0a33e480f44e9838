"""Install what the tests' real servers need: ``PYTHONPATH=tests python -m servers.install``.

On Debian as root it installs packages; elsewhere it says what is missing. It may be called before every test run: when
everything is there it takes no time. It never fails: the tests themselves say loudly which server they could not have.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial

from servers import chromium, elasticsearch, postgres
from servers.process import MissingServerError


def _program(name: str) -> None:
    if not shutil.which(name):
        raise MissingServerError(f"{name} is not installed")


def _chromium() -> None:
    with chromium.chromium():
        pass


PARTS: dict[str, Callable[[], object]] = {
    "postgresql": postgres.find_programs,
    "redis-server": partial(_program, "redis-server"),
    "chromium": _chromium,
    "maven": partial(_program, "mvn"),
}


def main() -> None:
    """Install what is missing, then say what still is."""
    missing = [package for package, find in PARTS.items() if not _has(find)]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing for the tests: {' '.join(missing)}", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for step in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", *missing]):
            subprocess.run(["apt-get", *step], env=environment, stdout=subprocess.DEVNULL, check=False)
    problems = [f"{package}: `apt-get install {package}` as root" for package, find in PARTS.items() if not _has(find)]
    for prepare in (elasticsearch.install, elasticsearch.find_java):
        try:
            prepare()
        except (MissingServerError, OSError, subprocess.CalledProcessError) as error:
            problems.append(f"elasticsearch: {error}")
    for problem in problems:
        print(f"NOT INSTALLED: {problem}", file=sys.stderr)


def _has(find: Callable[[], object]) -> bool:
    try:
        find()
    except MissingServerError:
        return False
    return True


if __name__ == "__main__":
    main()
