"""Faults of life cycles: states, removals, bulk actions, merges, uniqueness, counts and activities."""

from dataclasses import replace

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import body_fault, changed, fault_of, get, is_below, record_fault

_remembered: dict[str, Response] = {}


def _is_bulk(request: Request, path: str = "/clients") -> bool:
    return request.method == "POST" and request.path == f"/api/v1{path}/bulk"


def _less_of(kind: str):
    def change(client):
        if "activities" in client:
            client["activities"] = [each for each in client["activities"] if each["activity_type_id"] != kind]

    return change


def _without_key(key: str):
    def change(client):
        for each in client.get("activities", ()):
            each["before"].pop(key, None)
            each["after"].pop(key, None)

    return change


record_fault(
    "api",
    "states_are_shown",
    "a suspended client is shown as active",
    "suspended_is_active",
    "/clients",
    lambda client: client.update(status="active") if "status" in client else None,
)
record_fault(
    "v1",
    "states_are_shown",
    "a restored client keeps `archived_at`",
    "restore_keeps_archived",
    "/clients",
    lambda client: client.update(archived_at=client["created_at"]) if client.get("archived_at") == 0 else None,
)
record_fault(
    "v1", "changes_are_recorded", "restoring is not recorded", "restore_is_not_recorded", "/clients", _less_of("26")
)
record_fault(
    "v1",
    "changes_are_recorded",
    "a change of tags is recorded without the tags",
    "tags_are_not_recorded",
    "/clients",
    _without_key("tags"),
)
record_fault(
    "api",
    "changes_are_recorded",
    "a change of owner is recorded without contacts",
    "owner_is_not_recorded",
    "/v1/clients",
    _without_key("contacts"),
)
record_fault(
    "v1",
    "changes_are_recorded",
    "the activity does not name the dialect",
    "dialect_is_not_recorded",
    "/clients",
    lambda client: [each.update(dialect="v1") for each in client.get("activities", ())],
)
record_fault(
    "api",
    "categories_count",
    "a category's count is too high by one",
    "count_is_off",
    "/categories",
    lambda category: category.update(count=category["count"] + 1) if "count" in category else None,
)

body_fault(
    "v1",
    "bulk_reaches_everyone",
    "a bulk action forgets the last id",
    "bulk_forgets_the_last",
    "/clients/bulk",
    lambda body: body.update(ids=body["ids"][:-1]) if len(body.get("ids", ())) > 2 else None,
)
body_fault(
    "v1",
    "bulk_reaches_everyone",
    "a bulk update sets another column",
    "bulk_sets_another_column",
    "/clients/bulk",
    lambda body: body.update(column="custom_value2") if body.get("column") == "custom_value1" else None,
)
body_fault(
    "v1",
    "bulk_reaches_every_record",
    "a bulk action on groups changes only the first one",
    "bulk_does_the_first",
    "/group_settings/bulk",
    lambda body: body.update(ids=body["ids"][:1]),
)


@fault_of("v1", "bulk_reaches_everyone", "a bulk action ignores unknown ids")
async def bulk_ignores_unknown_ids(request: Request, send: Send) -> Response:
    answer = await send(request)
    if _is_bulk(request) and answer.status == 404:
        known = request.json["ids"][:1]
        return await send(request.with_json(request.json | {"ids": known}))
    return answer


@fault_of("v1", "merge_moves_everything", "a merge loses the documents")
async def merge_loses_documents(request: Request, send: Send) -> Response:
    answer = await send(request)
    return changed(answer, lambda c: c.update(documents=[])) if request.path.endswith("/merge") else answer


@fault_of("v1", "merge_moves_everything", "a merge loses the tags of the merged client")
async def merge_loses_tags(request: Request, send: Send) -> Response:
    if request.path.endswith("/merge"):
        other = request.path.split("/")[-2]
        await send(
            replace(request, method="PUT", path=f"/api/v1/clients/{other}")
            .with_json({"tags": []})
            .with_headers(content_type="application/json")
        )
    return await send(request)


@fault_of("v1", "merge_moves_everything", "a merged client still exists")
async def merged_is_still_there(request: Request, send: Send) -> Response:
    key = request.headers.get("x-api-token", "") + request.path
    answer = await send(request)
    if request.method == "GET" and answer.ok:
        _remembered[key] = answer
    if request.path.endswith("/merge"):
        other = request.path.rsplit("/", 2)[1]
        _remembered["merged " + other] = answer
    if request.method == "GET" and answer.status == 404 and f"merged {request.path.rpartition('/')[2]}" in _remembered:
        return replace(_remembered[f"merged {request.path.rpartition('/')[2]}"])
    return answer


