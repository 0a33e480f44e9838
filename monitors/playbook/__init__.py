"""The playbook: for each case what to do next, in the agent's language, with words in the customer's.

A case is a Markdown file that people edit; ``defaults/`` has ours. ``plays`` says what one is, ``reading`` reads it,
``library`` knows which are in use.
"""

from monitors.playbook.library import Library, Shelf
from monitors.playbook.plays import LANGUAGES, BrokenPlay, Play, Problem, Stage, Step, applying, filled
from monitors.playbook.reading import parse

__all__ = [
    "LANGUAGES",
    "BrokenPlay",
    "Library",
    "Play",
    "Problem",
    "Shelf",
    "Stage",
    "Step",
    "applying",
    "filled",
    "parse",
]
