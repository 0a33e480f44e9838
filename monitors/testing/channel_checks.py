"""The conformance suite of channels. To join it, a test module says how the channel is built and who listens::

    class TestMine(ChannelChecks):
        case = MyCase()

Each check has a broken twin in ``tests/broken`` that fails it and only it.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import ClassVar

import pytest

from monitors.errors import KuulaError, RetryLater, StopSource
from monitors.ports import Channel, Message

LONG = "Nobody answers. " * 4000


@dataclass
class Listener:
    """The other side: what it received, and the channel that leads to it."""

    channel: Channel
    received: list[str] = field(default_factory=list)


class ChannelCase(ABC):
    """What the suite must know about one channel. ``secrets`` are parts of its address that nobody may see."""

    secrets: ClassVar[Sequence[str]] = ()
    refuses: ClassVar[bool] = True
    """Whether the other side can say no; a log cannot."""

    @abstractmethod
    def listening(self, answer: str = "taken") -> AbstractContextManager[Listener]:
        """A listener that answers ``taken``, ``refused`` (for good) or ``busy``, or that is ``absent``."""


class ChannelChecks:
    """What every channel promises."""

    case: ClassVar[ChannelCase]

    def test_what_is_sent_arrives_with_its_words(self) -> None:
        """Subject and text reach the other side in four languages, and the confirmation is not empty."""
        message = Message("k", "Acme: грозят судом", "Õhtul läks pakk kaduma – ei vastata. Hyvää yötä!", None)
        with self.case.listening() as listener:
            assert listener.channel.send(message)
            assert "грозят судом" in listener.received[0]
            assert "Õhtul läks pakk kaduma" in listener.received[0]

    def test_a_long_message_arrives(self) -> None:
        """A text of 64,000 characters is delivered, if need be shortened, and its beginning is there."""
        with self.case.listening() as listener:
            assert listener.channel.send(Message("k", "Long", LONG))
            assert "Nobody answers." in listener.received[0]

    def test_each_send_is_one_message(self) -> None:
        """Two sends are two messages: the outbox decides what is sent, not the channel."""
        with self.case.listening() as listener:
            for _ in range(2):
                listener.channel.send(Message("k", "Twice", "text"))
            assert len(listener.received) == 2

    @pytest.mark.parametrize("answer", ["busy", "absent"])
    def test_what_may_pass_is_tried_again(self, answer: str) -> None:
        """An overloaded or absent other side is ``RetryLater``."""
        if self.case.refuses:
            with self.case.listening(answer) as listener, pytest.raises(RetryLater):
                listener.channel.send(Message("k", "subject", "text"))

    def test_a_refusal_is_final(self) -> None:
        """An other side that knows us and says no is ``StopSource`` with a remedy."""
        if self.case.refuses:
            with self.case.listening("refused") as listener, pytest.raises(StopSource) as caught:
                listener.channel.send(Message("k", "subject", "text"))
            assert caught.value.remedy

    @pytest.mark.parametrize("answer", ["taken", "refused", "busy", "absent"])
    def test_its_secrets_stay_secret(self, answer: str, caplog: pytest.LogCaptureFixture) -> None:
        """No error, log line, confirmation or printed form holds a secret of the address."""
        said: list[str] = []
        with caplog.at_level(logging.INFO), self.case.listening(answer) as listener:
            try:
                said.append(listener.channel.send(Message("k", "subject", "text")))
            except KuulaError as error:
                said.append(f"{error} {error.args} {getattr(error, 'remedy', '')}")
            said.append(repr(listener.channel))
        for secret in self.case.secrets:
            assert secret not in " ".join([*said, caplog.text])
