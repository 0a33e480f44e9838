"""How another system says no, by what to do about it; our own ``RetryLater`` is the third way."""

from monitors.errors import StopSource


class Refused(StopSource):
    """The whole system takes nothing more until a person acts: credentials, or an address that is gone."""

    def __init__(self, message: str, *, status: int | None, remedy: str) -> None:
        super().__init__(message, remedy=remedy)
        self.status = status


class NotTaken(StopSource):
    """This one event cannot be taken, however often it is tried; others can."""

    def __init__(self, message: str, *, status: int | None, remedy: str) -> None:
        super().__init__(message, remedy=remedy)
        self.status = status
