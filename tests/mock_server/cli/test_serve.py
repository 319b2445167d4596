"""The command: its output and its exit codes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Timer
from time import perf_counter

import pytest
import requests

from mock_server.__main__ import main
from mock_server.server.listener import Listener
from tests.mock_server.support import HANG_S, Wire

REPOSITORY = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "mock_server"]
LISTENING = "listening on "
LONGEST_START_S = 20.0
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("PORT", "HOST", "CALLCAMP_"))}


class Running:
    """A mock in its own process that has printed that it listens."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        self.lines: list[str] = []
        patience = Timer(LONGEST_START_S, process.kill)
        patience.start()
        for line in process.stdout:
            self.lines.append(line.rstrip("\n"))
            if line.startswith(LISTENING):
                break
        patience.cancel()
        assert self.lines, "the mock exited or printed nothing before it listened"
        self.url = self.lines[-1].removeprefix(LISTENING)

    def end(self, number: signal.Signals) -> tuple[int, str, str]:
        """Send a signal. Returns the exit code and the rest of the output; raises if it hangs."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=HANG_S)
        return self.process.returncode, out, err


@contextmanager
def running(*arguments: str, environ: Mapping[str, str] = {}) -> Iterator[Running]:
    """A mock with `arguments` in its own process, which is stopped afterwards."""
    with subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=REPOSITORY,
        env={**CLEAN, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Running(process)
        finally:
            process.kill()


def ended(*arguments: str) -> tuple[int, str, str]:
    """The exit code and output of a mock that must fail to start."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=REPOSITORY,
        env=CLEAN,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_START_S,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_until_it_is_stopped(number: signal.Signals) -> None:
    """The command prints operation URLs, serves, logs each request, and exits with 0 on SIGTERM and SIGINT."""
    with ExitStack() as clients, running("--port", "0", "--empty") as mock:
        assert mock.lines == [
            "Call Camp phone numbers 1.0.0",
            f"  GET    {mock.url}/phones  listPhones",
            f"  POST   {mock.url}/phones  registerPhone",
            f"  GET    {mock.url}/phones/{{uuid}}  getPhone",
            f"  DELETE {mock.url}/phones/{{uuid}}  deletePhone",
            f"  PATCH  {mock.url}/phones/{{uuid}}  updatePhone",
            f"  docs   {mock.url.removesuffix('/api')}/docs",
            f"  page   {mock.url.removesuffix('/api')}/__mock/",
            "  0 records of phone",
            f"listening on {mock.url}",
        ]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/api", mock.url)
        idle = clients.enter_context(Wire(mock.url))
        idle.send("GET /api/phones HTTP/1.1", "Host: x")
        assert idle.read()[0] == 200
        began = perf_counter()
        code, out, err = mock.end(number)
        assert perf_counter() - began < HANG_S
        assert (code, out) == (0, "")
        assert re.fullmatch(r"[\d:]{8} GET /api/phones 200 \d+ ms\n", err)


SPOILT = """\
import sys
from mock_server.cli import serve
from mock_server.web.app import create_app
from mock_server.settings.settings import Settings

def spoilt(**given):
    app = create_app(**given)
    app.mock.state["phone"].load([{"uuid": "x"}])
    return app

serve.create_app = spoilt
sys.exit(serve.run(Settings(port=0, self_check=True)))
"""


