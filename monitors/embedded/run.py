"""Starting everything, staying with it, and ending everything."""

import shlex
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from secrets import token_urlsafe
from types import FrameType
from typing import Any, TextIO
from zoneinfo import ZoneInfo

import httpx
from filelock import FileLock, Timeout

from monitors.bootstrap import House, clock
from monitors.embedded.parts import GRACE_SECONDS, Part, Parts
from monitors.embedded.place import AIRFLOW_PORT, PAGES_PORT, Place, check_free, free_port
from monitors.embedded.progress import Progress, look
from monitors.embedded.scheduling import USER, Scheduling
from monitors.errors import BadSettings, KuulaError, RetryLater
from monitors.ledger import people
from monitors.passwords import hashed
from monitors.settings import Settings

LOOK_SECONDS = 1.0
# Not while everything starts, and soon enough for those who stop every day.
FIRST_CLEANING_SECONDS = 300.0
CLEANING_SECONDS = 86_400.0
START_SECONDS = 120.0
ACTOR = "first start"


class AlreadyRunning(KuulaError):
    """The system runs in this folder already."""


class PartDied(KuulaError):
    """A part ended by itself; the message has its last words."""


class Stopped(Exception):
    """Somebody asked to stop."""


def run(
    folder: Path,
    environ: Mapping[str, str],
    screen: TextIO = sys.stdout,
    scheduling: Callable[[Place, int], Scheduling] = Scheduling,
) -> None:
    """Run the whole system in a folder until it is asked to stop; leaves no process behind."""
    place = Place(folder.absolute())
    place.prepare()
    try:
        with FileLock(place.home / "running.lock", timeout=0):
            _Run(place, environ, screen, scheduling).whole()
    except Timeout:
        raise AlreadyRunning(f"Kuula runs in {place.root} already; stop that one first (Ctrl-C there)") from None


