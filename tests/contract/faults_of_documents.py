"""Faults of the tables that generate both behaviour and document; only the published document can reveal them."""

from typing import Any

from tests.contract.meaning import document_fault

INPUTS, PUBLISHED = "documented_inputs_are_served", "openapi_has_no_breaking_change"


def _body(document: Any, path: str, method: str) -> dict[str, Any]:
    schema = document["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    keys: dict[str, Any] = schema["properties"]
    return keys


def _without_sort(document: Any) -> None:
    for each in document["paths"]["/api/clients"]["get"]["parameters"]:
        if each["name"] == "sort":
            each["schema"] = {**each["schema"], "enum": ["client_company_name", "client_status", "client_created"]}


def _without_parameter(document: Any) -> None:
    listed = document["paths"]["/api/v1/clients"]["get"]
    listed["parameters"] = [each for each in listed["parameters"] if each["name"] != "between_balance"]


def _other_message(document: Any) -> None:
    answer = document["paths"]["/api/clients/{id}/owner"]["put"]["responses"]["200"]["content"]["application/json"]
    known = [answer["example"]] if "example" in answer else [each["value"] for each in answer["examples"].values()]
    for each in known:
        each["message"] = "Client owner updated successfully."


document_fault(
    *("api", INPUTS, "the VAT number can no longer be changed", "vat_is_read_only"),
    lambda document: _body(document, "/api/clients/{id}", "patch").pop("client_vat"),
)
document_fault(
    *("v1", INPUTS, "cities have at most twenty letters", "short_cities"),
    lambda document: _body(document, "/api/v1/clients", "post").update(city={"type": "string", "maxLength": 20}),
)
document_fault("v1", INPUTS, "`between_balance` is no longer a filter", "no_between_balance", _without_parameter)
document_fault(
    "api", INPUTS, "clients can no longer be sorted by their last change", "no_sort_by_change", _without_sort
)
document_fault("api", PUBLISHED, "a change of owner has another message", "owner_in_other_words", _other_message)
document_fault(
    *("v1", PUBLISHED, "a key that may only create can delete documents", "append_keys_may_delete_documents"),
    lambda document: document["paths"]["/api/v1/documents/{id}"]["delete"].update({"x-required-scope": "append"}),
)
document_fault(
    *("v1", PUBLISHED, "webhooks have no event for restoring", "no_event_of_restoring"),
    lambda document: _body(document, "/api/v1/webhooks", "post").update(event_id={"enum": ["1", "10", "11", "37"]}),
)
