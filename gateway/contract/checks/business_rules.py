"""A valid request may be refused only because of a business rule, and the refusal must name the rule.

The configuration lets some operations refuse valid data, because no schema can say that an email is taken. This check
makes up for that: the message must be that of a business rule, on a field that has one.
"""

import re

import schemathesis
from schemathesis import CheckContext, Response

from gateway.contract.checks.reading import AnyCase, body_of, counts_unreadable_answers, is_negative, operation_id

_NAME_TAKEN = r"A category with this name already exists\."
_TAKEN, _UNKNOWN = r".* has already been taken\.", r"The selected .* is invalid\."
_JSON = r".* contains characters that cannot be stored\.|.* not be greater than 65536 characters\."
_MISSING = r"The .* field is required\."
_V1_BODY = {
    r"number|id_number": _TAKEN,
    r"assigned_user_id|group_settings_id|contacts\.\d+\.id|settings\.currency_id": _UNKNOWN,
    r"contacts\.\d+\.(id|email)": r".* has a duplicate value\.",
    r"settings|tax_info|e_invoice": _JSON,
}
_GROUP_BODY = {"name": _TAKEN, "settings": _JSON}
_V1_BULK = {
    r"group_settings_id": rf"{_UNKNOWN}|{_MISSING}",
    r"column": _MISSING,
    r"new_value": rf"{_MISSING}|{_UNKNOWN}|The new value field must .*",
}
_DELETED = r"Record is deleted and cannot be edited\..*"
_TOKEN_BODY = {"client_id": _UNKNOWN, "meta": _JSON, "": _DELETED}
_FULL = r"The .* cannot be accepted: there are already 100 webhooks, which is the maximum\."
# Of a list of objects with several headers each; no schema can count them all, or compare their names without case.
_HEADERS = r".* has a duplicate value\.|.* must not have more than 20 items\."

# By operation: the messages with which a field may be refused; "" is the message of an answer that names no field.
RULES: dict[str, dict[str, str]] = {
    "api createClient": {"email": _TAKEN, "client_categoryid": _UNKNOWN},
    "api updateClient": {"client_categoryid": _UNKNOWN},
    "api setClientOwner": {"owner": _UNKNOWN},
    "api createCategory": {"category_name": _NAME_TAKEN},
    "api updateCategory": {"category_name": _NAME_TAKEN},
    "api migrateCategory": {"target_id": _UNKNOWN},
    "api createContact": {"email": _TAKEN, "clientid": _UNKNOWN},
    "api createNote": {"noteresource_id": _UNKNOWN},
    "api updateContact": {"email": _TAKEN},
    "v1 createGroupSetting": _GROUP_BODY,
    "v1 updateGroupSetting": _GROUP_BODY | {"": _DELETED},
    "v1 createClient": _V1_BODY,
    "v1 updateClient": _V1_BODY | {"": _DELETED},
    "v1 bulkClients": _V1_BULK | {"": _DELETED},
    "v1 uploadClientDocuments": {"": _DELETED},
    "v1 updateDocument": {"": _DELETED},
    "v1 deleteDocument": {"": _DELETED},
    "v1 bulkDocuments": {"": _DELETED},
    "v1 createClientGatewayToken": _TOKEN_BODY,
    "v1 updateClientGatewayToken": _TOKEN_BODY,
    "v1 postEntityActivities": {"entity_id": _UNKNOWN},
    "v1 setDefaultClientGatewayToken": {"": _DELETED},
    "v1 deleteClientGatewayToken": {"": _DELETED},
    "v1 createWebhook": {"target_url": _FULL, "headers": _HEADERS},
    "v1 updateWebhook": {"headers": _HEADERS, "": _DELETED},
    "v1 bulkWebhooks": {"ids": _FULL},
    "v1 mergeClients": {"": rf"Invalid merge: .*|{_DELETED}"},
}
_NOUNS = ("Client", "GroupSetting", "Document", "ClientGatewayToken", "Webhook")
RULES |= {f"v1 patch{noun}": RULES[f"v1 update{noun}"] for noun in _NOUNS}


@schemathesis.check
@counts_unreadable_answers
def refused_for_a_business_rule(_ctx: CheckContext, response: Response, case: AnyCase) -> None:
    """A 400 or 422 to valid data names one of the operation's business rules."""
    rules = RULES.get(operation_id(case))
    if rules is None or is_negative(case) or response.status_code not in (400, 422):
        return
    body = body_of(response)
    errors = body.get("errors") or {"": [str(body.get("message", ""))]}
    unfounded = [
        f"{field}: {words}"
        for field, reasons in errors.items()
        for words in reasons
        if not _is_one(rules, field, words)
    ]
    assert not unfounded, f"valid data is refused, and for no business rule: {'; '.join(unfounded)}"


def _is_one(rules: dict[str, str], field: str, words: str) -> bool:
    return any(re.fullmatch(key, field) and re.fullmatch(rule, words, re.DOTALL) for key, rule in rules.items())
