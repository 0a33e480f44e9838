"""One Mastodon server: ``source`` walks hashtags and reads again, ``answer`` replies to a post."""

from monitors.sources.mastodon.source import MastodonSettings, Source, hashtags

__all__ = ["MastodonSettings", "Source", "hashtags"]
