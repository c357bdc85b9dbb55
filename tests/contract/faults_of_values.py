"""Faults of values: something else is stored or shown than was sent, or another value changes as well."""

from dataclasses import replace

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import body_fault, changed, fault_of, is_below, record_fault


def _moved(old: str, new: str):
    def change(body):
        if old in body:
            body[new] = body.pop(old)

    return change


def _cut(key: str, length: int):
    def change(body):
        if isinstance(body.get(key), str):
            body[key] = body[key][:length]

    return change


def _dropped(value):
    def change(body):
        for key in [each for each, sent_value in body.items() if sent_value == value and sent_value is not False]:
            del body[key]

    return change


def _two_hours_later(client):
    day, _, rest = client["dates"]["created"].partition("T")
    client["dates"]["created"] = f"{day}T{(int(rest[:2]) + 2) % 24:02d}{rest[2:]}"


def _texts_for_nulls(record):
    for key, value in record.items():
        if value is None:
            record[key] = ""
        elif isinstance(value, dict):
            _texts_for_nulls(value)


SENT, CONTACTS = "sent_is_shown", "contacts_are_shown"

body_fault(
    "v1",
    SENT,
    "the city is stored as the shipping city",
    "city_goes_to_shipping",
    "/clients",
    _moved("city", "shipping_city"),
)
body_fault("v1", SENT, "the VAT number is cut to 8 characters", "vat_is_cut", "/clients", _cut("vat_number", 8))
body_fault("api", SENT, "the VAT number is cut to 8 characters", "vat_is_cut_in_api", "/clients", _cut("client_vat", 8))
body_fault("api", SENT, "notes are cut to 255 characters", "notes_are_cut", "/notes", _cut("note_description", 255))
body_fault("v1", SENT, "an empty text does not clear a value", "empty_text_clears_nothing", "/clients", _dropped(""))
body_fault("api", SENT, "a null does not clear a value", "null_clears_nothing", "/clients", _dropped(None))
body_fault(
    "v1",
    SENT,
    "two custom values are swapped",
    "swapped_custom_values",
    "/clients",
    lambda body: _moved("custom_value3", "custom_value4")(body),
)
body_fault(
    "api",
    SENT,
    "the description of a category is lost",
    "category_description_is_lost",
    "/categories",
    lambda body: body.pop("category_description", None),
)
body_fault(
    "api",
    SENT,
    "a PATCH without the telephone number clears it",
    "patch_clears_phone",
    "/clients",
    lambda body: body.setdefault("client_phone", ""),
    methods=("PATCH",),
)
body_fault(
    "v1",
    SENT,
    "a PUT clears fields that are not sent",
    "put_clears_the_rest",
    "/clients",
    lambda body: body.setdefault("website", ""),
    methods=("PUT", "PATCH"),
)
body_fault(
    "v1",
    "tags_are_shown",
    "a write of /api/v1 that does not send tags removes them",
    "writes_remove_tags",
    "/clients",
    lambda body: body.setdefault("tags", []),
    methods=("PUT",),
)
body_fault(
    "api",
    "tags_are_shown",
    "tags are stored in another order",
    "tags_are_sorted",
    "/clients",
    lambda body: body.update(tags=sorted(body["tags"])) if isinstance(body.get("tags"), list) else None,
)
body_fault(
    "v1",
    "created_is_shown",
    "a create loses the public notes",
    "create_loses_notes",
    "/clients",
    lambda body: body.pop("public_notes", None),
    methods=("POST",),
)
body_fault(
    "api",
    "created_is_shown",
    "a create loses the website",
    "create_loses_website",
    "/clients",
    lambda body: body.pop("client_website", None),
    methods=("POST",),
)
body_fault(
    "v1",
    SENT,
    "numbers in `meta` are rounded",
    "meta_is_rounded",
    "/client_gateway_tokens",
    lambda body: body["meta"].update(number=2) if isinstance(body.get("meta"), dict) else None,
)
body_fault(
    "v1",
    CONTACTS,
    "a contact's telephone number is lost",
    "contact_phone_is_lost",
    "/clients",
    lambda body: [each.pop("phone", None) for each in body.get("contacts") or () if isinstance(each, dict)],
)
body_fault(
    "v1",
    "contacts_are_the_whole",
    "a contact that is left out stays",
    "left_out_contacts_stay",
    "/clients",
    lambda body: body.pop("contacts", None) if len(body.get("contacts") or ()) == 3 else None,
    methods=("PUT",),
)

