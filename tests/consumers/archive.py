"""Records the requests of an httpx client as an HTTP Archive (HAR 1.2), as browsers and proxies do."""

import httpx


class Recorder:
    """An event hook of httpx that records every exchange."""

    def __init__(self) -> None:
        self._entries: list[dict] = []

    def client(self, url: str, **headers: str) -> httpx.Client:
        """Return a client whose exchanges are recorded."""
        return httpx.Client(base_url=url, headers=headers, timeout=60, event_hooks={"response": [self]})

    def __call__(self, response: httpx.Response) -> None:
        response.read()
        request = response.request
        entry = {
            "startedDateTime": f"2026-01-01T00:00:{len(self._entries):02}.000Z",
            "request": {
                "method": request.method,
                "url": str(request.url),
                "headers": _pairs(request.headers),
                "queryString": [{"name": name, "value": value} for name, value in request.url.params.multi_items()],
            },
            "response": {
                "status": response.status_code,
                "headers": _pairs(response.headers),
                "content": {"mimeType": response.headers.get("content-type", ""), "text": response.text},
            },
        }
        if content := request.read():
            mime_type = request.headers.get("content-type", "")
            entry["request"]["postData"] = {"mimeType": mime_type, "text": content.decode()}
        self._entries.append(entry)

    @property
    def archive(self) -> dict:
        """Return the archive so far."""
        return {"log": {"version": "1.2", "creator": {"name": "tests", "version": "1"}, "entries": self._entries}}


def _pairs(headers: httpx.Headers) -> list[dict]:
    return [{"name": name, "value": value} for name, value in headers.multi_items()]
