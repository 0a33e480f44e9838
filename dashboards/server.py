"""The pages on a port of their own: ``kuula serve``."""

import threading
from contextlib import closing

import uvicorn

from dashboards.app import create_app, warm
from monitors.bootstrap import House
from monitors.settings import Settings

# Live updates are connections that never end by themselves.
GRACE_SECONDS = 2


def serve(settings: Settings) -> None:
    """Serve the pages until the process is asked to end."""
    with closing(House(settings)) as house:
        app = create_app(
            ledger=house.ledger,
            index=house.index,
            settings=settings,
            now=house.now,
            secret_key=house.secret_key,
        )
        # A daemon: stopping must not wait for libraries that are still being loaded.
        threading.Thread(target=warm, args=(app,), daemon=True).start()
        uvicorn.run(
            app,
            host=settings.pages.host,
            port=settings.pages.port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
