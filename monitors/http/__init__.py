"""The way out of the house: the one client that sources are handed, with its budget, its guard and its errors."""

from monitors.http.budget import Budget
from monitors.http.client import Http, Reply
from monitors.http.faults import RefusedError

__all__ = ["Budget", "Http", "RefusedError", "Reply"]
