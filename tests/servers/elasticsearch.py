"""A real Elasticsearch on free loopback ports, from the jars that Elastic publishes: one node, or a cluster of several.

The jars are the server without the modules that only the full distribution has: no security, scripts, language
analysers. ``servers.install`` fetches them with Maven into ``.servers/``.
"""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from servers.process import CACHE, MissingServerError, free_ports, running, temporary_folder, wait_until

HERE = Path(__file__).parent
POM = HERE / "pom.xml"
LEAST_JAVA = 21
PLUGIN = "META-INF/es-plugins/transport-netty4/"


@dataclass(frozen=True)
class Node:
    """One running node: where it answers, and its process, which a test may kill."""

    url: str
    process: subprocess.Popen[bytes]


@contextmanager
def elasticsearch() -> Iterator[str]:
    """Start a cluster of one node and give its address."""
    with cluster(1) as nodes:
        yield nodes[0].url


@contextmanager
def cluster(size: int) -> Iterator[Sequence[Node]]:
    """Start nodes that form one cluster and wait until all of them are in it."""
    java, home = find_java(), find_home()
    ports = free_ports(2 * size)
    seeds = ",".join(f"127.0.0.1:{port}" for port in ports[size:])
    names = [f"node-{number}" for number in range(size)]
    together = (
        ["discovery.type=single-node"]
        if size == 1
        else [f"discovery.seed_hosts={seeds}", f"cluster.initial_master_nodes={','.join(names)}"]
    )
    heap = "512m" if size == 1 else "384m"
    with ExitStack() as stack:
        started = []
        for name, web, transport in zip(names, ports[:size], ports[size:], strict=True):
            folder = stack.enter_context(temporary_folder())
            settings = [
                "cluster.name=kuula-tests",
                f"node.name={name}",
                "network.host=127.0.0.1",
                f"http.port={web}",
                f"transport.port={transport}",
                f"path.data={folder}/data",
                f"path.logs={folder}/logs",
                *together,
                # a test machine's disk is often nearly full, which has nothing to do with what is tested
                "cluster.routing.allocation.disk.threshold_enabled=false",
            ]
            command = [
                java,
                f"-Xms{heap}",
                f"-Xmx{heap}",
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                f"-Djava.io.tmpdir={folder}",
                "-cp",
                home / "lib" / "*",
                HERE / "Launcher.java",
                home,
                *settings,
            ]
            log = folder / "server.log"
            process = stack.enter_context(running(command, log, stop=signal.SIGKILL))
            started.append((Node(f"http://127.0.0.1:{web}", process), log, web))
        for node, log, web in started:
            wait_until(partial(_sees, web, size), node.process, log, seconds=120)
        yield [node for node, _, _ in started]


def find_java() -> Path:
    """A Java that is new enough: JAVA_HOME, or the newest under /usr/lib/jvm, or the one on the path."""
    on_path = shutil.which("java")
    homes = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    homes += sorted(Path("/usr/lib/jvm").glob("*"), key=_java_version, reverse=True)
    homes += [Path(on_path).resolve().parents[1]] if on_path else []
    for home in homes:
        if _java_version(home) >= LEAST_JAVA and (home / "bin" / "java").exists():
            return home / "bin" / "java"
    raise MissingServerError(f"Elasticsearch needs Java {LEAST_JAVA} or newer: install a JDK and set JAVA_HOME")


def _java_version(home: Path) -> int:
    release = home / "release"
    found = re.search(r'JAVA_VERSION="(\d+)', release.read_text()) if release.is_file() else None
    return int(found[1]) if found else 0


def version() -> str:
    """The server's version, from the only place that states it."""
    found = re.search(r"<artifactId>elasticsearch</artifactId>\s*<version>([^<]+)", POM.read_text())
    assert found, POM
    return found[1]


def home_folder() -> Path:
    """Where the server's files are, or belong."""
    return CACHE / f"elasticsearch-{version()}"


def find_home() -> Path:
    """The server's folder with its jars."""
    home = home_folder()
    if not (home / "modules").is_dir():
        raise MissingServerError("Elasticsearch is not installed: `PYTHONPATH=tests python -m servers.install`")
    return home


def install() -> None:
    """Fetch the jars with Maven and lay them out as the server expects; quick when they are there."""
    home = home_folder()
    if (home / "modules").is_dir():
        return
    maven = shutil.which("mvn")
    if not maven:
        raise MissingServerError("Elasticsearch's jars are fetched by Maven: `apt-get install maven`")
    draft = CACHE / f"draft-{os.getpid()}"
    jars = draft / "lib"
    jars.mkdir(parents=True)
    try:
        command = [maven, "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={jars}"]
        subprocess.run(command, check=True)
        _lay_out_network_module(jars, draft / "modules" / "transport-netty4")
        if not home.exists():
            draft.rename(home)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _lay_out_network_module(jars: Path, module: Path) -> None:
    """Move the HTTP transport out of the class path into the module folder where the server looks for it."""
    module.mkdir(parents=True)
    for jar in [*jars.glob("netty-*.jar"), *jars.glob("transport-netty4-*.jar")]:
        jar.rename(module / jar.name)
    with zipfile.ZipFile(next(module.glob("transport-netty4-*.jar"))) as archive:
        for name in ("plugin-descriptor.properties", "entitlement-policy.yaml"):
            text = archive.read(PLUGIN + name).decode()
            # without this line the plugin is loaded from the class path, where the server's own jars are
            lines = [line for line in text.splitlines() if not line.startswith("modulename=")]
            (module / name).write_text("\n".join(lines) + "\n")


def _sees(port: int, size: int) -> bool:
    """Whether the node at this port answers and sees a cluster of this size."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/_cluster/health")
        answer = connection.getresponse()
        return answer.status == http.client.OK and json.loads(answer.read())["number_of_nodes"] == size
    except OSError:
        return False
    finally:
        connection.close()
