"""Couriers: a thread for each channel that has something to send, so that one that hangs holds up no other.

For a process that goes on for ever: whoever asks waits a moment for those that are quick, and looks at the others the
next time.
"""

from datetime import timedelta
from multiprocessing.pool import AsyncResult, ThreadPool

from monitors.pipeline.deliver import MOST_LANES, Delivered, Mailroom

AT_ONCE = 5
"""Messages that a courier takes along: what is urgent overtakes the rest when it comes back."""

MOMENT = timedelta(seconds=0.25)


class Couriers:
    """Serves the channels of a mailroom side by side, each by one thread at most."""

    def __init__(self, room: Mailroom) -> None:
        self._room = room
        # Daemons: a channel that never answers must not keep the process from ending.
        self._pool = ThreadPool(min(MOST_LANES, max(1, len(room.channels))))
        self._under_way: dict[str, AsyncResult[Delivered]] = {}

    def send(self, patience: timedelta = MOMENT) -> Delivered:
        """Send out couriers for what is due now; gives what those have done that are back."""
        set_out = [channel for channel in self._room.due() if channel not in self._under_way]
        for channel in set_out:
            self._under_way[channel] = self._pool.apply_async(self._room.serve, (channel, AT_ONCE))
        left = patience.total_seconds()
        for channel in set_out:
            self._under_way[channel].wait(left)
            if not self._under_way[channel].ready():
                # The patience is for all of them together.
                left = 0.0
        back = [channel for channel, one in self._under_way.items() if one.ready()]
        return sum((self._under_way.pop(channel).get() for channel in back), Delivered())

    def close(self, patience: timedelta) -> bool:
        """Let those who are under way come back; False when one did not in time: its messages go out again later."""
        self._pool.close()
        for one in self._under_way.values():
            one.wait(patience.total_seconds())
        return all(one.ready() for one in self._under_way.values())
