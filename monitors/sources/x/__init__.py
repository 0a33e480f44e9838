"""X: ``source`` sweeps and looks up through tweepy, ``wire`` knows what X takes and gives."""

from monitors.sources.x.source import Source, XSettings

__all__ = ["Source", "XSettings"]