class _Run:
    """One run, from the start to the last process gone."""

    def __init__(
        self,
        place: Place,
        environ: Mapping[str, str],
        screen: TextIO,
        scheduling: Callable[[Place, int], Scheduling],
    ) -> None:
        self._place = place
        self._screen = screen
        self._settings = place.settings(clock())
        if not self._settings.file:
            raise BadSettings("the settings come from no file", remedy="Run `kuula init`.")
        self._scheduling = scheduling(place, free_port(AIRFLOW_PORT, [self._settings.pages.port]))
        self._parts = Parts(place.home, self._scheduling.environment(environ, self._settings.file))
        self._progress = Progress(clock(), _zone(self._settings), self._settings.pages.address, self._say, self._status)
        self._has_status = False
        self._asked = 0
        self._cleaning: Part | None = None
        self._clean_at = time.monotonic() + FIRST_CLEANING_SECONDS

    def whole(self) -> None:
        """Start, stay, end."""
        self._parts.end()
        # Before anything is started or made: whoever has the port, such as another Kuula, would answer for our pages.
        check_free(self._settings.pages)
        before = {number: signal.signal(number, self._ask) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            with closing(House(self._settings)) as house:
                self._start(house)
                self._stay(house)
        except Stopped:
            self._say("Stopping: what is under way is finished, within a minute; Ctrl-C again ends it at once.")
        finally:
            self._end()
            for number, handler in before.items():
                signal.signal(number, handler)
        self._say("Stopped. `make run` goes on where this ended.")

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self._asked += 1

    def _start(self, house: House) -> None:
        self._progress.resume(look(house.ledger))
        house.index.prepare()
        first_password = _first_password(house)
        self._scheduling.password()
        settings = str(self._settings.file)
        pages = [sys.executable, "-m", "monitors", "--settings", settings, "serve"]
        self._parts.start("pages", pages, self._place.logs / "pages.log")
        preparing = "airflow-prepare"
        preparation = self._parts.start(preparing, self._scheduling.preparation(), self._log(preparing))
        self._progress.step(f"Airflow is starting; what it says is in {self._place.logs}", clock())
        self._await(preparation)
        for name, command in self._scheduling.commands().items():
            self._parts.start(f"airflow-{name}", command, self._log(f"airflow-{name}"))
        self._until(lambda: _answers(f"{_local(self._settings)}/healthz"))
        self._progress.step("The pages are ready", clock())
        self._tell_addresses(first_password)
        self._until(self._scheduling.is_healthy)
        self._progress.step("Airflow is ready", clock())

    def _log(self, name: str) -> Path:
        return self._place.logs / f"{name}.log"

    def _await(self, part: Part) -> None:
        """Wait for a part that has to end well."""
        while not part.has_ended():
            self._pause()
        self._parts.running.remove(part)
        if part.process.returncode:
            raise PartDied(_obituary(part))

    def _until(self, ready: Any) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            self._check()
            if time.monotonic() > deadline:
                raise RetryLater(f"the start took more than {START_SECONDS:.0f} s; see {self._place.logs}")
            self._pause(0.5)

    def _stay(self, house: House) -> None:
        while True:
            self._check()
            self._clean()
            try:
                self._progress.show(look(house.ledger), clock())
            except RetryLater as error:
                self._say(f"         {error}")
            self._pause(LOOK_SECONDS)

    def _check(self) -> None:
        if dead := self._parts.dead():
            raise PartDied(_obituary(dead))

    def _clean(self) -> None:
        """Have Airflow's old rows and logs forgotten once a day; it is told when that fails, and tried again."""
        if self._cleaning is not None and self._cleaning.has_ended():
            self._parts.running.remove(self._cleaning)
            if self._cleaning.process.returncode:
                self._say(_obituary(self._cleaning))
            self._cleaning = None
        if self._cleaning is None and time.monotonic() >= self._clean_at:
            self._clean_at += CLEANING_SECONDS
            name = "airflow-clean"
            self._cleaning = self._parts.start(name, self._scheduling.cleaning(), self._log(name), passing=True)

    def _pause(self, seconds: float = 0.2) -> None:
        if self._asked:
            raise Stopped
        time.sleep(seconds)
        if self._asked:
            raise Stopped

    def _end(self) -> None:
        """End all parts; being asked again while they finish ends them at once."""
        asked = min(self._asked, 1)
        for part in reversed(self._parts.running):
            # Tasks that finish still report to the API server: it goes after those that work with it.
            part.ask_to_stop()
            deadline = time.monotonic() + GRACE_SECONDS
            while not part.has_ended() and time.monotonic() < deadline and self._asked <= asked:
                time.sleep(0.1)
        self._parts.end(at_once=self._asked > 1)

    def _tell_addresses(self, first_password: tuple[str, str] | None) -> None:
        say = self._say
        say(f"\n  Pages    {self._settings.pages.address}")
        written = self._settings.file
        if self._settings.pages.port != PAGES_PORT and written and written.parent == self._place.home:
            say(f"           (port {PAGES_PORT} was taken by another program; `port` in {written} changes this one)")
        if first_password:
            say("           sign in as {} with the password {}".format(*first_password))
            say("           (shown only now)")
        else:
            say(f"           sign in as {', '.join(self._settings.people)} with your password; for another one:")
            for name in _admins(self._settings) or list(self._settings.people):
                say(f"           {self._kuula()} people password {shlex.quote(name)}")
        say(f"  Airflow  {self._scheduling.address}")
        say(f"           sign in as {USER}; the password is in {self._place.airflow / 'passwords.json'}\n")

    def _kuula(self) -> str:
        return shlex.join([sys.argv[0], "--settings", str(self._settings.file)])

    def _say(self, line: str) -> None:
        start = "\r\x1b[K" if self._has_status else ""
        self._has_status = False
        print(f"{start}{line}", file=self._screen, flush=True)

    def _status(self, line: str) -> None:
        if self._screen.isatty():
            self._has_status = True
            print(f"\r\x1b[K{line}", end="", file=self._screen, flush=True)


def _zone(settings: Settings) -> ZoneInfo:
    return ZoneInfo(next((person.timezone for person in settings.people.values()), "Europe/Tallinn"))


def _local(settings: Settings) -> str:
    host = "127.0.0.1" if settings.pages.host in {"0.0.0.0", "::"} else settings.pages.host  # noqa: S104 - asked, not bound
    return f"http://{host}:{settings.pages.port}"


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=5, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _obituary(part: Part) -> str:
    code = part.process.returncode
    return f"{part.name} ended by itself ({code}). Its last words, from {part.log}:\n{part.last_words()}"


def _first_password(house: House) -> tuple[str, str] | None:
    """Give the first admin a password when nobody has one yet."""
    admins = _admins(house.settings)
    password = token_urlsafe(12)
    with house.ledger.write() as tx:
        if not admins or any(people.password_of(tx, name) for name in house.settings.people):
            return None
        people.set_password(tx, admins[0], hashed(password), ACTOR, house.now())
    return admins[0], password


def _admins(settings: Settings) -> list[str]:
    return [name for name, person in settings.people.items() if person.role == "admin"]
