"""What people are told: letters of the outbox become messages in their reader's language.

Its wording is in ``templates/<language>/``: ``<kind>.txt`` is a Jinja2 template whose first line is the
subject, ``words.toml`` has the names of reasons, signals, steps and languages. A test holds the languages together.
"""

from monitors.messages.composer import Composer

__all__ = ["Composer"]
