"""Addresses that strangers wrote may not lead into private networks.

The name is resolved here, each address is checked, and the connection goes to the very address that was checked, so
that a name cannot point elsewhere between the check and the call. Redirects pass here again, hop by hop.
"""

import ipaddress
import socket
from typing import TypeAlias

import httpx

TRUSTED = "kuula.trusted"

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

# Translators turn these IPv6 addresses into IPv4 ones that could be private: RFC 6052, 6to4 (RFC 3056).
_TRANSLATED = (
    ipaddress.ip_network("64:ff9b::/96"),
    ipaddress.ip_network("64:ff9b:1::/48"),
    ipaddress.ip_network("2002::/16"),
)
# Given up, and still led inside by old routers: IPv4-compatible and site-local addresses (RFC 4291), relays of 6to4
# (RFC 7526). Python calls them global.
_GIVEN_UP = (
    ipaddress.ip_network("::/96"),
    ipaddress.ip_network("fec0::/10"),
    ipaddress.ip_network("192.88.99.0/24"),
)


class PrivateAddressError(Exception):
    """An address that content gave leads into a private network; the message names the host only."""


def is_public(address: Address) -> bool:
    """Whether a packet to ``address`` leaves for the internet, not for this machine or the networks around it."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if any(address in network for network in (*_TRANSLATED, *_GIVEN_UP)):
        return False
    return address.is_global and not address.is_multicast


class GuardedTransport(httpx.BaseTransport):
    """Sends what is for the configured server as it is, and everything else only to public addresses.

    A request says by the extension ``kuula.trusted`` which origin (scheme, host, port) the settings name; redirects
    keep the extension and change the address, which is the point.
    """

    def __init__(self, inner: httpx.BaseTransport, *, allow_private: bool) -> None:
        self._inner = inner
        self._allow_private = allow_private

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request, or raise ``PrivateAddressError``."""
        if self._allow_private or origin(request.url) == request.extensions.get(TRUSTED):
            return self._inner.handle_request(request)
        *others, last = self._resolve(request.url)
        for address in others:
            try:
                return self._inner.handle_request(_redirected(request, address))
            except httpx.ConnectError:
                # Such as the IPv6 address of a host, from a network that has none.
                continue
        return self._inner.handle_request(_redirected(request, last))

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()

    def _resolve(self, url: httpx.URL) -> list[Address]:
        try:
            found = socket.getaddrinfo(
                url.host, url.port or (443 if url.scheme == "https" else 80), type=socket.SOCK_STREAM
            )
        except OSError as error:
            raise httpx.ConnectError(type(error).__name__) from None
        except UnicodeError:
            raise httpx.InvalidURL("the host is not a name") from None
        addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        if not addresses or not all(is_public(address) for address in addresses):
            raise PrivateAddressError(url.host)
        return list(dict.fromkeys(addresses))


def _redirected(request: httpx.Request, address: Address) -> httpx.Request:
    return httpx.Request(
        request.method,
        request.url.copy_with(host=str(address)),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )


def origin(url: httpx.URL) -> tuple[str, str, int | None]:
    """What must be equal for two addresses to be the same server."""
    return url.scheme, url.host, url.port
