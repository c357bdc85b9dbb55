"""Uploads on a client's page: the member is checked before files are read, and a second click stores nothing."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import IO

from starlette.requests import Request
from starlette.responses import Response

from core.access import used_forms
from core.access.roles import Permission
from core.access.used_forms import FormUsed
from core.clients import clients
from core.documents import uploads
from core.documents.documents import StoredFile
from core.errors import RecordDeleted
from dialects.shared.services import Services
from gateway.pages.bridge.forms import NAME
from gateway.pages.bridge.member_pages import MemberPages, PageRequest, answered
from gateway.pages.bridge.page_endpoint import SMALL, check_origin, fields_of
from gateway.pages.bridge.refusals import NoFile
from gateway.settings import Settings
from schemas.bodies import Body, read_body


class Uploading:
    """The POST of a client's documents."""

    def __init__(self, services: Services, settings: Settings, member_pages: MemberPages) -> None:
        self._services = services
        self._public_url = settings.public_url
        self._member_pages = member_pages
        self._limits = replace(services.limits, text=SMALL.text)

    async def upload(self, request: Request) -> Response:
        """Attach files to a client. Raises `NoFile`, and the register's errors."""
        check_origin(request, self._public_url)
        company_id = await self._member_pages.read(request, _checked, Permission.UPLOAD_DOCUMENTS)
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
        try:
            attach = partial(_attach, files=stored)
            return await self._member_pages.write(request, form, attach, Permission.UPLOAD_DOCUMENTS)
        except BaseException as error:
            await uploads.release(database, storage, [file.object_key for file in stored])
            if isinstance(error, FormUsed):  # the documents are attached already
                return _shown(request.path_params["id"])
            raise


def _checked(page_request: PageRequest) -> int:
    """Return the company of a member who may upload to the client in the path, which can be changed."""
    client = clients.get(page_request.connection, page_request.member.actor, page_request.id()).record
    if client["deleted_at"]:
        raise RecordDeleted
    return page_request.member.company_id


def _attach(page_request: PageRequest, files: Sequence[StoredFile]) -> str:
    """Attach files unless this form was sent before (`FormUsed`), and return the path of the next page."""

    def attach() -> int:
        is_public = page_request.form.get("public") == "yes"
        actor = page_request.member.actor
        clients.attach_documents(page_request.connection, actor, page_request.id(), files, is_public)
        return page_request.id()

    name = page_request.form.get(NAME, "")
    used_forms.once(page_request.connection, page_request.member.user_id, name, attach)
    return _shown(page_request.path_ids["id"])


def _shown(client_id: str) -> str:
    return f"/bridge/clients/{client_id}?done=uploaded#documents"
