"""Faults of messages and times in answers, of the change feed, and of webhooks and gateway tokens."""

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import body_fault, fault_of, get, is_below, list_fault, record_fault

FEEDS = "feeds_list_changes"


@fault_of("api", "messages_are_as_documented", "a change is answered with the message of another operation")
async def message_of_another(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.method == "PATCH" and answer.ok and is_below(request, "api", "/contacts"):
        return answer.with_json(answer.json | {"message": "Contact created successfully."})
    return answer


body_fault(
    "api",
    "messages_are_as_documented",
    "the tags of a note are lost",
    "note_tags_are_lost",
    "/notes",
    lambda body: body.update(tags=[]) if "tags" in body else None,
    methods=("PUT",),
)


@fault_of("v1", "refusals_name_invalid_fields", "only one of several invalid fields is named")
async def one_field_is_named(request: Request, send: Send) -> Response:
    answer = await send(request)
    if answer.status != 422:
        return answer
    content = answer.json
    return answer.with_json(content | {"errors": dict(list(content["errors"].items())[:1])})


@fault_of("api", "refusals_name_invalid_fields", "a refusal does not say that the data was invalid")
async def refusal_is_vague(request: Request, send: Send) -> Response:
    answer = await send(request)
    return answer.with_json(answer.json | {"message": "Bad request."}) if answer.status == 422 else answer


record_fault(
    "v1",
    "times_are_true",
    "clients are shown as created an hour early",
    "made_an_hour_ago",
    "/clients",
    lambda client: client.update(created_at=client["created_at"] - 3600) if client.get("created_at") else None,
)
record_fault(
    "v1",
    "times_are_true",
    "a change does not update `updated_at`",
    "updated_never",
    "/clients",
    lambda client: client.update(updated_at=client["created_at"]) if client.get("created_at") else None,
)


@fault_of("v1", "answers_are_labelled", "every request has the same id")
async def one_name_for_all(request: Request, send: Send) -> Response:
    return (await send(request)).with_header("x-request-id", "1")


@fault_of("api", "answers_are_labelled", "a refused caller is not told how to authenticate")
async def no_challenge(request: Request, send: Send) -> Response:
    return (await send(request)).without_header("www-authenticate")


list_fault(
    "v1",
    FEEDS,
    "changes are listed newest first",
    "newest_change_first",
    "/changes",
    lambda _request, c: c["data"].reverse(),
)
list_fault(
    "api",
    FEEDS,
    "archiving a client is listed as an update",
    "archived_is_updated",
    "/changes",
    lambda _request, content: [each.update(type="updated") for each in content["data"] if each["type"] == "archived"],
)
list_fault(
    "v1",
    FEEDS,
    "deletions are not listed as changes",
    "deletions_are_not_listed",
    "/changes",
    lambda _request, content: content.update(data=[each for each in content["data"] if each["type"] != "deleted"]),
)


@fault_of("api", FEEDS, "a page of changes begins with the last change of the page before")
async def changes_are_repeated(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.path != "/api/changes" or not answer.ok or request.params.get("after") == "latest":
        return answer
    content = answer.json
    if content["data"] and content["meta"]["has_more"]:
        content["data"].append(content["data"][-1])
    return answer.with_json(content)


@fault_of("v1", "one_token_is_default", "making a token the default is answered but not done")
async def default_stays(request: Request, send: Send) -> Response:
    if not request.path.endswith("/setAsDefault"):
        return await send(request)
    answer = await send(get(request, request.path.removesuffix("/setAsDefault")))
    content = answer.json
    content["data"]["is_default"] = True
    return answer.with_json(content)


body_fault(
    "v1",
    "webhooks_have_a_life_cycle",
    "a bulk action on webhooks changes only the first one",
    "first_webhook_alone",
    "/webhooks/bulk",
    lambda body: body.update(ids=body["ids"][:1]) if "ids" in body else None,
)
body_fault(
    "v1",
    "webhooks_have_a_life_cycle",
    "restoring a webhook archives it",
    "restored_is_archived",
    "/webhooks/bulk",
    lambda body: body.update(action="archive") if body.get("action") == "restore" else None,
)
record_fault(
    "v1",
    "blank_records_match_defaults",
    "a blank client has a country",
    "blank_has_a_country",
    "/clients/create",
    lambda client: client.update(country_id="840"),
)


body_fault(
    "v1",
    "editions_are_kept",
    "a routing id is lost",
    "routing_id_is_lost",
    "/clients",
    lambda body: body.pop("routing_id", None),
    methods=("PUT",),
)
body_fault(
    "v1",
    "editions_are_kept",
    "a write that does not send the classification clears it",
    "classification_is_cleared",
    "/clients",
    lambda body: body.setdefault("classification", ""),
    methods=("PUT",),
)
record_fault(
    "v1",
    "editions_are_kept",
    "newer fields are shown to every key",
    "every_edition_is_the_newest",
    "/clients",
    lambda client: client.setdefault("classification", ""),
)


@fault_of("v1", "documents_of_a_client", "a filter of a client's documents is ignored by POST")
async def filter_of_post_is_ignored(request: Request, send: Send) -> Response:
    is_list = request.method == "POST" and request.path.endswith("/documents")
    return await send(request.without_params("type") if is_list else request)


@fault_of("v1", "documents_of_a_client", "a client's documents are in another order")
async def documents_newest_first(request: Request, send: Send) -> Response:
    answer = await send(request)
    if not (is_below(request, "v1", "/clients/") and request.path.endswith("/documents") and answer.ok):
        return answer
    content = answer.json
    content["data"].reverse()
    return answer.with_json(content)


list_fault(
    "v1",
    "activities_are_listed",
    "the activities of one client include those of all clients",
    "activities_of_everybody",
    "/activities",
    lambda request, content: content["data"].extend(content["data"][:1]) if "client_id" in request.params else None,
)
record_fault(
    "v1",
    "company_is_named",
    "the company has another name in its settings",
    "company_of_another_name",
    "/companies/current",
    lambda company: company["settings"].update(name="Else"),
)


@fault_of("v1", "statics_are_complete", "a currency has the number of another one")
async def currencies_are_shifted(request: Request, send: Send) -> Response:
    answer = await send(request)
    return Response(answer.status, answer.headers, answer.body.replace(b'"EUR"', b'"EUX"')) if answer.ok else answer
