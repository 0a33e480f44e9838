"""How the client signs in and whom it trusts, against a small TLS server: the published jars have no security."""

import ssl
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from monitors.errors import BadSettings
from monitors.index import open_index
from monitors.ports import Search


class Guarded(BaseHTTPRequestHandler):
    """Counts seven posts for whoever has the key, and refuses all others."""

    def do_POST(self) -> None:
        """Answer a count."""
        self.rfile.read(int(self.headers["content-length"]))
        known = self.headers["authorization"] == "ApiKey right-key"
        body = b'{"count": 7, "_shards": {}}' if known else b'{"error": "who are you?", "status": 401}'
        self.send_response(200 if known else 401)
        self.send_header("x-elastic-product", "Elasticsearch")
        self.send_header("content-type", "application/vnd.elasticsearch+json;compatible-with=9")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of the server, and the certificate that vouches for it."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "ca.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    with ThreadingHTTPServer(("127.0.0.1", 0), Guarded) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"https://localhost:{server.server_port}", certificate
        server.shutdown()
        thread.join()


def test_key_and_authority_open_the_index(guarded: tuple[str, Path]) -> None:
    """With the key and the authority's certificate, the index answers over TLS."""
    url, certificate = guarded
    assert open_index(f"{url}?api_key=right-key&ca={certificate}").count(Search()) == 7


def test_wrong_key_needs_a_person(guarded: tuple[str, Path]) -> None:
    """A refused key is a matter of settings, and is not shown."""
    url, certificate = guarded
    with pytest.raises(BadSettings, match="credentials") as raised:
        open_index(f"{url}?api_key=wrong-key&ca={certificate}").count(Search())
    assert "wrong-key" not in f"{raised.value} {raised.value.remedy}"


def test_unknown_authority_is_not_trusted(guarded: tuple[str, Path]) -> None:
    """Without its certificate the server is not trusted, and nothing is sent to it."""
    url, _ = guarded
    with pytest.raises(BadSettings, match="not trusted"):
        open_index(f"{url}?api_key=right-key").count(Search())
