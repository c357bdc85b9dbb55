"""Faults of life cycles: states, removals, bulk actions, merges, uniqueness, counts and activities."""

from dataclasses import replace

from tests.contract.faulty import Answered, Ask, Asked
from tests.contract.meaning import changed, fault_of, get, is_below, sent, shown

_remembered: dict[str, Answered] = {}


def _is_bulk(asked: Asked, path: str = "/clients") -> bool:
    return asked.method == "POST" and asked.path == f"/api/v1{path}/bulk"


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


shown(
    "api",
    "states_are_shown",
    "a suspended client is shown as active",
    "suspended_is_active",
    "/clients",
    lambda client: client.update(status="active") if "status" in client else None,
)
shown(
    "v1",
    "states_are_shown",
    "a restored client keeps `archived_at`",
    "restore_keeps_archived",
    "/clients",
    lambda client: client.update(archived_at=client["created_at"]) if client.get("archived_at") == 0 else None,
)
shown("v1", "verbs_are_recorded", "restoring is not recorded", "restore_is_not_recorded", "/clients", _less_of("26"))
shown(
    "v1",
    "verbs_are_recorded",
    "a change of tags is recorded without the tags",
    "tags_are_not_recorded",
    "/clients",
    _without_key("tags"),
)
shown(
    "api",
    "verbs_are_recorded",
    "a change of owner is recorded without contacts",
    "owner_is_not_recorded",
    "/v1/clients",
    _without_key("contacts"),
)
shown(
    "v1",
    "verbs_are_recorded",
    "the activity does not name the dialect",
    "dialect_is_not_recorded",
    "/clients",
    lambda client: [each.update(dialect="v1") for each in client.get("activities", ())],
)
shown(
    "api",
    "categories_count",
    "a category's count is too high by one",
    "count_is_off",
    "/categories",
    lambda category: category.update(count=category["count"] + 1) if "count" in category else None,
)

sent(
    "v1",
    "bulk_reaches_everyone",
    "a bulk action forgets the last id",
    "bulk_forgets_the_last",
    "/clients/bulk",
    lambda body: body.update(ids=body["ids"][:-1]) if len(body.get("ids", ())) > 2 else None,
)
sent(
    "v1",
    "bulk_reaches_everyone",
    "a bulk update sets another column",
    "bulk_sets_another_column",
    "/clients/bulk",
    lambda body: body.update(column="custom_value2") if body.get("column") == "custom_value1" else None,
)
sent(
    "v1",
    "bulk_reaches_every_record",
    "a bulk action on groups changes only the first one",
    "bulk_does_the_first",
    "/group_settings/bulk",
    lambda body: body.update(ids=body["ids"][:1]),
)


