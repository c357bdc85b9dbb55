"""Forms of the pages as a browser without scripts sees and sends them."""

import re
from html.parser import HTMLParser

import httpx

_LINE_END = re.compile(r"\r\n?|\n")
_LEADING = "\n"  # after the tag of a textarea, which is no part of its text


class Form(HTMLParser):
    """The form of a client on a page, which `fill` changes and `send` submits."""

    def __init__(self, page: httpx.Response) -> None:
        super().__init__()
        self.page = page
        self.fields: dict[str, str] = {}
        self.kinds: dict[str, str] = {}
        self.options: dict[str, list[str]] = {}
        self.action = ""
        self._open = ""
        self._select = ""
        self._inside = False
        self.feed(page.text)

    def handle_starttag(self, tag, attributes):
        attrs = {name: value or "" for name, value in attributes}
        name = attrs.get("name", "")
        if tag == "form":
            self._inside = "data-live" in attrs
            self.action = attrs["action"] if self._inside else self.action
        if not self._inside:
            return
        if tag == "select":
            self._select, self.options[name], self.kinds[name] = name, [], "select"
        elif tag == "option" and self._select:
            self.options[self._select].append(attrs["value"])
            if "selected" in attrs or self._select not in self.fields:
                self.fields[self._select] = attrs["value"]
        elif tag == "textarea":
            self._open, self.fields[name], self.kinds[name] = name, "", "textarea"
        elif tag == "input" and name:
            self.kinds[name] = attrs.get("type", "text")
            if self.kinds[name] != "checkbox" or "checked" in attrs:
                value = attrs.get("value", "")
                self.fields[name] = value if self.kinds[name] == "hidden" else _LINE_END.sub("", value)

    def handle_endtag(self, tag):
        if tag == "form":
            self._inside = False
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self.fields[self._open] = self.fields[self._open].removeprefix(_LEADING)
            self._open = ""

    def handle_data(self, data):
        if self._open:
            self.fields[self._open] += data

    def name(self, key: str) -> str:
        """Return the name of the only control whose name ends like this."""
        (found,) = [name for name in self.kinds if name == key or name.endswith(f"/{key}")]
        return found

    def fill(self, **typed: str) -> "Form":
        """Type into the controls of these keys; no box is cleared."""
        for key, text in typed.items():
            self.put(self.name(key), text)
        return self

    def put(self, name: str, text: str) -> "Form":
        """Type into the control of exactly this name."""
        assert name in self.kinds, name
        if self.kinds[name] == "select":
            assert text in self.options[name], self.options[name]
        if self.kinds[name] == "checkbox" and not text:
            self.fields.pop(name, None)
        else:
            self.fields[name] = text
        return self

    def send(self, http: httpx.Client, act: str = "save", **headers: str) -> httpx.Response:
        """Press a button."""
        ends = {name: _LINE_END.sub("\r\n", text) for name, text in self.fields.items()}
        return http.post(self.action, data=ends | {"act": act}, headers=headers)
