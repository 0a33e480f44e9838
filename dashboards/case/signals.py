"""What the posts of a case say, as the models found it and people put it right."""

from collections.abc import Iterable
from typing import Any

from dashboards.case.context import Case
from models.scores import Sentiment, Signal
from monitors.ledger import corrections
from monitors.ledger.corrections import NO, YES
from monitors.playbook import plays

_KNOWN = frozenset(Signal)


def signals_of(case: Case) -> frozenset[str]:
    """The signals of all posts, without those that people took back and with those that they added."""
    said = corrections.of_posts(case.tx, [post.seq for post in case.posts])
    return frozenset(name for post in case.posts for name in _of_post(post, said[post.seq]))


def _of_post(post: Any, said: Iterable[Any]) -> set[str]:
    edited = post.scored_version != post.version
    found = set() if edited else {str(name) for name, *_ in post.signals or ()}
    words = [(one.field, one.value) for one in said if one.field in _KNOWN and one.version == post.version]
    yes = {field for field, value in words if value == YES}
    no = {field for field, value in words if value == NO}
    return (found - (no - yes)) | yes


def otherwise_of(case: Case) -> str:
    """What a case is where it has no signals: anger, praise, or anything."""
    if any(post.complaint or post.sentiment == Sentiment.NEGATIVE for post in case.posts):
        return plays.PLAIN_ANGER
    if case.posts and all(post.sentiment == Sentiment.POSITIVE for post in case.posts):
        return plays.PRAISE
    return plays.GENERAL
