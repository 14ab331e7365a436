"""A hub of models on this machine: it lists, redirects to a store, gives ranges, asks for a token, as huggingface.co does."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "e53f048856ff4f594e959d75785d2c2d37b678ee"
LARGE = 10_000  # files from this size on lie in the store


@dataclass
class Asked:
    host: str
    path: str
    range: str | None
    token: str | None


@dataclass
class LocalHub:
    """files: by name. cut: so many bytes of a large file, then the connection ends. spoil: changes what is sent."""

    files: dict[str, bytes]
    repo: str = "somebody/small-gemma"
    token: str | None = None
    refuse: tuple[int, str] | None = None  # status and X-Error-Code of every answer
    cut: int | None = None
    ranges: bool = True
    spoil: Callable[[str, bytes], bytes] = lambda name, data: data
    listing: Any = None
    asked: list[Asked] = field(default_factory=list)

    def __enter__(self) -> LocalHub:
        self._servers = [self._serve("hub", self._hub), self._serve("store", self._store)]
        self.url, self.store = (f"http://127.0.0.1:{server.server_address[1]}" for server in self._servers)
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def _serve(self, name: str, answer: Callable[[Any], None]) -> ThreadingHTTPServer:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                token = self.headers.get("Authorization")
                hub.asked.append(Asked(name, self.path, self.headers.get("Range"), token))
                answer(self)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def _listed(self) -> list[dict[str, Any]]:
        entries = []
        for name, data in self.files.items():
            entry: dict[str, Any] = {"rfilename": name, "size": len(data)}
            blob = hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()
            if len(data) >= LARGE:
                entry["lfs"] = {
                    "sha256": hashlib.sha256(data).hexdigest(),
                    "size": len(data),
                    "pointerSize": 134,
                }
                blob = "f" * 40
            entries.append({**entry, "blobId": blob})
        return entries

    def _hub(self, handler: Any) -> None:
        if self.refuse:
            return self._end(handler, self.refuse[0], {"X-Error-Code": self.refuse[1]})
        if self.token and handler.headers.get("Authorization") != f"Bearer {self.token}":
            return self._end(handler, 401, {"X-Error-Code": "GatedRepo"})
        if not re.match(rf"/(api/models/)?{re.escape(self.repo)}/", handler.path):
            return self._end(handler, 404, {"X-Error-Code": "RepoNotFound"})
        looked_up = re.fullmatch(r".*/revision/([^?]+)\?blobs=true", handler.path)
        if looked_up:
            if looked_up[1] not in ("main", COMMIT):
                return self._end(handler, 404, {"X-Error-Code": "RevisionNotFound"})
            said = {"id": self.repo, "sha": COMMIT, "siblings": self._listed()}
            body = json.dumps(said if self.listing is None else self.listing).encode()
            return self._end(handler, 200, {}, body)
        name = handler.path.removeprefix(f"/{self.repo}/resolve/{COMMIT}/")
        if name not in self.files:
            return self._end(handler, 404, {"X-Error-Code": "EntryNotFound"})
        if len(self.files[name]) >= LARGE:
            return self._end(handler, 302, {"Location": f"{self.store}/{name}?signed=yes"})
        return self._end(handler, 200, {}, self.spoil(name, self.files[name]))

    def _store(self, handler: Any) -> None:
        name = handler.path.removeprefix("/").removesuffix("?signed=yes")
        data = self.spoil(name, self.files[name])
        asked = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range") or "")
        first = int(asked[1]) if asked and self.ranges else 0
        status, headers = (
            (206, {"Content-Range": f"bytes {first}-{len(data) - 1}/{len(data)}"}) if first else (200, {})
        )
        self._end(handler, status, headers, data[first:], self.cut)

    def _end(
        self, handler: Any, status: int, headers: dict[str, str], body: bytes = b"", cut: int | None = None
    ) -> None:
        handler.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body[:cut])
