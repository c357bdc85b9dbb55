"""Serves the report of a running mirror on a port of its own: `/` for people, `/json` for programs."""

import json
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Pages = Callable[[], dict[str, tuple[str, str]]]


def serve(listening: socket.socket, pages: Pages) -> None:
    """Serve on a listening socket in a thread. `pages` returns media type and text of each path."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            media_type, text = pages().get(self.path.partition("?")[0], ("", ""))
            body = (text or "There are / and /json.\n").encode()
            self.send_response(200 if text else 404)
            self.send_header("Content-Type", f"{media_type or 'text/plain'}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            """Nothing is written of single requests."""

    server = ThreadingHTTPServer(listening.getsockname()[:2], Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listening
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()


def as_text(content: dict[str, Any]) -> str:
    """Return JSON for programs."""
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
