"""Faults of values: something else is stored or shown than was sent, or another value changes as well."""

from dataclasses import replace

from tests.contract.faulty import Answered, Ask, Asked
from tests.contract.meaning import changed, fault_of, is_below, sent, shown


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


SIS, CIS = "sent_is_shown", "contacts_are_shown"

sent(
    "v1",
    SIS,
    "the city is stored as the shipping city",
    "city_goes_to_shipping",
    "/clients",
    _moved("city", "shipping_city"),
)
sent("v1", SIS, "the VAT number is cut to 8 characters", "vat_is_cut", "/clients", _cut("vat_number", 8))
sent("api", SIS, "the VAT number is cut to 8 characters", "vat_is_cut_in_api", "/clients", _cut("client_vat", 8))
sent("api", SIS, "notes are cut to 255 characters", "notes_are_cut", "/notes", _cut("note_description", 255))
sent("v1", SIS, "an empty text does not clear a value", "empty_text_clears_nothing", "/clients", _dropped(""))
sent("api", SIS, "a null does not clear a value", "null_clears_nothing", "/clients", _dropped(None))
sent(
    "v1",
    SIS,
    "two custom values are swapped",
    "swapped_custom_values",
    "/clients",
    lambda body: _moved("custom_value3", "custom_value4")(body),
)
sent(
    "api",
    SIS,
    "the description of a category is lost",
    "category_description_is_lost",
    "/categories",
    lambda body: body.pop("category_description", None),
)
sent(
    "api",
    SIS,
    "a PATCH without the telephone number clears it",
    "patch_clears_phone",
    "/clients",
    lambda body: body.setdefault("client_phone", ""),
    methods=("PATCH",),
)
sent(
    "v1",
    SIS,
    "a PUT clears fields that are not sent",
    "put_clears_the_rest",
    "/clients",
    lambda body: body.setdefault("website", ""),
    methods=("PUT", "PATCH"),
)
sent(
    "v1",
    "tags_are_shown",
    "a write of /api/v1 that does not send tags removes them",
    "writes_remove_tags",
    "/clients",
    lambda body: body.setdefault("tags", []),
    methods=("PUT",),
)
sent(
    "api",
    "tags_are_shown",
    "tags are stored in another order",
    "tags_are_sorted",
    "/clients",
    lambda body: body.update(tags=sorted(body["tags"])) if isinstance(body.get("tags"), list) else None,
)
sent(
    "v1",
    "created_is_shown",
    "a create loses the public notes",
    "create_loses_notes",
    "/clients",
    lambda body: body.pop("public_notes", None),
    methods=("POST",),
)
sent(
    "api",
    "created_is_shown",
    "a create loses the website",
    "create_loses_website",
    "/clients",
    lambda body: body.pop("client_website", None),
    methods=("POST",),
)
sent(
    "v1",
    SIS,
    "numbers in `meta` are rounded",
    "meta_is_rounded",
    "/client_gateway_tokens",
    lambda body: body["meta"].update(number=2) if isinstance(body.get("meta"), dict) else None,
)
sent(
    "v1",
    CIS,
    "a contact's telephone number is lost",
    "contact_phone_is_lost",
    "/clients",
    lambda body: [each.pop("phone", None) for each in body.get("contacts") or () if isinstance(each, dict)],
)
sent(
    "v1",
    "contacts_are_the_whole",
    "a contact that is left out stays",
    "left_out_contacts_stay",
    "/clients",
    lambda body: body.pop("contacts", None) if len(body.get("contacts") or ()) == 3 else None,
    methods=("PUT",),
)

shown(
    "v1",
    "views_agree",
    "times are milliseconds",
    "times_in_milliseconds",
    "/clients",
    lambda client: client.update(created_at=client["created_at"] * 1000) if "created_at" in client else None,
)
shown(
    "api",
    "views_agree",
    "times are two hours ahead",
    "times_two_hours_ahead",
    "/clients",
    lambda client: _two_hours_later(client) if "dates" in client else None,
)
shown("api", "views_agree", "an empty text is shown for null", "texts_for_nulls", "/clients", _texts_for_nulls)
shown(
    "api",
    "views_agree",
    "the owner's name has the last name first",
    "owner_name_reversed",
    "/clients",
    lambda client: (
        client["owner"].update(name=" ".join(reversed(client["owner"]["name"].split()))) if "owner" in client else None
    ),
)
shown(
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
shown(
    "v1",
    SIS,
    "the postal code is converted to a number",
    "postal_code_without_letters",
    "/clients",
    lambda client: client.update(postal_code="".join(filter(str.isascii, client.get("postal_code", "")))),
)
shown(
    "v1",
    "tags_are_shown",
    "tags are shown in lower case",
    "tags_in_small_letters",
    "/clients",
    lambda client: client.update(tags=[tag.lower() for tag in client["tags"]]) if "tags" in client else None,
)
shown(
    "api",
    "views_agree",
    "a locked contact is shown as active",
    "locked_is_active",
    "/contacts",
    lambda person: person.update(status="active" if person.get("status") == "suspended" else "suspended"),
)


@fault_of("v1", "lists_show_what_reads_show", "a list shows less than a read")
async def lists_lack_phones(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    is_list = asked.method == "GET" and asked.path == "/api/v1/clients"
    return changed(answer, lambda client: client.update(phone="")) if is_list else answer


@fault_of("v1", "lists_show_what_reads_show", "`edit` shows something else than a read")
async def edit_shows_another_name(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    return changed(answer, lambda group: group.update(name="Old")) if asked.path.endswith("/edit") else answer


@fault_of("api", "forms_are_shown", "plus signs in forms are not decoded")
async def plus_is_kept(asked: Asked, ask: Ask) -> Answered:
    if "form" not in asked.headers.get("content-type", ""):
        return await ask(asked)
    body = asked.body.replace(b"%2B", b"+")
    return await ask(replace(asked, body=body).with_headers(content_length=str(len(body))))


@fault_of("v1", "forms_are_shown", "`_method` in a form is ignored")
async def method_is_not_heard(asked: Asked, ask: Ask) -> Answered:
    if b"_method=" not in asked.body:
        return await ask(asked)
    return await ask(replace(asked, method="GET", body=b"").without_header("content-length"))


@fault_of("v1", "sent_is_shown", "an answer shows what was sent, but nothing is stored")
async def answered_and_not_stored(asked: Asked, ask: Ask) -> Answered:
    if asked.method != "PUT" or not is_below(asked, "v1", "/group_settings") or "name" not in asked.json:
        return await ask(asked)
    name = asked.json["name"]
    answer = await ask(asked.sending({key: value for key, value in asked.json.items() if key != "name"}))
    return changed(answer, lambda group: group.update(name=name))
