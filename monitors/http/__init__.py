"""The way out of the house: the one client that sources are handed, with its budget, its guard and its errors."""

from monitors.http.budget import Budget, MemoryBudget
from monitors.http.client import Http, Reply

__all__ = ["Budget", "Http", "MemoryBudget", "Reply"]
