"""How often Python looks for objects that hold each other, where posts are turned over by the hundred thousand."""

import gc

_NEW_OBJECTS = 50_000


def collect_seldom() -> None:
    """Look for cycles after every 50,000 new objects instead of 700.

    A batch of posts makes that many that live for a second and hold no cycles: looking at them all each time took a
    seventh of scoring, judging and indexing, and found nothing.
    """
    _, *older = gc.get_threshold()
    gc.set_threshold(_NEW_OBJECTS, *older)
