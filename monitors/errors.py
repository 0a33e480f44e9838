"""The errors of Kuula, each named by its remedy.

::

    KuulaError
    ├── RetryLater      it may work later: wait until ``after`` (UTC) if that is known
    │   └── TooLarge    the answer is larger than ``max_bytes``: it works once it is smaller, or that is raised
    ├── SkipRecord      this one record cannot be understood: count it, show it, go on
    ├── StopSource      this source cannot work until a person acts: credentials, plan, query, markup that changed
    └── BadSettings     the settings are wrong: say where and what to write instead

Libraries' errors become one of these where the library is called. Airflow's answer to each is in
``monitors.tasks.policy``.
"""

from datetime import datetime


class KuulaError(Exception):
    """What all errors of Kuula share: the message is safe to show, it never holds a secret."""


class RetryLater(KuulaError):
    """The same call may work later, not before ``after`` where the other side said so.

    ``perhaps_done`` says that the other side may have carried it out all the same: what must not happen twice is then
    not called again.
    """

    def __init__(self, message: str, *, after: datetime | None = None, perhaps_done: bool = False) -> None:
        super().__init__(message)
        self.after = after
        self.perhaps_done = perhaps_done


class TooLarge(RetryLater):
    """An answer was given up in the middle, as it is larger than the settings allow; asking again at once is no use."""


class SkipRecord(KuulaError):
    """One record is not understood. ``reason`` is a short fixed word to count by; the message says more."""

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(message or reason)
        self.reason = reason


class StopSource(KuulaError):
    """The source stays stopped until a person acts. ``remedy`` says what to do, in a sentence."""

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


class BadSettings(KuulaError):
    """Settings that cannot work: where (a dotted key, a line), what is wrong, and what to write instead."""

    def __init__(self, message: str, *, key: str = "", line: int | None = None, remedy: str = "") -> None:
        super().__init__(message)
        self.key = key
        self.line = line
        self.remedy = remedy