def test_self_check_failures_exit_with_1() -> None:
    """With --self-check, a broken response becomes a 500 and a log line, and the exit code is 1."""
    with subprocess.Popen(
        [sys.executable, "-c", SPOILT],
        cwd=REPOSITORY,
        env=CLEAN,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            mock = Running(process)
            assert requests.get(f"{mock.url}/phones", timeout=5).status_code == 500
            code, _, err = mock.end(signal.SIGTERM)
        finally:
            process.kill()
    assert code == 1
    assert "GET /api/phones 200: $.phones[0]: 'name' is a required property" in err
    assert err.endswith("--self-check: 1 response broke the contract\n")


def test_a_half_sent_request_does_not_delay_the_exit() -> None:
    """With a request half sent, the command still exits with 0 within a second, without output."""
    with ExitStack() as clients, running("--port", "0", "--empty") as mock:
        half = clients.enter_context(Wire(mock.url))
        half.send("POST /api/phones HTTP/1.1", "Host: x", "Content-Type: application/json", "Content-Length: 10")
        assert mock.end(signal.SIGTERM) == (0, "", "")


def test_port_and_token_file_are_read(tmp_path: Path) -> None:
    """PORT is read; the token comes from a file, is required, and is never printed."""
    file = tmp_path / "token"
    file.write_text("hush-hush\n")
    environ = {"PORT": "0", "CALLCAMP_EMPTY": "1", "CALLCAMP_TOKEN_FILE": str(file)}
    with running(environ=environ) as mock:
        assert requests.get(f"{mock.url}/phones", timeout=5).status_code == 401
        headers = {"Authorization": "Bearer hush-hush"}
        assert requests.get(f"{mock.url}/phones", headers=headers, timeout=5).status_code == 200
        _, _, err = mock.end(signal.SIGTERM)
    assert "hush" not in "".join(mock.lines) + err


def test_listening_on_all_interfaces_prints_a_warning() -> None:
    """Listening on every interface prints a one-line warning."""
    everywhere = ".".join("0000")
    with running("--port", "0", "--empty", "--host", everywhere, "--no-log", "--no-admin") as mock:
        assert requests.get(mock.url.replace(everywhere, "127.0.0.1") + "/phones", timeout=5).status_code == 200
        code, _, err = mock.end(signal.SIGTERM)
    assert (code, err.count("\n")) == (0, 1)
    assert err.startswith(f"warning: --host {everywhere} exposes the mock to other machines")


def test_the_mock_survives_a_closed_output_pipe() -> None:
    """The mock keeps serving after the reader of its output exits."""
    with running("--port", "0", "--empty") as mock:
        assert mock.process.stdout is not None
        assert mock.process.stderr is not None
        mock.process.stdout.close()
        mock.process.stderr.close()
        for _ in range(3):
            assert requests.get(f"{mock.url}/phones", timeout=5).status_code == 200
        mock.process.send_signal(signal.SIGTERM)
        assert mock.process.wait(1) == 0


def test_a_port_in_use_exits_with_5() -> None:
    """A port in use ends the command with 5 and a line that names the option to change."""
    listener = Listener("127.0.0.1", 0)
    try:
        result = ended("--port", str(listener.port), "--empty")
    finally:
        listener.close()
    assert result == (5, "", f"port {listener.port} is taken: choose another with --port, or use --port 0\n")


def test_a_second_mock_on_the_port_exits_with_5() -> None:
    """A second mock on the same port exits with 5, and the first keeps serving."""
    with running("--port", "0", "--empty") as mock:
        port = mock.url.rpartition(":")[2].partition("/")[0]
        assert ended("--port", port)[0] == 5
        assert requests.get(f"{mock.url}/phones", timeout=5).json()["total"] == 0


def test_the_port_can_be_reused_at_once() -> None:
    """A mock can reuse its port right after the previous one exits."""
    with running("--port", "0", "--empty") as mock:
        port = mock.url.rpartition(":")[2].partition("/")[0]
        with Wire(mock.url) as closed:
            closed.send("GET /api/phones HTTP/1.0")
            assert closed.read()[0] == 200
            assert closed.is_closed()
        assert mock.end(signal.SIGTERM)[0] == 0
    with running("--port", port, "--empty") as again:
        assert again.url == mock.url


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--prot", "1"], "No such option"),
        (["extra"], "Got unexpected extra argument"),
        (["--port", "http"], "--port: invalid integer 'http'"),
        (["--spec", "/no/such/file"], "--spec: no such file: /no/such/file"),
        (["--empty", "--data", __file__], "use either --data or --empty, not both"),
        (["--empty", "--host", "192.0.2.1"], "--host 192.0.2.1 --port 4010: "),
    ],
)
def test_usage_errors_exit_with_2(capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    """An unknown or invalid option exits with 2 and is named."""
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


def test_an_invalid_document_exits_with_3(tmp_path: Path) -> None:
    """An invalid document exits with 3 and a line with the file, line, pointer and remedy."""
    file = tmp_path / "api.yaml"
    file.write_text("info: {title: x}\nopenapi: '4'\npaths: {}\n")
    code, out, err = ended("--port", "0", "--spec", str(file))
    assert (code, out, err.count("\n")) == (3, "", 1)
    assert err.startswith(f"{file}:2: ")
    assert "write a version from 3.0 to 3.2" in err


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"nope", ": the file: line 1"), (b"\xff", "is not UTF-8"), (b'[{"uuid":"x"}]', ": record 0, /0/")],
)
def test_invalid_records_exit_with_4(tmp_path: Path, content: bytes, message: str) -> None:
    """Invalid records exit with 4 and a line with the file and the pointer."""
    file = tmp_path / "phones.json"
    file.write_bytes(content)
    code, out, err = ended("--port", "0", "--data", str(file))
    assert (code, out, err.count("\n")) == (4, "", 1)
    assert err.startswith(str(file))
    assert message in err


def test_help_is_short_and_imports_no_server(capsys: pytest.CaptureFixture[str]) -> None:
    """--help is short, lists the exit codes, and imports neither Flask nor the server."""
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert "Exit codes: 0 stopped, 1 stopped and" in text
    assert len(text.splitlines()) <= 90
    script = (
        "import sys; from mock_server.__main__ import main; main(['-h']);"
        "print({'flask', 'jsonschema_rs', 'phonenumbers', 'schemathesis', 'uvicorn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("set()\n")


def test_ctrl_c_while_starting_exits_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C before the server is up ends the command with 130, without a traceback."""

    def interrupt(_settings: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("mock_server.cli.serve.run", interrupt)
    assert main([]) == 130
    assert "Traceback" not in capsys.readouterr().err