record_fault(
    "v1",
    "views_agree",
    "times are milliseconds",
    "times_in_milliseconds",
    "/clients",
    lambda client: client.update(created_at=client["created_at"] * 1000) if "created_at" in client else None,
)
record_fault(
    "api",
    "views_agree",
    "times are two hours ahead",
    "times_two_hours_ahead",
    "/clients",
    lambda client: _two_hours_later(client) if "dates" in client else None,
)
record_fault("api", "views_agree", "an empty text is shown for null", "texts_for_nulls", "/clients", _texts_for_nulls)
record_fault(
    "api",
    "views_agree",
    "the owner's name has the last name first",
    "owner_name_reversed",
    "/clients",
    lambda client: (
        client["owner"].update(name=" ".join(reversed(client["owner"]["name"].split()))) if "owner" in client else None
    ),
)
record_fault(
    "api",
    "views_agree",
    "the street has only its first line",
    "street_of_one_line",
    "/clients",
    lambda client: (
        client["billing"].update(street=str(client["billing"]["street"]).partition(", ")[0])
        if (client.get("billing") or {}).get("street")
        else None
    ),
)
record_fault(
    "v1",
    SENT,
    "the postal code is converted to a number",
    "postal_code_without_letters",
    "/clients",
    lambda client: client.update(postal_code="".join(filter(str.isascii, client.get("postal_code", "")))),
)
record_fault(
    "v1",
    "tags_are_shown",
    "tags are shown in lower case",
    "tags_in_small_letters",
    "/clients",
    lambda client: client.update(tags=[tag.lower() for tag in client["tags"]]) if "tags" in client else None,
)
record_fault(
    "api",
    "views_agree",
    "a locked contact is shown as active",
    "locked_is_active",
    "/contacts",
    lambda person: person.update(status="active" if person.get("status") == "suspended" else "suspended"),
)


@fault_of("v1", "lists_show_what_reads_show", "a list shows less than a read")
async def lists_lack_phones(request: Request, send: Send) -> Response:
    answer = await send(request)
    is_list = request.method == "GET" and request.path == "/api/v1/clients"
    return changed(answer, lambda client: client.update(phone="")) if is_list else answer


@fault_of("v1", "lists_show_what_reads_show", "`edit` shows something else than a read")
async def edit_shows_another_name(request: Request, send: Send) -> Response:
    answer = await send(request)
    return changed(answer, lambda group: group.update(name="Old")) if request.path.endswith("/edit") else answer


@fault_of("api", "forms_are_shown", "plus signs in forms are not decoded")
async def plus_is_kept(request: Request, send: Send) -> Response:
    if "form" not in request.headers.get("content-type", ""):
        return await send(request)
    body = request.body.replace(b"%2B", b"+")
    return await send(replace(request, body=body).with_headers(content_length=str(len(body))))


@fault_of("v1", "forms_are_shown", "`_method` in a form is ignored")
async def method_field_is_ignored(request: Request, send: Send) -> Response:
    if b"_method=" not in request.body:
        return await send(request)
    return await send(replace(request, method="GET", body=b"").without_header("content-length"))


@fault_of("v1", "sent_is_shown", "an answer shows what was sent, but nothing is stored")
async def answered_and_not_stored(request: Request, send: Send) -> Response:
    if request.method != "PUT" or not is_below(request, "v1", "/group_settings") or "name" not in request.json:
        return await send(request)
    name = request.json["name"]
    answer = await send(request.with_json({key: value for key, value in request.json.items() if key != "name"}))
    return changed(answer, lambda group: group.update(name=name))
