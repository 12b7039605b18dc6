"""A server as a process, with real connections: slow, idle, vanished, too many, and its end."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from tests.serve import CLEAN

JSON = {"Content-Type": "application/json"}
_START_SECONDS = 120


class Server:
    """A server that was started for a test.

    Attributes:
        url: where it listens.
        log: the file that has what it says.
    """

    def __init__(self, log: Path, *options: str) -> None:
        self.log = log
        command = [sys.executable, "-m", "claimshapes", "serve", "--port", "0", *options]
        with log.open("wb") as stream:
            self.process = subprocess.Popen(
                [*command, "--engine", "reference"], stderr=stream, stdout=stream
            )
        self.wait_until(lambda: "listening at" in self.said())
        found = re.search(r"listening at (http://[\d.]+:(\d+))/", self.said())
        assert found, self.said()
        self.url, self.port = found[1], int(found[2])

    def wait_until_ready(self) -> None:
        self.wait_until(lambda: httpx2.get(f"{self.url}/ready").status_code == 200)

    def said(self) -> str:
        return self.log.read_text("utf-8")

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(_START_SECONDS)

    def wait_until(self, done: Callable[[], bool]) -> None:
        end = time.monotonic() + _START_SECONDS
        while not done():
            assert self.process.poll() in (None, 0), self.said()
            assert time.monotonic() < end, self.said()
            time.sleep(0.1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("serve") / "log"
    started = Server(log, "--body-timeout", "1", "--connections", "60")
    try:
        started.wait_until_ready()
        yield started
    finally:
        started.process.kill()
        started.process.wait()


def raw(server: Server, text: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    connection.sendall(text)
    return connection


HEAD = (
    b"POST /check HTTP/1.1\r\nHost: x\r\n"
    b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
)


def check(server: Server) -> httpx2.Response:
    return httpx2.post(f"{server.url}/check", content=CLEAN.read_bytes(), headers=JSON, timeout=60)


def test_idle_and_slow_connections_take_nobodys_turn(server: Server) -> None:
    with ExitStack() as stack:
        for number in range(40):
            stack.enter_context(raw(server, HEAD + b"{" if number % 2 else b""))
        assert check(server).status_code == 200


def test_a_body_that_does_not_come_is_given_up(server: Server) -> None:
    with raw(server, HEAD + b'{"id"') as connection:
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 408")


def test_too_many_connections_are_refused_and_others_go_on(server: Server) -> None:
    with httpx2.Client() as client, ExitStack() as stack:
        assert client.get(f"{server.url}/health").status_code == 200
        opened = [stack.enter_context(raw(server)) for _ in range(80)]
        assert any(each.recv(12) == b"HTTP/1.1 503" for each in opened[-1:])
        assert client.get(f"{server.url}/health").status_code == 200


def test_clients_that_leave_print_no_traceback(server: Server) -> None:
    body = CLEAN.read_bytes()
    head = HEAD.replace(b"1000", str(len(body)).encode())
    for text in (HEAD + b"{", head + body, head + body[:50], b"POST", b"\x16\x03\x01\x00"):
        raw(server, text).close()
    assert check(server).status_code == 200
    assert "Traceback" not in server.said()


def test_the_log_has_no_values(server: Server) -> None:
    secret = b"Q7Z-SECRET"
    for content in (secret, CLEAN.read_bytes().replace(b'"id": "', b'"id": "' + secret, 1)):
        httpx2.post(f"{server.url}/check?x={secret.decode()}", content=content, headers=JSON)
    httpx2.get(f"{server.url}/codes/{secret.decode()}")
    raw(server, b"GET /" + secret + b" HTTP/9\r\n\r\n").close()
    check(server)
    assert "POST /check 200" in server.said()
    assert "POST /check 422" in server.said()
    assert secret.decode() not in server.said()


def test_a_check_beyond_its_deadline_is_ended(tmp_path: Path) -> None:
    """No check is so quick; the one after it has a process of its own."""
    server = Server(tmp_path / "log", "--deadline", "0.001")
    try:
        server.wait_until_ready()
        assert check(server).status_code == 504
        server.wait_until_ready()
        text = httpx2.get(f"{server.url}/metrics").text
        assert int(re.findall(r"^claimshapes_processes_ended_total (\d+)$", text, re.M)[0]) == 1
    finally:
        server.end()
    assert "Traceback" not in server.said()


def test_it_ends_whatever_it_is_at(tmp_path: Path) -> None:
    server = Server(tmp_path / "log", "--workers", "2")
    with raw(server, HEAD + b"{") as slow, raw(server):
        # Its processes are still loading, so this one waits for its turn.
        waiting = raw(server, HEAD.replace(b"1000", b"2") + b"{}")
        httpx2.get(f"{server.url}/health")
        children = children_of(server.process.pid)
        server.end()
        assert slow.makefile("rb").read().startswith(b"HTTP/1.1 503")
        # 422 where the machine was quicker.
        assert waiting.makefile("rb").read(12) in (b"HTTP/1.1 503", b"HTTP/1.1 422")
        waiting.close()
    assert server.process.returncode == 0
    assert "Traceback" not in server.said()
    assert len(children) >= 2
    server.wait_until(lambda: not any(map(is_running, children)))


def state_of(process: str) -> list[str]:
    """Its state and the number of its parent, as Linux tells them; nothing of one that is gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[:2]
    except OSError:
        return []


def is_running(process: str) -> bool:
    return state_of(process)[:1] not in ([], ["Z"])


def children_of(parent: int) -> list[str]:
    numbers = [file.name for file in Path("/proc").glob("[0-9]*")]
    return [number for number in numbers if state_of(number)[1:] == [str(parent)]]


def test_a_mistake_is_told_at_the_start(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "claimshapes", "serve"]
    for options, reason in (
        (["--select", "NONE"], "there is no rule NONE"),
        (["--across-claims"], "--across-claims is of no use here"),
    ):
        done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert reason in done.stderr
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [*command, "--port", port], capture_output=True, text=True, check=False
        )
    assert done.returncode == 2
    assert f"cannot listen at 127.0.0.1, port {port}" in done.stderr