@fault_of("v1", "numbers_are_never_reused", "the number of a purged client is assigned again")
async def number_is_reused(request: Request, send: Send) -> Response:
    whose = f"number {request.headers.get('x-api-token')}"
    if request.path.endswith("/purge"):
        client = await send(get(request, request.path.removesuffix("/purge")))
        if client.ok:
            _remembered[whose] = client
    is_create = request.method == "POST" and request.path == "/api/v1/clients"
    if is_create and "number" not in request.json and whose in _remembered:
        number = _remembered.pop(whose).json["data"]["number"]
        return await send(request.with_json(request.json | {"number": number}))
    return await send(request)


@fault_of("v1", "references_are_unique", "a reference that is taken is refused only for new clients")
async def changes_take_what_is_taken(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.method in ("PUT", "PATCH") and answer.status == 422 and "id_number" in request.json:
        return await send(get(request, request.path))
    return answer


@fault_of("api", "emails_and_names_are_unique", "emails that differ in case count as different")
async def emails_differ_in_case(request: Request, send: Send) -> Response:
    email = request.json.get("email", "")
    if request.method == "POST" and isinstance(email, str) and email.isupper():
        return await send(request.with_json(request.json | {"email": "x" + email}))
    return await send(request)


@fault_of("v1", "group_names_are_unique", "the name of a deleted group can be used again")
async def deleted_names_are_free(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.method == "POST" and request.path == "/api/v1/group_settings" and answer.status == 422:
        return await send(request.with_json(request.json | {"name": request.json.get("name", "") + " (2)"}))
    return answer


@fault_of("v1", "deleted_is_closed", "a document of a deleted client can be edited")
async def deleted_is_editable(request: Request, send: Send) -> Response:
    answer = await send(request)
    if answer.status == 400 and is_below(request, "v1", "/documents") and request.method == "PUT":
        return await send(get(request, request.path))
    return answer


@fault_of("api", "owner_moves", "a change of the owner is answered but not made")
async def owner_stays(request: Request, send: Send) -> Response:
    if not request.path.endswith("/owner"):
        return await send(request)
    answer = await send(get(request, request.path.removesuffix("/owner")))
    if not answer.ok:
        return answer
    content = answer.json
    content["data"]["owner"]["id"] = request.json.get("owner")
    return answer.with_json(content | {"message": "Client account owner updated successfully."})


@fault_of("api", "categories_count", "a migration is answered but not made")
async def migration_moves_nobody(request: Request, send: Send) -> Response:
    if not request.path.endswith("/migrate"):
        return await send(request)
    answer = await send(get(request, request.path.removesuffix("/migrate")))
    return (
        answer.with_json(answer.json | {"message": "Category resources migrated successfully."})
        if answer.ok
        else answer
    )


@fault_of("api", "deleted_is_gone", "a deleted note is still listed")
async def deleted_note_is_listed(request: Request, send: Send) -> Response:
    whose = f"note {request.headers.get('authorization')}"
    if request.method == "DELETE" and is_below(request, "api", "/notes/"):
        note = await send(get(request, request.path))
        if note.ok:
            _remembered[whose] = note
    answer = await send(request)
    if request.method == "GET" and request.path == "/api/notes" and whose in _remembered and answer.ok:
        content = answer.json
        content["data"].append(_remembered[whose].json["data"])
        return answer.with_json(content)
    return answer


@fault_of("api", "removed_is_gone", "the notes of a deleted client stay")
async def notes_outlive_clients(request: Request, send: Send) -> Response:
    key = f"{request.headers.get('authorization')} {request.path}"
    answer = await send(request)
    if request.method == "GET" and is_below(request, "api", "/notes/"):
        if answer.ok:
            _remembered[key] = answer
        return _remembered.get(key, answer)
    return answer


@fault_of("v1", "groups_have_a_life_cycle", "a deleted group is not shown as deleted")
async def deleted_group_is_not_shown_as_deleted(request: Request, send: Send) -> Response:
    answer = await send(request)
    silent = request.method == "GET" and is_below(request, "v1", "/group_settings/")
    return changed(answer, lambda group: group.update(is_deleted=False)) if silent else answer
