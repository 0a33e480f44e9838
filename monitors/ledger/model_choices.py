"""Which model was chosen to read what: in the ledger, as several machines score and all must hear of it.

Where nothing was chosen the settings say it.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from monitors.ledger import audit
from monitors.ledger.engine import Tx
from monitors.ledger.schema import model_choices, scores
from monitors.ledger.statements import upsert


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for a task, and by whom; ``refused`` says on which machine it could not be loaded, and why."""

    task: str
    name: str
    chosen_by: str
    at: datetime
    refused: str | None = None


def standing(tx: Tx) -> dict[str, Choice]:
    """What is chosen now, by task."""
    rows = tx.execute(select(model_choices).order_by(model_choices.c.task))
    return {row.task: Choice(row.task, row.name, row.chosen_by, row.at, row.refused) for row in rows}


def choose(tx: Tx, choice: Choice) -> None:
    """Choose a model for a task; choosing the same again lets every machine try again to load it."""
    said = {"name": choice.name, "chosen_by": choice.chosen_by, "at": choice.at, "refused": None}
    statement = upsert(tx, model_choices).values(task=choice.task, **said)
    tx.execute(statement.on_conflict_do_update(index_elements=["task"], set_=said))
    audit.record(tx, choice.at, choice.chosen_by, "model_chosen", choice.task, {"name": choice.name})


def give_back(tx: Tx, task: str, actor: str, now: datetime) -> None:
    """Let the settings say again what reads a task."""
    if tx.execute(delete(model_choices).where(model_choices.c.task == task)).rowcount:
        audit.record(tx, now, actor, "model_chosen", task, {"name": "settings"})


def refuse(tx: Tx, at: datetime, reason: str) -> None:
    """Note of the choice made at a time that it cannot be loaded somewhere."""
    tx.execute(update(model_choices).where(model_choices.c.at == at).values(refused=reason[:2000]))


def last_used(tx: Tx) -> str | None:
    """The versions of all models that scored the newest post that has scores."""
    newest = select(scores.c.model).where(scores.c.model != "none").order_by(scores.c.post_seq.desc()).limit(1)
    return tx.execute(newest).scalar()
