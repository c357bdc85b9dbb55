"""The requests of a browser during a test."""

import json
from urllib.parse import urlsplit


def hosts_asked(browser) -> set[str]:
    """Return every host to which it sent a request."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    return {urlsplit(url).netloc for url in urls if url.startswith(("http", "ws"))}
