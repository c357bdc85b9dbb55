"""Changing or creating a client with the fields of one dialect: the form, the preview of both views, and the change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from sqlalchemy import Connection

from core.access import used_forms
from core.access.used_forms import FormUsed
from core.database.savepoints import all_or_nothing
from gateway.pages.bridge.client_dialects import ClientDialect, links
from gateway.pages.bridge.drafts import Complaint, Draft, DraftRefused, draft
from gateway.pages.bridge.forms import NAME
from gateway.pages.bridge.member_pages import PageRequest
from gateway.pages.bridge.operations import ClientOperation, creation, updates
from gateway.pages.bridge.pages import Page
from gateway.pages.bridge.previews import Preview, Previewer
from gateway.pages.bridge.typed import Typed, shown_with, typed
from schemas.errors import PreconditionFailed, UnknownPath

SAVE, LIVE = "save", "live"
_CONFLICT, _REFUSED = 409, 422


@dataclass(frozen=True)
class _Notice:
    """What a page shows about a draft."""

    complaint: Complaint = field(default_factory=Complaint)
    previews: Sequence[Preview] = ()
    is_conflict: bool = False
    status: int = 200
    template: str = "edit.html"


class Editing:
    """The pages of one kind of form: for an existing client, or for a new one (`is_new`)."""

    def __init__(self, all_client_dialects: Sequence[ClientDialect], is_new: bool = False) -> None:
        self._is_new = is_new
        self._client_dialects = {client_dialect.dialect.name: client_dialect for client_dialect in all_client_dialects}
        self._operations = {
            name: _operations(client_dialect, is_new) for name, client_dialect in self._client_dialects.items()
        }
        self._previewer = Previewer(all_client_dialects, links(all_client_dialects))

    def show(self, page_request: PageRequest) -> Page:
        """Return the form with the client's values. Raises `RecordDeleted` for one that must be restored first."""
        made = self._draft(page_request, Typed())
        record = made.stored.record if made.stored else None
        previews = self._previewer.compared(record, record) if record else ()
        return self._page(page_request, made, _Notice(previews=previews))

    def submit(self, page_request: PageRequest) -> Page | str:
        """Make the change and return the client's path; or return a page with a preview, or with the errors."""
        made, act = self._draft(page_request, typed(page_request.form)), page_request.form.get("act")
        if act == SAVE:
            return self._saved(page_request, made)
        return self._previewed(page_request, made, "preview.html" if act == LIVE else "edit.html")

    def _saved(self, page_request: PageRequest, made: Draft) -> Page | str:
        if made.is_empty:
            return _path_of(
                page_request.id(), "saved" if made.is_typed else "unchanged"
            )  # sent twice by a second click
        if made.is_outdated:
            return self._conflict(page_request, made)
        try:
            client_id = all_or_nothing(page_request.connection, partial(self._written, page_request, made))
        except FormUsed as used:
            return _path_of(used.made_id, "created")
        except DraftRefused as refused:
            if isinstance(refused.error, PreconditionFailed):  # another change came first, after the form was compared
                return self._conflict(page_request, self._draft(page_request, made.typed))
            return self._page(page_request, made, _Notice(made.complaint(refused), status=_REFUSED))
        return _path_of(client_id, "created" if self._is_new else "saved")

    def _written(self, page_request: PageRequest, made: Draft, connection: Connection) -> int:
        write = partial(made.write, connection, page_request)
        if not self._is_new:
            return write()
        return used_forms.once(connection, page_request.member.user_id, page_request.form.get(NAME, ""), write)

    def _conflict(self, page_request: PageRequest, made: Draft) -> Page:
        page = self._previewed(page_request, made, "edit.html")
        return replace(page, status=_CONFLICT, values={**page.values, "is_conflict": True})

    def _previewed(self, page_request: PageRequest, made: Draft, template: str) -> Page:
        present = replace(made, typed=replace(made.typed, version=made.stored.version if made.stored else ""))
        before = made.stored.record if made.stored else None
        write = partial(present.write, page_request=page_request)
        try:
            previews = self._previewer.of(page_request, before, write)
        except DraftRefused as refused:
            return self._page(page_request, made, _Notice(made.complaint(refused), status=_REFUSED, template=template))
        return self._page(
            page_request, made, _Notice(previews=previews, is_conflict=made.is_outdated, template=template)
        )

    def _draft(self, page_request: PageRequest, given: Typed) -> Draft:
        name = page_request.path_ids["dialect"]
        operations = self._operations.get(name)
        if not operations:
            raise UnknownPath
        return draft(page_request, self._client_dialects[name], operations, given, self._is_new)

    def _page(self, page_request: PageRequest, made: Draft, notice: _Notice) -> Page:
        controls = list(made.form.controls())
        values: dict[str, Any] = {
            "client": made.stored.record if made.stored else None,
            "sent": page_request.shown_form,
            "client_dialect": made.client_dialect,
            "others": [each for each in self._client_dialects.values() if each is not made.client_dialect],
            "form": made.form,
            "texts": made.form.texts(made.typed),
            "removed": {item.name for item in made.form.items() if made.typed.removes(item.name)},
            "titles": {item.name: item.title(made.typed) for item in made.form.items()},
            "theirs": _changed_values(made),
            "version": made.stored.version if made.stored else "",
            "loaded": shown_with(controls),
            "complaint": notice.complaint,
            "previews": notice.previews,
            "is_conflict": notice.is_conflict,
            "is_live": notice.template != "edit.html",
            "labels": {each.name: each for each in controls},
        }
        return Page(notice.template, values, notice.status)


def _operations(client_dialect: ClientDialect, is_new: bool) -> list[ClientOperation]:
    if is_new:
        made = creation(client_dialect.dialect)
        return [made] if made else []
    return updates(client_dialect.dialect, client_dialect.update_method, client_dialect.fields)


def _changed_values(made: Draft) -> Mapping[str, str]:
    """Return the text of controls whose value has changed since the form was shown, by their names."""
    return {each.name: each.text for each in made.form.controls() if made.typed.is_outdated(each)}


def _path_of(client_id: int, done: str) -> str:
    return f"/bridge/clients/{client_id}?done={done}#main"
