"""Elasticsearch's client from one address, and its errors as ours."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from elastic_transport import TlsError
from elasticsearch import ApiError, AuthenticationException, AuthorizationException, Elasticsearch, TransportError

from monitors.errors import BadSettings, RetryLater

_PREFIX = "kuula-posts"
SECONDS = 30
"""How long the cluster has for an answer."""

_OPTIONS = {"api_key", "ca"}
_BUSY = 429
_BROKEN = 500


def connect(url: str) -> tuple[Elasticsearch, str]:
    """Make a client, and give the name that all our indices start with.

    ``https://[USER:PASSWORD@]HOST:9200[,HOST2:9200][/PREFIX][?api_key=KEY&ca=FILE]``: several hosts are one cluster,
    ``ca`` is the authority's certificate where it is none of the system's.
    """
    parts = urlsplit(url.removeprefix("elasticsearch+"))
    credentials, _, hosts = parts.netloc.rpartition("@")
    given = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    prefix = parts.path.strip("/") or _PREFIX
    if not hosts or given.keys() - _OPTIONS or not re.fullmatch(r"[a-z][a-z0-9_-]{0,99}", prefix):
        raise _bad_address("cannot be read")
    options: dict[str, Any] = {}
    if credentials:
        user, _, password = credentials.partition(":")
        options["basic_auth"] = (unquote(user), unquote(password))
    if "api_key" in given:
        options["api_key"] = given["api_key"]
    if "ca" in given:
        if not Path(given["ca"]).is_file():
            raise _bad_address("names a certificate that is no file")
        options["ca_certs"] = given["ca"]
    addresses = [f"{parts.scheme}://{host if ':' in host else f'{host}:9200'}" for host in hosts.split(",")]
    try:
        client = Elasticsearch(
            addresses, request_timeout=SECONDS, retry_on_timeout=False, max_retries=len(addresses), **options
        )
    except (ValueError, OSError) as error:  # two ways to sign in, no certificate, a port that is no number
        raise _bad_address("cannot be used") from error
    return client, prefix


@contextmanager
def translated() -> Iterator[None]:
    """Turn the client's errors into ours; what is left is a mistake of this code and stays what it is."""
    try:
        yield
    except (AuthenticationException, AuthorizationException) as error:
        raise BadSettings(
            "Elasticsearch refuses our credentials",
            key="index.url",
            remedy="Give a valid api_key, or user and password, in index.url; it needs all rights on our indices.",
        ) from error
    except TlsError as error:
        raise BadSettings(
            "Elasticsearch's certificate is not trusted", key="index.url", remedy="Add ?ca=FILE to index.url."
        ) from error
    except TransportError as error:
        raise RetryLater(f"Elasticsearch does not answer ({type(error).__name__})") from error
    except ApiError as error:
        if error.status_code != _BUSY and error.status_code < _BROKEN:
            raise
        raise RetryLater(f"Elasticsearch cannot answer now (HTTP {error.status_code})") from error


def _bad_address(what: str) -> BadSettings:
    return BadSettings(
        f"The address of Elasticsearch {what}",
        key="index.url",
        remedy="Write https://HOST:9200/PREFIX?api_key=KEY&ca=FILE; all but the host may be left out.",
    )
