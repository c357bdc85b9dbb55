"""A read shows what was written last, until the record is removed."""

import schemathesis
from schemathesis import CheckContext, Response

from gateway.contract.checks.reading import (
    AnyCase,
    body_of,
    counts_unreadable_answers,
    is_negative,
    noun,
    operation_id,
    steps_before,
    succeeded,
    writes_since,
)

# Writes that are answered with the whole record.
_WRITES = {
    *(f"api {name}" for name in ("createClient", "updateClient", "setClientTags", "setClientStatus", "setClientOwner")),
    *(
        f"v1 {name}"
        for name in ("createClient", "updateClient", "uploadClientDocuments", "deleteClient", "mergeClients")
    ),
    *(f"api {name}" for name in ("createCategory", "updateCategory", "migrateCategory")),
    *(f"api {name}" for name in ("createContact", "updateContact", "setContactAccountOwner")),
    *(f"v1 {name}" for name in ("createGroupSetting", "updateGroupSetting", "deleteGroupSetting")),
    *(f"v1 {name}" for name in ("updateDocument", "createClientGatewayToken", "updateClientGatewayToken")),
    *(f"v1 patch{noun}" for noun in ("Client", "GroupSetting", "Document", "ClientGatewayToken", "Webhook")),
    *(f"v1 {name}" for name in ("createWebhook", "updateWebhook", "deleteWebhook")),
}
_READS = (
    *("api getClient", "v1 getClient", "api getCategory", "api getContact", "v1 getGroupSetting"),
    *("v1 getDocument", "v1 getClientGatewayToken", "v1 getWebhook"),
)

_HIDDEN_BY = {f"v1 get{noun}": f"v1 delete{noun}" for noun in ("Client", "GroupSetting", "Webhook")}


@schemathesis.check
@counts_unreadable_answers
def reads_show_the_last_write(ctx: CheckContext, response: Response, case: AnyCase) -> None:
    """A record read right after a write is there, and is the record that the write answered."""
    # 304: the record is in the version that the request names; there is no body. 401 and 403: the key was generated.
    if operation_id(case) not in _READS or is_negative(case) or response.status_code in (304, 401, 403):
        return
    for step, written in steps_before(ctx, case):
        if operation_id(step) in _WRITES and noun(step) == noun(case) and succeeded(written):
            then, record_id = body_of(written).get("data", {}), (case.path_parameters or {}).get("id")
            if str(then.get("id")) == str(record_id) and not writes_since(ctx, step, case):
                assert succeeded(response), f"{step.operation.label} answered a record that cannot be read"
                now = body_of(response)["data"]  # it may include other relations
                stale = [key for key in then.keys() & now.keys() if then[key] != now[key]]
                assert not stale, f"{', '.join(stale)} are not what {step.operation.label} answered before"
            return


@schemathesis.check
@counts_unreadable_answers
def deleted_is_hidden(ctx: CheckContext, response: Response, case: AnyCase) -> None:
    """A record that /api/v1 deleted is marked as deleted when it is read by id."""
    deletion = _HIDDEN_BY.get(operation_id(case))
    if deletion is None or not succeeded(response):
        return
    parent = next(steps_before(ctx, case), None)
    if parent is None or operation_id(parent[0]) != deletion or not succeeded(parent[1]):
        return
    is_marked = body_of(response)["data"]["is_deleted"] or writes_since(ctx, parent[0], case)
    assert is_marked, "it was deleted and is not marked as deleted"


@schemathesis.check
@counts_unreadable_answers
def purged_is_gone(ctx: CheckContext, response: Response, case: AnyCase) -> None:
    """A client that /api/v1 purged cannot be read any more."""
    parent = next(steps_before(ctx, case), None)
    if operation_id(case) == "v1 getClient" and parent and operation_id(parent[0]) == "v1 purgeClient":
        same = (parent[0].path_parameters or {}).get("id") == (case.path_parameters or {}).get("id")
        assert not (same and succeeded(parent[1]) and succeeded(response)), (
            "the client was purged and can still be read"
        )
