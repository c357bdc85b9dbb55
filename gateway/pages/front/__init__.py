"""The front page, which says what this is and whether it is ready, its icon, and `llms.txt` for programs."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import cache

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from dialects.shared.dialect import Dialect
from gateway.pages.front.for_models import text_for_models

_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1f5f8b"/>'
    '<path d="M8 12h16m-5-5 5 5-5 5M24 20H8m5 5-5-5 5-5" fill="none" stroke="#fff" stroke-width="2.5"/></svg>'
)
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Client register</title>
<link rel="icon" href="/favicon.ico">
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 12vh auto; padding: 0 1rem; }}
code {{ font-size: .95em; }}
</style>
<main>
<h1>One client register, two APIs</h1>
<p>{state}</p>
<ul>
<li><a href="/docs">Documentation</a>, where every request can be tried</li>
<li><a href="/bridge">The register in a browser</a>, for the team</li>
{documents}
<li><a href="/llms.txt">llms.txt</a>, for programs that write programs</li>
<li><a href="/readyz">/readyz</a> and <a href="/healthz">/healthz</a>, for monitoring</li>
</ul>
</main>
</html>
"""
_READY = "It is ready."
_NOT_READY = "<strong>It is not ready:</strong> the database or the storage does not accept writes."
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def routes(
    dialects: Sequence[Dialect], public_url: str, readiness: Callable[[object], Awaitable[Response]]
) -> list[Route]:
    """Return the routes; `readiness` answers as `/readyz` does."""
    documents = "\n".join(
        f'<li><a href="{each.prefix}/openapi.json">OpenAPI document</a> of <code>{each.prefix}</code></li>'
        for each in dialects
        if each.reference
    )

    async def page(request: Request) -> Response:
        is_ready = (await readiness(request)).status_code == 200
        shown = _PAGE.format(state=_READY if is_ready else _NOT_READY, documents=documents)
        return HTMLResponse(shown, headers=_HEADERS)

    async def icon(_request: Request) -> Response:
        headers = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
        return Response(_ICON, media_type="image/svg+xml", headers=headers)

    @cache
    def text() -> str:
        return text_for_models(dialects, public_url)

    async def for_models(_request: Request) -> Response:
        return PlainTextResponse(await asyncio.to_thread(text))  # describing the operations takes a while

    return [Route("/", page), Route("/favicon.ico", icon), Route("/llms.txt", for_models)]
