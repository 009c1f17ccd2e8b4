"""Data sets of Hugging Face by their name, from a small Hub on this machine."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from engine.datasets import hub

ROOT = Path(__file__).parents[2]
NAME = "owner/set"
COMMIT = "0123456789abcdef0123456789abcdef01234567"

pytestmark = pytest.mark.skipif(
    not hub.is_installed(), reason="the package “datasets” is not installed (an extra of Layerloom)"
)


class Hub(ThreadingHTTPServer):
    """Answers what the package asks of the Hub about the one data set that it has."""

    daemon_threads = True

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.files = files
        self.asked: list[str] = []


class Answers(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        path = unquote(urlsplit(self.path).path)
        about, files = f"/api/datasets/{NAME}", f"/datasets/{NAME}/resolve/"
        if path.startswith(files):
            self._send_file(path.removeprefix(files).partition("/")[2])
        elif path.startswith(f"{about}/tree/"):
            self._send(list(self._entries(path.removeprefix(f"{about}/tree/").partition("/")[2])))
        elif path == about or path.startswith(f"{about}/revision/"):
            siblings = [{"rfilename": name} for name in self.server.files]
            self._send({"id": NAME, "sha": COMMIT, "private": False, "tags": [], "siblings": siblings})
        else:
            self._refuse("RepoNotFound")

    def do_HEAD(self) -> None:
        self.do_GET()

    def _entries(self, folder: str) -> Iterator[dict[str, Any]]:
        """What is right in a folder."""
        start = f"{folder}/" if folder else ""
        inside = {
            name.removeprefix(start): content for name, content in self.server.files.items() if name.startswith(start)
        }
        for name in {name.partition("/")[0] for name in inside}:
            kind = "file" if name in inside else "directory"
            yield {"type": kind, "path": start + name, "size": len(inside.get(name, b"")), "oid": COMMIT}

    def _send_file(self, name: str) -> None:
        if name in self.server.files:
            self._send(self.server.files[name], ETag=f'"{name}"', **{"X-Repo-Commit": COMMIT})
        else:
            self._refuse("EntryNotFound")

    def _refuse(self, why: str) -> None:
        self._send({"error": why}, 404, **{"X-Error-Code": why})

    def _send(self, content: Any, status: int = 200, **headers: str) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        del format, args


@pytest.fixture
def server() -> Iterator[Hub]:
    rows = [f"{'good fine' if number % 2 else 'bad poor'} film,{'ab'[number % 2]}\n" for number in range(48)]
    files = {
        "data/train.csv": ("text,label\n" + "".join(rows[:40])).encode(),
        "data/test.csv": ("text,label\n" + "".join(rows[40:])).encode(),
    }
    with Hub(files) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def asked(server: Hub, folder: Path, settings: dict[str, Any], then: str) -> Any:
    """What a process of its own says, as the package reads the address of the Hub only once."""
    script = (
        "import json, sys\n"
        "from engine.datasets import HuggingFace\n"
        "from engine.errors import DataError\n"
        "dataset = HuggingFace.read(json.loads(sys.argv[1]), 'here')\n"
        f"try: said = {then}\n"
        "except DataError as fault: said = str(fault)\n"
        "print(json.dumps(said))"
    )
    places = {"HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}", "HF_HOME": str(folder), "no_proxy": "127.0.0.1"}
    done = subprocess.run(
        [sys.executable, "-c", script, json.dumps(settings)],
        cwd=ROOT,
        env={**os.environ, "HF_HUB_DISABLE_TELEMETRY": "1", **places},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_what_was_found_is_read_from_here_without_the_hub(server: Hub, tmp_path: Path) -> None:
    found = asked(server, tmp_path, {"name": NAME}, "dataset.refreshed().settings()")
    assert (found["rows"], found["test_rows"], found["inputs"], found["target"]) == (40, 8, ["text"], "label")
    assert server.asked
    server.asked.clear()
    assert asked(server, tmp_path, found, "dataset.load().train.targets.tolist()") == [0, 1] * 20
    assert asked(server, tmp_path, found | {"tokens": "characters"}, "dataset.refreshed().rows") == 40
    assert server.asked == []
    # A project that comes from elsewhere: what it needs is brought.
    assert asked(server, tmp_path / "other", found, "dataset.load().test.targets.tolist()") == [0, 1] * 4


def test_what_has_not_been_looked_through_says_who_does_that(server: Hub, tmp_path: Path) -> None:
    said = asked(server, tmp_path, {"name": NAME}, "dataset.load().note")
    assert "not been looked through yet. Open the project in the window" in said


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"name": "owner/other"}, "owner/other cannot be read"),
        ({"name": NAME, "config": "large"}, "'large' not found"),
        ({"name": NAME, "train_split": "big"}, "owner/set has no part “big”. It has train, test."),
        ({"name": NAME, "test_split": "small"}, "owner/set has no part “small”."),
    ],
)
def test_what_the_hub_does_not_have_is_a_sentence(
    server: Hub, tmp_path: Path, settings: dict[str, Any], words: str
) -> None:
    assert words in asked(server, tmp_path, settings, "dataset.refreshed().rows")
