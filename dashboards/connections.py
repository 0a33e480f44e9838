"""Connections that say nothing, or say it letter by letter: they are closed, and keep no place from others."""

from asyncio import TimerHandle, Transport

from uvicorn.protocols.http.h11_impl import H11Protocol

SECONDS = 30.0
"""How long a whole request may take to arrive: the largest of a form, over a slow network."""


class PromptProtocol(H11Protocol):
    """uvicorn's own, with a time for the whole of a request: uvicorn waits for ever for the rest of one.

    An answer may take as long as it takes, and between two requests uvicorn's own time holds.
    """

    seconds = SECONDS
    _late: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Somebody is there: their first request is to arrive in time."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """A part of a request; the first of one begins its time."""
        if self.timeout_keep_alive_task is not None or self._late is None:
            self._wait()
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone."""
        self._stop()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._stop()
        self._late = self.loop.call_later(self.seconds, self._look)

    def _stop(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _look(self) -> None:
        self._late = None
        answering = self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body
        if not answering and self.timeout_keep_alive_task is None and not self.transport.is_closing():
            self.transport.close()
