"""Bodies of answers in small pieces, unpacked no faster than they are looked at.

httpx unpacks what one packet brings at a stretch, and packs are nested as often as the other side says: two and a half
kilobytes from the network became 1.5 GB at once, before anybody could count.
"""

import zlib
from collections.abc import Iterator

import httpx

ACCEPTED = "gzip, deflate"
"""What we ask for by ``accept-encoding``."""

_PIECE = 64 * 1024
_EITHER, _BARE = 32 + zlib.MAX_WBITS, -zlib.MAX_WBITS


def unpacked(response: httpx.Response) -> Iterator[bytes]:
    """The body in pieces of at most 64 KiB, of an answer that was asked for as a stream.

    ``httpx.DecodingError`` for what is packed twice or cannot be unpacked. What is packed in a way that we did not ask
    for comes as it is.
    """
    ways = [way.strip() for way in response.headers.get("content-encoding", "").lower().split(",")]
    packed = [way for way in ways if way in {"gzip", "x-gzip", "deflate"}]
    if len(packed) > 1:
        raise httpx.DecodingError("the answer is packed more than once")
    if not packed or len(ways) > 1:
        yield from response.iter_raw(_PIECE)
        return
    try:
        yield from _inflated(response.iter_raw())
    except zlib.error:
        raise httpx.DecodingError("the answer cannot be unpacked") from None


def _inflated(chunks: Iterator[bytes]) -> Iterator[bytes]:
    unpack = zlib.decompressobj(_EITHER)
    begun = False
    for chunk in chunks:
        rest = chunk
        while rest:
            try:
                piece = unpack.decompress(rest, _PIECE)
            except zlib.error:
                if begun:
                    raise
                # Some call it deflate and leave out what should stand around it.
                unpack, begun = zlib.decompressobj(_BARE), True
                continue
            begun = True
            rest = unpack.unconsumed_tail
            if piece:
                yield piece
