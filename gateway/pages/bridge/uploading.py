"""Documents uploaded on a client's page: who sends them is known before they are read, no second click stores them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import IO

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from core.clients import clients
from core.documents import uploads
from core.documents.documents import StoredFile
from core.errors import RecordDeleted
from core.models.records import ClientRecord
from dialects.shared.endpoint import Services
from gateway.pages.bridge.member_pages import MemberPages, PageRequest, answered, page_request_of
from gateway.pages.bridge.page_endpoint import SMALL, check_origin, fields_of
from gateway.pages.bridge.refusals import NoFile
from gateway.settings import Settings
from schemas.bodies import Body, read_body
from schemas.types import MAX_ID


class Uploading:
    """The verb of a client's documents."""

    def __init__(self, services: Services, settings: Settings, member_pages: MemberPages) -> None:
        self._services = services
        self._public_url = settings.public_url
        self._member_pages = member_pages
        self._limits = replace(services.limits, text=SMALL.text)

    async def upload(self, request: Request) -> Response:
        """Attach files to a client. Raises `NoFile` and what the register has against it."""
        check_origin(request, self._public_url)
        company_id = await self._member_pages.read(request, _checked)
        body = await read_body(request.headers, request.stream(), self._limits)
        try:
            files = [(file.filename or "", file.file) for _, file in body.files]
            if not files:
                raise NoFile
            return await answered(await self._attached(request, company_id, body, files))
        finally:
            await body.close()

    async def _attached(
        self, request: Request, company_id: int, body: Body, files: Sequence[tuple[str, IO[bytes]]]
    ) -> str:
        database, storage, form = self._services.database, self._services.storage, fields_of(body)
        stored = await uploads.store_uploads(database, storage, company_id, files)
        spare = stored

        def unit(connection: Connection) -> tuple[str, list[StoredFile]]:
            return _attach(page_request_of(connection, request, form), stored)

        try:
            path, spare = await database.write(unit)
            return path
        finally:
            if spare:
                await uploads.release(database, storage, [file.object_key for file in spare])


def _checked(page_request: PageRequest) -> int:
    """The company for which a member may upload to the client in the path, which is one that can be changed."""
    client = clients.get(page_request.connection, page_request.member.actor, page_request.id()).record
    if client["deleted_at"]:
        raise RecordDeleted
    return page_request.member.company_id


def _attach(page_request: PageRequest, files: Sequence[StoredFile]) -> tuple[str, list[StoredFile]]:
    """Attach the files that the same form has not attached before; where to go on, and the other files."""
    connection, actor = page_request.connection, page_request.member.actor
    client = clients.lock(connection, actor, page_request.id())
    there = _since(client.record, page_request.form.get("newest", ""))
    spare = [file for file in files if (file.name, file.size) in there]
    added = [file for file in files if file not in spare]
    if added:
        is_public = page_request.form.get("public") == "yes"
        clients.attach_documents(connection, actor, client, added, is_public)
    return f"/bridge/clients/{page_request.id()}?done=uploaded#documents", spare


def _since(client: ClientRecord, shown: str) -> set[tuple[str, int]]:
    """The names and sizes of the documents that were attached after the form was shown, which says the newest of then.

    A form that does not say it attaches whatever it has.
    """
    newest = int(shown) if shown.isascii() and shown.isdecimal() and len(shown) < 20 else MAX_ID
    return {(each["name"], each["size"]) for each in client["documents"] if each["id"] > newest}