@fault_of("v1", "bulk_reaches_everyone", "a bulk action ignores unknown ids")
async def bulk_passes_over_unknown(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if _is_bulk(asked) and answer.status == 404:
        known = asked.json["ids"][:1]
        return await ask(asked.sending(asked.json | {"ids": known}))
    return answer


@fault_of("v1", "merge_moves_everything", "a merge loses the documents")
async def merge_loses_documents(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    return changed(answer, lambda c: c.update(documents=[])) if asked.path.endswith("/merge") else answer


@fault_of("v1", "merge_moves_everything", "a merge loses the tags of the merged client")
async def merge_loses_tags(asked: Asked, ask: Ask) -> Answered:
    if asked.path.endswith("/merge"):
        other = asked.path.split("/")[-2]
        await ask(
            replace(asked, method="PUT", path=f"/api/v1/clients/{other}")
            .sending({"tags": []})
            .with_headers(content_type="application/json")
        )
    return await ask(asked)


@fault_of("v1", "merge_moves_everything", "a merged client still exists")
async def merged_is_still_there(asked: Asked, ask: Ask) -> Answered:
    key = asked.headers.get("x-api-token", "") + asked.path
    answer = await ask(asked)
    if asked.method == "GET" and answer.ok:
        _remembered[key] = answer
    if asked.path.endswith("/merge"):
        other = asked.path.rsplit("/", 2)[1]
        _remembered["merged " + other] = answer
    if asked.method == "GET" and answer.status == 404 and f"merged {asked.path.rpartition('/')[2]}" in _remembered:
        return replace(_remembered[f"merged {asked.path.rpartition('/')[2]}"])
    return answer


@fault_of("v1", "numbers_are_never_reused", "the number of a purged client is assigned again")
async def number_is_reused(asked: Asked, ask: Ask) -> Answered:
    whose = f"number {asked.headers.get('x-api-token')}"
    if asked.path.endswith("/purge"):
        client = await ask(get(asked, asked.path.removesuffix("/purge")))
        if client.ok:
            _remembered[whose] = client
    is_create = asked.method == "POST" and asked.path == "/api/v1/clients"
    if is_create and "number" not in asked.json and whose in _remembered:
        number = _remembered.pop(whose).json["data"]["number"]
        return await ask(asked.sending(asked.json | {"number": number}))
    return await ask(asked)


@fault_of("v1", "references_are_unique", "a reference that is taken is refused only for new clients")
async def changes_take_what_is_taken(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if asked.method in ("PUT", "PATCH") and answer.status == 422 and "id_number" in asked.json:
        return await ask(get(asked, asked.path))
    return answer


@fault_of("api", "emails_and_names_are_unique", "emails that differ in case count as different")
async def emails_differ_in_case(asked: Asked, ask: Ask) -> Answered:
    email = asked.json.get("email", "")
    if asked.method == "POST" and isinstance(email, str) and email.isupper():
        return await ask(asked.sending(asked.json | {"email": "x" + email}))
    return await ask(asked)


@fault_of("v1", "group_names_are_unique", "the name of a deleted group can be used again")
async def deleted_names_are_free(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if asked.method == "POST" and asked.path == "/api/v1/group_settings" and answer.status == 422:
        return await ask(asked.sending(asked.json | {"name": asked.json.get("name", "") + " (2)"}))
    return answer


@fault_of("v1", "deleted_is_closed", "a document of a deleted client can be edited")
async def deleted_is_editable(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if answer.status == 400 and is_below(asked, "v1", "/documents") and asked.method == "PUT":
        return await ask(get(asked, asked.path))
    return answer


@fault_of("api", "owner_moves", "a change of the owner is answered but not made")
async def owner_stays(asked: Asked, ask: Ask) -> Answered:
    if not asked.path.endswith("/owner"):
        return await ask(asked)
    answer = await ask(get(asked, asked.path.removesuffix("/owner")))
    if not answer.ok:
        return answer
    content = answer.json
    content["data"]["owner"]["id"] = asked.json.get("owner")
    return answer.saying(content | {"message": "Client account owner updated successfully."})


@fault_of("api", "categories_count", "a migration is answered but not made")
async def migration_moves_nobody(asked: Asked, ask: Ask) -> Answered:
    if not asked.path.endswith("/migrate"):
        return await ask(asked)
    answer = await ask(get(asked, asked.path.removesuffix("/migrate")))
    return (
        answer.saying(answer.json | {"message": "Category resources migrated successfully."}) if answer.ok else answer
    )


@fault_of("api", "deleted_is_gone", "a deleted note is still listed")
async def deleted_note_is_listed(asked: Asked, ask: Ask) -> Answered:
    whose = f"note {asked.headers.get('authorization')}"
    if asked.method == "DELETE" and is_below(asked, "api", "/notes/"):
        note = await ask(get(asked, asked.path))
        if note.ok:
            _remembered[whose] = note
    answer = await ask(asked)
    if asked.method == "GET" and asked.path == "/api/notes" and whose in _remembered and answer.ok:
        content = answer.json
        content["data"].append(_remembered[whose].json["data"])
        return answer.saying(content)
    return answer


@fault_of("api", "removed_is_gone", "the notes of a deleted client stay")
async def notes_outlive_clients(asked: Asked, ask: Ask) -> Answered:
    key = f"{asked.headers.get('authorization')} {asked.path}"
    answer = await ask(asked)
    if asked.method == "GET" and is_below(asked, "api", "/notes/"):
        if answer.ok:
            _remembered[key] = answer
        return _remembered.get(key, answer)
    return answer


@fault_of("v1", "groups_have_a_life_cycle", "a deleted group is not shown as deleted")
async def deleted_group_is_silent(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    silent = asked.method == "GET" and is_below(asked, "v1", "/group_settings/")
    return changed(answer, lambda group: group.update(is_deleted=False)) if silent else answer
