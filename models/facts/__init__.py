"""What an answer states: sums, days, names, causes, promises and rules, and where a new answer says otherwise.

``facts_of`` finds them in Estonian, Russian, Finnish and English texts and brings them to a normal form; ``differing``
compares a new answer with what was told before.
"""

from datetime import date

from models.facts.differing import differing, differing_from
from models.facts.fact import Difference, Fact, FactKind, from_document, to_document
from models.facts.moments import read_moments
from models.facts.reading import Reading
from models.facts.sums import read_bare_sums, read_sums
from models.facts.told import read_admissions, read_causes, read_names, read_promises, read_rules


def facts_of(text: str, language: str | None, at: date | None = None) -> tuple[Fact, ...]:
    """Find the facts of a text, by their places; ``at`` is the day on which it was told."""
    reading = Reading(text, (language or "en")[:2].lower(), at)
    for read in (read_sums, read_moments, read_bare_sums, read_names, read_causes, read_rules):
        read(reading)
    read_promises(reading)
    read_admissions(reading)
    return tuple(sorted(reading.facts, key=lambda fact: (fact.start, fact.end, fact.kind)))


__all__ = ["Difference", "Fact", "FactKind", "differing", "differing_from", "facts_of", "from_document", "to_document"]
