"""Channels: the ways to people. ``open_channel`` makes one from its settings; each kind is a module here."""

from collections.abc import Callable
from datetime import datetime

from monitors.channels import apprise, log
from monitors.ports import Channel
from monitors.settings import ChannelConfig


def open_channel(name: str, config: ChannelConfig, now: Callable[[], datetime]) -> Channel:
    """The channel of that name, ready to send; ``now`` is the time for what the other side says of waiting."""
    if config.kind == "log" or config.url is None:
        return log.LogChannel(name)
    return apprise.AppriseChannel(name, config.url.get_secret_value(), now)
