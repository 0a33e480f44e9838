"""The channel that writes to the program's own log: for drills, tests and a first try without any account."""

import structlog

from monitors.ports import Message


class LogChannel:
    """Writes each message as one log entry."""

    def __init__(self, name: str) -> None:
        self.name = name

    def send(self, message: Message) -> str:
        """Write the message; this cannot fail."""
        structlog.get_logger("kuula.alerts").warning(message.subject, key=message.key, text=message.text)
        return "written to the log"
