"""Other systems that are told what happens to incidents: by signed webhooks, or as tickets that follow an incident.

``Teller`` sends one event; a recipe beside it knows what its system is called, asks and answers.
"""

from monitors.hooks.happened import Happened
from monitors.hooks.refusing import NotTaken, Refused
from monitors.hooks.telling import Confirmed, Teller

__all__ = ["Confirmed", "Happened", "NotTaken", "Refused", "Teller"]
