"""The pages alone, under uvicorn: what ``kuula serve`` runs."""

import uvicorn

from dashboards.app import create_app
from monitors.bootstrap import House
from monitors.settings import Settings

SECONDS_TO_FINISH = 3


def serve(settings: Settings) -> None:
    """Serve the pages until the process is told to stop."""
    house = House(settings)
    app = create_app(
        ledger=house.ledger,
        index=house.index,
        settings=settings,
        now=house.now,
        secret_key=house.secret_key,
    )
    try:
        # A stream to a live page never ends by itself: stopping must not wait for it.
        uvicorn.run(
            app,
            host=settings.pages.host,
            port=settings.pages.port,
            log_level="warning",
            proxy_headers=True,
            server_header=False,
            timeout_graceful_shutdown=SECONDS_TO_FINISH,
        )
    finally:
        house.close()
