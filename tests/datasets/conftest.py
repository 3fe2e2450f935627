"""A local server that stands in for GitHub, and a registry that looks in private folders only."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from local_mirror import Mirror


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    state = Mirror()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            answer = state.files.get(self.path, (404, b"", 0))
            status, body, length = answer if isinstance(answer, tuple) else (200, answer, len(answer))
            self.send_response(status)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    state.address = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("RECRYST_MIRROR", state.address)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    # further tries come after 1, 2 and 3 seconds; here at once
    monkeypatch.setattr("pooch.core.time.sleep", lambda _: None)
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture
def only_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one folder in which packs are looked for."""
    folder = tmp_path / "packs"
    monkeypatch.setenv("RECRYST_DATA", str(folder))
    monkeypatch.setenv("RECRYST_SHARED", str(tmp_path / "nothing"))
    monkeypatch.setattr("recryst.datasets.registry.DOWNLOADED", tmp_path / "also nothing")
    return folder
