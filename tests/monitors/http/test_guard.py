"""Which addresses are public, and that the one that was checked is the one that is called."""

import ipaddress

import httpx
import pytest

from monitors.http.guard import GuardedTransport, PrivateAddressError, is_public


class Recording(httpx.BaseTransport):
    """A transport that notes requests and sends nothing."""

    def __init__(self) -> None:
        self.seen: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Note it."""
        self.seen.append(request)
        return httpx.Response(200)


PRIVATE = [
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1"),
    *("224.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1"),
    *("::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1"),
    *("::127.0.0.1", "::8.8.8.8", "fec0::1", "feff::1", "192.88.99.1", "::ffff:192.88.99.1"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_known(address: str) -> None:
    """Loopback, private, link-local, shared, multicast and documentation and abandoned blocks, also inside IPv6."""
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "193.40.0.1", "2001:4860:4860::8888", "::ffff:8.8.8.8"])
def test_public_addresses_are_known(address: str) -> None:
    """The internet is not shut out with them."""
    assert is_public(ipaddress.ip_address(address))


def test_the_checked_address_is_the_called_one() -> None:
    """The name stays in the header and in the certificate's check; the connection goes to the number."""
    inner = Recording()
    with httpx.Client(transport=GuardedTransport(inner, allow_private=False)) as client:
        client.get("https://8.8.8.8/a?b=1")
    (request,) = inner.seen
    assert (request.url.host, request.headers["host"]) == ("8.8.8.8", "8.8.8.8")
    assert request.extensions["sni_hostname"] == "8.8.8.8"


def test_a_name_that_leads_inside_is_refused() -> None:
    """What a name resolves to is checked, not the name."""
    inner = Recording()
    with httpx.Client(transport=GuardedTransport(inner, allow_private=False)) as client:
        with pytest.raises(PrivateAddressError):
            client.get("http://localhost:9/")
        with pytest.raises((httpx.ConnectError, httpx.InvalidURL)):
            client.get(f"http://{'a' * 64}.example/")
    assert inner.seen == []
