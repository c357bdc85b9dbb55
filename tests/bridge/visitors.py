"""Visits pages as a browser does, for tests."""

from dataclasses import dataclass

import httpx

from tests.drivers import Company


@dataclass
class Visitor:
    """A browser's cookies and connection; redirects are returned, not followed."""

    http: httpx.Client
    company: Company

    def sign_in(self, password: str | None = None, **given: str) -> httpx.Response:
        form = {"company": self.company.name, "email": "team@acme.example"} | given
        return self.http.post("/bridge/login", data=form | {"password": password or self.company.password})

    def get(self, path: str) -> httpx.Response:
        return self.http.get(path)

    def post(self, path: str, headers: dict[str, str] | None = None, **form: str) -> httpx.Response:
        return self.http.post(path, data=form, headers=headers)

    @property
    def is_signed_in(self) -> bool:
        return self.http.get("/bridge").status_code == 200
