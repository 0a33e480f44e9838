"""A channel that passes the whole suite of channels, and beside it a broken twin for each check."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from monitors.errors import RetryLater, StopSource
from monitors.ports import Message
from monitors.testing.channel_checks import ChannelCase, Listener


class Toy:
    """A channel into a list."""

    token = "token-0123456789"

    def __init__(self, answer: str) -> None:
        self.name = "toy"
        self.answer = answer
        self.received: list[str] = []

    def __repr__(self) -> str:
        return "Toy"

    def send(self, message: Message) -> str:
        if self.answer in {"busy", "absent"}:
            raise RetryLater(self.answer)
        if self.answer == "refused":
            raise StopSource("refused", remedy="Correct it.")
        self.received.append(f"{message.subject}\n{message.text}")
        return "taken"


class ToyCase(ChannelCase):
    """The toy, or one of its twins."""

    secrets: ClassVar[tuple[str, ...]] = (Toy.token,)

    def __init__(self, kind: type[Toy] = Toy) -> None:
        self.kind = kind

    @contextmanager
    def listening(self, answer: str = "taken") -> Iterator[Listener]:
        channel = self.kind(answer)
        yield Listener(channel, channel.received)


class LosesLetters(Toy):
    """Can only write English."""

    def send(self, message: Message) -> str:
        done = super().send(message)
        self.received[-1] = self.received[-1].encode("ascii", "ignore").decode()
        return done


class RefusesLong(Toy):
    """Gives up on long texts."""

    def send(self, message: Message) -> str:
        if len(message.text) > 1000:
            raise StopSource("too long", remedy="Write less.")
        return super().send(message)


class Deduplicates(Toy):
    """Sends each key once."""

    def send(self, message: Message) -> str:
        return "taken" if self.received else super().send(message)


class GivesUp(Toy):
    """Takes every trouble for the end."""

    def send(self, message: Message) -> str:
        try:
            return super().send(message)
        except RetryLater as error:
            raise StopSource(str(error), remedy="Give up.") from None


class NeverGivesUp(Toy):
    """Takes no for an answer that may change."""

    def send(self, message: Message) -> str:
        try:
            return super().send(message)
        except StopSource as error:
            raise RetryLater(str(error)) from None


class Talks(Toy):
    """Logs its token."""

    def send(self, message: Message) -> str:
        logging.getLogger("toy").info("sending with %s", self.token)
        return super().send(message)


TWINS = {
    "test_what_is_sent_arrives_with_its_words": LosesLetters,
    "test_a_long_message_arrives": RefusesLong,
    "test_each_send_is_one_message": Deduplicates,
    "test_what_may_pass_is_tried_again": GivesUp,
    "test_a_refusal_is_final": NeverGivesUp,
    "test_its_secrets_stay_secret": Talks,
}
