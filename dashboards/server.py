"""The pages on a port of their own: ``kuula serve``."""

import errno
import signal
import socket
from collections.abc import Callable
from contextlib import closing, suppress

import uvicorn

from dashboards.app import create_app, furnish
from dashboards.connections import PromptProtocol
from dashboards.office import ReplyDesk
from dashboards.warming import warming
from monitors.bootstrap import House
from monitors.errors import BadSettings
from monitors.settings import Settings
from monitors.settings.sections import Pages

# Live updates are connections that never end by themselves.
GRACE_SECONDS = 2


def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve the pages until the process is asked to end; ``announce`` is told their address once they listen."""
    with closing(listen(settings.pages)) as listener, closing(House(settings)) as house:
        app = create_app(
            ledger=house.ledger,
            index=house.index,
            settings=settings,
            now=house.now,
            secret_key=house.secret_key,
        )
        furnish(app, ReplyDesk(house.reply_checker, house.repliers()))
        config = uvicorn.Config(
            app,
            http=PromptProtocol,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        at = settings.pages.model_copy(update={"port": listener.getsockname()[1]})
        announce(at.address)
        # Once uvicorn has ended in order it raises the signal that asked for it again: either is an interrupt by then.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with suppress(KeyboardInterrupt), warming(app):
            uvicorn.Server(config).run(sockets=[listener])


def listen(pages: Pages) -> socket.socket:
    """Take the address of the settings, or say who else has it and what to do."""
    family = socket.AF_INET6 if ":" in pages.host else socket.AF_INET
    try:
        return socket.create_server((pages.host, pages.port), family=family, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise BadSettings(
                f"port {pages.port} on {pages.host} is taken by another program, perhaps by another Kuula",
                key="pages.port",
                remedy="Stop that program, or take another port: kuula serve --port 8009.",
            ) from error
        raise BadSettings(
            f"the pages cannot listen on {pages.host}, port {pages.port}: {error.strerror}",
            key="pages.host",
            remedy="Use an address of this machine, such as 127.0.0.1, and a port above 1023.",
        ) from error
