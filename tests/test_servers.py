"""The real servers that tests run against start, answer, and never outlive the tests."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import psutil
import psycopg
from servers.process import temporary_folder, unprivileged_user

TESTS = Path(__file__).parent
HOLDER = """
from servers.postgres import postgres
from servers.redis import redis
import psutil, signal
with postgres(), redis():
    print(*[child.pid for child in psutil.Process().children()], flush=True)
    signal.pause()
"""


def test_postgres_answers_and_lets_create_databases(postgres_url: str) -> None:
    """The PostgreSQL is real, and its user may make a database of his own."""
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE DATABASE a_test_of_its_own")
        connection.execute("DROP DATABASE a_test_of_its_own")


def test_redis_answers(redis_url: str) -> None:
    """The Redis is real and keeps what it is given."""
    where = urlsplit(redis_url)
    with socket.create_connection((where.hostname, where.port or 6379), timeout=5) as connection:
        connection.sendall(b"SET word kuula\r\nGET word\r\n")
        received = b""
        while received.count(b"\r\n") < 3:
            received += connection.recv(100)
    assert received == b"+OK\r\n$5\r\nkuula\r\n"


def test_elasticsearch_answers(elasticsearch_url: str) -> None:
    """The Elasticsearch is real and has formed its cluster."""
    with urlopen(f"{elasticsearch_url}/_cluster/health") as answer:
        assert b'"status":"green"' in answer.read()


def test_servers_die_with_a_killed_parent() -> None:
    """kill -9 of the tests leaves no server behind."""
    with temporary_folder(unprivileged_user()) as folder:
        environment = {**os.environ, "PYTHONPATH": str(TESTS), "TMPDIR": str(folder)}
        with subprocess.Popen(
            [sys.executable, "-c", HOLDER], env=environment, stdout=subprocess.PIPE, text=True
        ) as holder:
            assert holder.stdout
            children = [psutil.Process(int(pid)) for pid in holder.stdout.readline().split()]
            holder.send_signal(signal.SIGKILL)
        assert len(children) == 2
        deadline = time.monotonic() + 20
        while any(child.is_running() for child in children) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not [child for child in children if child.is_running()]
