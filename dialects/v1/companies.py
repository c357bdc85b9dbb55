"""The company of a token in /api/v1 (the vendor's `companies/current`); read only."""

from dataclasses import replace

from core.access import companies
from core.access.scopes import Scope
from core.attribute import Attribute, fixed
from dialects.shared.operation import Answer, Call, Operation, Path, Reply
from dialects.v1 import wire
from schemas.fields import FieldMap
from schemas.openapi import reference
from schemas.rows import Constant, Field
from schemas.types import HashedId, Text, UnixTime

TEXT, TIME = Text(), UnixTime()
_COMPANY: dict[str, Attribute] = {
    name: fixed(name) for name in ("id", "name", "currency_id", "created_at", "updated_at")
}


def company_fields(ids: HashedId) -> FieldMap:
    """Return the table of a company for one installation's ids."""
    return FieldMap(
        "company",
        _COMPANY.__getitem__,
        Field("id", "id", replace(ids, always=True), about="The hashed id."),
        Field("name", "name", TEXT, about="The company's name."),
        Field("settings.name", "name", TEXT, about="The company's name."),
        Field(
            "settings.currency_id", "currency_id", TEXT, about="The currency of clients that have none of their own."
        ),
        Field("created_at", "created_at", TIME, about="When it was created."),
        Field("updated_at", "updated_at", TIME, about="When it was last changed."),
        Constant("archived_at", 0, "Companies are not archived."),
        Constant("is_deleted", False, "A removed company has no tokens."),
    )


def company_paths(fields: FieldMap, envelope: wire.Envelope) -> tuple[Path, ...]:
    """Return every path whose answers are companies."""

    def handler(call: Call) -> Answer:
        return Answer(envelope.one(fields.render(companies.get(call.connection, call.actor.company_id)), ""))

    reply = Reply("The company.", envelope.describe_one(reference(fields), ""))
    about = "Show the company that the token belongs to."
    shows = Operation("getCurrentCompany", handler, about, reply, Scope.READ, noun="company")
    posts = replace(shows, name="postCurrentCompany", writes=True)
    return (Path("/companies/current", {"GET": shows, "POST": posts}),)
