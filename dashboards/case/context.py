"""What each part of an incident's page is given to draw from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from dashboards.office import Office, Visitor
from monitors.ledger import crowd
from monitors.ledger.crowd import Crowd
from monitors.ledger.engine import Tx


@dataclass(frozen=True)
class Case:
    """One incident as somebody looks at it: its row, its posts (oldest first), its log, and its promises."""

    tx: Tx
    office: Office
    visitor: Visitor
    row: Any
    posts: Sequence[Any]
    events: Sequence[Any]
    promises: Sequence[Any]
    now: datetime

    @cached_property
    def crowd(self) -> Crowd:
        """How the customers of its story stand; read once for all parts."""
        return crowd.of_incident(self.tx, self.row)
