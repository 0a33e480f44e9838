"""Returns: a customer writes again in a case that is over, so that it is opened again, and people learn of it.

It goes back to whoever had it in hand or resolved it, and they are told as of any case that they have. Where none of
them is there any more, whoever is on duty is told, and then one after the other is called, until somebody takes it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any

from models.answering import Patience
from models.post import Kind, Post
from monitors.ledger import clocks, incidents, returning
from monitors.ledger.clocks import Heard, WroteAgain
from monitors.ledger.engine import Tx
from monitors.ledger.incidents import Status
from monitors.ledger.judging import Unjudged
from monitors.ledger.returning import Terms
from monitors.ledger.stories import Story
from monitors.pipeline.roster import Roster


class Returns:
    """The customers who come back by a batch of posts of one brand; ``again`` is what people are to be told of.

    Two cases of one story are never open at once: where another is, the post belongs to that.
    """

    def __init__(self, tx: Tx, brand: str, roster: Roster, patience: Patience, now: datetime) -> None:
        self._tx = tx
        self._brand = brand
        self._roster = roster
        self._patience = patience
        self._now = now
        self._own: list[Heard] = []
        self._is_own: Callable[[Post], bool] = lambda _post: False
        self._above: Mapping[str, Sequence[str]] = {}
        self._over: dict[str, list[Any]] = {}
        self.again: list[WroteAgain] = []

    def load(self, said: Sequence[Heard], above: Mapping[str, Sequence[str]], is_own: Callable[[Post], bool]) -> None:
        """Know what the batch says, and what each stands below: our answer may be in it, to what is read before it."""
        self._is_own = is_own
        self._own = [one for one in said if one.own]
        self._above = above

    @cached_property
    def _writers(self) -> Mapping[str, str]:
        return clocks.writers_above(self._tx, self._own, self._above)

    def of(self, item: Unjudged, said: Heard, story: Story) -> bool:
        """Whether the post opens the case of its story again; the story is told of it.

        What was judged before was known when people resolved the case. An article is nobody's complaint to us.
        """
        news = item.earlier is None and not said.own and not said.thanks and item.post.kind is not Kind.ARTICLE
        if not news or story.incident_id is None:
            return False
        if story.id not in self._over:
            self._over[story.id] = returning.over(self._tx, self._brand, story.id, self._now)
        # Outside of its conversation only a complaint is about the case: people have other things to say of a brand.
        asks = item.scores.complaint or bool(item.scores.missing)
        cases = self._over[story.id]
        meant = (one for one in cases if self._waits(replace(said, incident_id=one.incident_id if asks else None), one))
        case = next(meant, None)
        if case is None or self._is_answered(said, case):
            return False
        if not story.incident_open:
            return self._reopen(said, case, story)
        if case.incident_id != story.incident_id:
            self._tell_of(said, story.incident_id)
        return False

    def _waits(self, said: Heard, case: Any) -> bool:
        """Whether the customer of a case says something that we have not answered."""
        if not clocks.is_theirs(said, case, self._above):
            return False
        answers = [one.post.created_at for one in self._own if clocks.answers(one, case, self._writers, self._above)]
        known: datetime = max([case.wrote_at, case.last_answer_at or case.wrote_at, *answers])
        return said.post.created_at > known

    def _is_answered(self, said: Heard, case: Any) -> bool:
        """Whether our answer to it is stored, and waits for a later batch: nobody is called for a moment."""
        later = [post for post in clocks.replies_since(self._tx, said, case.thread) if self._is_own(post)]
        ours = [Heard(post, own=True) for post in later]
        above = clocks.above_of(self._tx, ours)
        writers = clocks.writers_above(self._tx, ours, above)
        return any(clocks.answers(one, case, writers, above) for one in ours)

    def _tell_of(self, said: Heard, incident_id: int) -> None:
        """The story is somebody else's case by now, who hears of this customer; one that nobody has is called out."""
        row = incidents.require(self._tx, incident_id)
        if row.status == Status.ACKNOWLEDGED and row.assignee:
            self.again.append(WroteAgain(incident_id, said.post.uid, row.assignee, row.urgent, None))

    def _reopen(self, said: Heard, case: Any, story: Story) -> bool:
        at_stake = {"risk": case.risk, "urgent": case.urgent}
        holder = self._holder(case)
        calls = self._roster.calls(self._now, **at_stake)
        call_at = self._now + self._roster.wait(0, **at_stake) if calls else self._roster.opens_at(self._now)
        by = self._patience.by(case.risk, self._now, urgent=case.urgent)
        if not returning.reopen(self._tx, case.incident_id, said.post, Terms(holder, call_at, by), self._now):
            return False
        self.again.append(WroteAgain(case.incident_id, said.post.uid, holder, case.urgent, by, returned=True))
        story.open_again(case.incident_id, acknowledged=holder is not None)
        return True

    def _holder(self, case: Any) -> str | None:
        """Who had the case in hand, else who resolved it, as far as they can be reached."""
        names = (case.assignee, returning.resolver(self._tx, case.incident_id))
        return next((name for name in names if name and self._roster.channels.get(name)), None)
