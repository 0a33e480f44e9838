"""What learned models answer, in the order of their columns: training writes it, the models that run read it."""

from models.scores import Signal

SIGNALS = tuple(Signal)
