"""Why something that people asked for cannot be done; pages say each in the reader's language."""

from datetime import datetime, timedelta

from monitors.errors import KuulaError

MOMENT = timedelta(minutes=2)
_DID = {
    "acknowledged": "took it",
    "assigned": "gave it to somebody",
    "resolved": "resolved it",
    "reopened": "reopened it",
    "released": "gave it back",
    "promise_kept": "marked the promise as kept",
    "promise_withdrawn": "withdrew the promise",
    "promise_extended": "took longer for the promise",
    "answer_claimed": "began to write the answer",
    "handed_over": "handed it over",
    "manager_answered": "answered the question",
}


class NotPossible(KuulaError):
    """The incident or promise is not in a state that allows this; the message says what it is."""


class SomebodyElse(NotPossible):
    """Another person was faster: ``who`` did ``kind`` (an event of the incident's log) at ``at``."""

    def __init__(self, who: str, kind: str, at: datetime, now: datetime) -> None:
        when = "a moment ago" if now - at < MOMENT else f"on {at:%Y-%m-%d at %H:%M} UTC"
        super().__init__(f"{who} {_DID.get(kind, 'changed it')} {when}")
        self.who = who
        self.kind = kind
        self.at = at


class OpenPromises(NotPossible):
    """So many promises to the customer still wait: they are kept or withdrawn first."""

    def __init__(self, incident_id: int, number: int) -> None:
        promised = "1 open promise" if number == 1 else f"{number} open promises"
        super().__init__(f"incident {incident_id} has {promised} to the customer: keep or withdraw first")
        self.number = number
