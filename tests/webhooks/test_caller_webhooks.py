"""/api/v1/webhooks: the resource, as the vendor's public reference has it."""

import pytest

from core.events import caller_webhooks, webhooks
from tests.drivers import Company, new_company
from tests.register.arranging import UNKNOWN, register, together
from tests.server import serving
from tests.webhooks.conftest import made, subscribed

URL = "https://n8n.example.com/webhook/5b1c"
KEYS = ["id", "user_id", "event_id", "target_url", "format", "rest_method", "headers"]
TIMES = ["created_at", "updated_at", "archived_at", "is_deleted"]


def create(company: Company, **body):
    return company.v1.post("/webhooks", json={"target_url": URL, "event_id": "1"} | body)


def urls(company: Company, query: str = "") -> list[str]:
    answer = company.v1.get(f"/webhooks{query}")
    assert answer.status_code == 200, answer.text
    return [each["target_url"].rpartition("/")[2] for each in answer.json()["data"]]


def bulk(company: Company, action: str, *ids: str):
    return company.v1.post("/webhooks/bulk", json={"action": action, "ids": list(ids)})


def test_the_n8n_trigger_subscribes_and_is_notified_of_new_clients(company):
    """Its source compares `event_id` as text, and sends no more than these two keys."""
    hook = create(company).json()["data"]
    (listed,) = company.v1.get("/webhooks?per_page=100").json()["data"]
    assert (listed["target_url"], listed["event_id"], listed["is_deleted"]) == (URL, "1", False)
    assert company.v1.delete(f"/webhooks/{hook['id']}").status_code == 200
    assert company.v1.get("/webhooks?per_page=100").json()["data"] == []


def test_a_webhook_has_every_key_of_the_reference(company):
    shown = create(company, rest_method="put", headers={"X-Flow": "a"}, format="JSON").json()["data"]
    assert list(shown) == KEYS + TIMES
    assert shown["user_id"] == company.new_v1()["user_id"]
    assert (shown["format"], shown["rest_method"], shown["headers"]) == ("JSON", "put", {"X-Flow": "a"})
    assert (shown["created_at"], shown["archived_at"]) == (shown["updated_at"], 0)
    answers = [company.v1.get(f"/webhooks/{shown['id']}{rest}") for rest in ("", "/edit")]
    assert [each.json() for each in answers] == [{"data": shown}] * 2
    blank = company.v1.get("/webhooks/create").json()["data"]
    assert list(blank) == list(shown)
    assert (blank["id"], blank["event_id"], blank["rest_method"], blank["headers"]) == ("", "", "post", {})
    assert len(urls(company)) == 1


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_webhook_is_updated_only_in_the_version_that_was_read(company, method):
    hook = create(company, headers={"X-Flow": "a"}).json()["data"]
    path = f"/webhooks/{hook['id']}"
    version = company.v1.get(path).headers["etag"]
    changed = company.v1.request(method, path, json={"event_id": 10}, headers={"If-Match": version})
    assert changed.json()["data"] == hook | {"event_id": "10", "updated_at": changed.json()["data"]["updated_at"]}
    assert changed.headers["etag"] != version
    assert company.v1.request(method, path, json={"event_id": 11}, headers={"If-Match": version}).status_code == 412
    emptied = company.v1.request(method, path, json={"headers": None})
    assert emptied.json()["data"]["headers"] == {}


def test_a_deleted_webhook_is_hidden_cannot_be_edited_and_can_be_restored(company):
    hook, other = (create(company, target_url=f"{URL}/{name}").json()["data"] for name in ("a", "b"))
    deleted = company.v1.delete(f"/webhooks/{hook['id']}").json()["data"]
    assert (deleted["id"], deleted["is_deleted"]) == (hook["id"], True)
    assert urls(company) == ["b"]
    assert urls(company, "?is_deleted=true") == urls(company, "?status=deleted") == ["a"]
    assert urls(company, "?with_trashed=true") == ["a", "b"]
    assert company.v1.get(f"/webhooks/{hook['id']}").json()["data"]["is_deleted"] is True
    assert company.v1.put(f"/webhooks/{hook['id']}", json={"event_id": 10}).status_code == 400
    restored = bulk(company, "restore", hook["id"], other["id"]).json()
    assert [each["is_deleted"] for each in restored["data"]] == [False, False]
    assert restored["meta"]["pagination"]["total"] == 2


def test_bulk_actions_change_all_webhooks_or_none(company):
    ids = [create(company, target_url=f"{URL}/{n}").json()["data"]["id"] for n in range(3)]
    archived = bulk(company, "archive", *ids[:2]).json()["data"]
    assert all(each["archived_at"] > 0 for each in archived)
    assert urls(company, "?status=active") == ["2"]
    assert urls(company, "?status=archived") == ["0", "1"]
    assert bulk(company, "delete", ids[2], company.v1_of(UNKNOWN)).status_code == 404
    assert urls(company) == ["0", "1", "2"]
    assert [each["archived_at"] for each in bulk(company, "restore", *ids).json()["data"]] == [0, 0, 0]
    assert all(each["is_deleted"] for each in bulk(company, "delete", *ids).json()["data"])
    assert bulk(company, "purge", *ids).status_code == 422


LISTS = {
    "?event_id=10": ["b"],
    "?event_id=2": [],
    "?event_id=x": [],
    "?filter=example.COM": ["a", "b", "c"],
    "?filter=hooks%20/c": ["c"],
    "?filter=hooks%20nowhere": [],
    "?target_url=https://n8n.example.com/b": ["b"],
    "?target_url=https://n8n.example.com": [],
    "?sort=target_url|desc": ["b", "a", "c"],
    "?sort=id|desc": ["c", "b", "a"],
    "?sort=rest_method|desc,id|desc": ["c", "b", "a"],
    "?sort[]=event_id|asc&sort[]=id|asc": ["a", "c", "b"],
    "?per_page=2": ["a", "b"],
    "?per_page=2&page=2": ["c"],
    "?created_at=1": ["a", "b", "c"],
    "?updated_at=2001-09-09": ["a", "b", "c"],
}


@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_sorted_by_event_webhooks_are_in_the_order_of_the_numbers(company, direction):
    for event in (45, 11, 1, 37, 10):
        create(company, event_id=event)
    listed = company.v1.get(f"/webhooks?sort=event_id|{direction}").json()["data"]
    ordered = ["1", "10", "11", "37", "45"]
    assert [each["event_id"] for each in listed] == (ordered if direction == "asc" else ordered[::-1])


@pytest.fixture(scope="module")
def shared(server):
    """One company for tests that count nothing."""
    made_company = new_company(server)
    yield made_company
    made_company.close()


@pytest.fixture(scope="module")
def three(server):
    shared = new_company(server)
    for n, (host, event) in enumerate({"n8n": 1, "n8n.": 10, "hooks": 1}.items()):
        create(shared, target_url=f"https://{host.strip('.')}.example.com/{'abc'[n]}", event_id=event)
    yield shared
    shared.close()


@pytest.mark.parametrize("query", LISTS)
def test_a_list_is_filtered_sorted_and_paged_as_requested(three, query):
    assert urls(three, query) == LISTS[query]


@pytest.mark.parametrize("query", ["?sort=headers|asc", "?status=gone", "?per_page=x", "?page=0", "?updated_at=soon"])
def test_a_list_refuses_invalid_parameters(three, query):
    assert three.v1.get(f"/webhooks{query}").status_code == 422


REFUSED = {
    "no target": ({"target_url": None}, "target_url", "required"),
    "no event": ({"event_id": ""}, "event_id", "required"),
    "an event of invoices": ({"event_id": 2}, "event_id", "1 (client created)"),
    "no event at all": ({"event_id": True}, "event_id", "45 (client restored)"),
    "another scheme": ({"target_url": "ftp://x.example"}, "target_url", "http://"),
    "no host": ({"target_url": "https:///x"}, "target_url", "http://"),
    "a password": ({"target_url": "https://me:word@x.example"}, "target_url", "without a user"),
    "a backslash": ({"target_url": "https://x.example\\y.example/"}, "target_url", "must not lead"),
    "a very long one": ({"target_url": "https://x.example/" + "x" * 2000}, "target_url", "2000"),
    "an object": ({"target_url": {"a": 1}}, "target_url", "string"),
    "another format": ({"format": "UBL"}, "format", "invalid"),
    "another verb": ({"rest_method": "delete"}, "rest_method", "invalid"),
    "its host": ({"headers": {"HOST": "x"}}, "headers", "HOST"),
    "its length": ({"headers": {"Content-Length": "1"}}, "headers", "cannot be set"),
    "its framing": ({"headers": {"transfer-encoding": "chunked"}}, "headers", "cannot be set"),
    "its connection": ({"headers": {"Connection": "x"}}, "headers", "cannot be set"),
    "a proxy's": ({"headers": {"Proxy-Authorization": "x"}}, "headers", "cannot be set"),
    "ours": ({"headers": {"Webhook-Id": "x"}}, "headers", "cannot be set"),
    "no token": ({"headers": {"X A": "x"}}, "headers", "cannot be set"),
    "no name": ({"headers": {"": "x"}}, "headers", "cannot be set"),
    "two lines": ({"headers": {"X-A": "a\r\nX-B: b"}}, "headers", "has an invalid value for the header"),
    "a letter": ({"headers": {"X-A": "ä"}}, "headers", "has an invalid value for the header"),
    "a tree": ({"headers": {"X-A": {"b": "c"}}}, "headers", "has an invalid value for the header"),
    "too long": ({"headers": {"X-A": "x" * 2001}}, "headers", "has an invalid value for the header"),
    "too many": ({"headers": {f"X-{n}": "x" for n in range(21)}}, "headers", "20"),
    "the same twice": ({"headers": {"X-A": "1", "x-a": "2"}}, "headers", "duplicate"),
    "text": ({"headers": "X-A: 1"}, "headers", "array"),
    "a list of text": ({"headers": ["X-A: 1"]}, "headers", "array"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.engines("sqlite")
def test_invalid_values_of_a_webhook_are_refused_with_their_reason(shared, case):
    body, key, words = REFUSED[case]
    answer = create(shared, **body)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [key])
    assert words in answer.json()["errors"][key][0]


TAKEN = {
    "a form's": ({"headers": "[]"}, {}),
    "an empty array": ({"headers": []}, {}),
    "JSON in text": ({"headers": '{"X-A": "1"}'}, {"X-A": "1"}),
    "numbers": ({"headers": {"X-A": 1, "X-B": None}}, {"X-A": "1", "X-B": ""}),
    "names and values": (
        {"headers": [{"name": "X-A", "value": "1"}, {"key": "X-B", "value": 2}]},
        {"X-A": "1", "X-B": "2"},
    ),
    "objects": ({"headers": [{"X-A": "1"}, {"X-B": "2"}]}, {"X-A": "1", "X-B": "2"}),
    "an array with gaps": ({"headers": {"0": {"X-A": "1"}, "3": {"X-B": "2"}}}, {"X-A": "1", "X-B": "2"}),
}


@pytest.mark.parametrize("case", TAKEN)
def test_headers_are_taken_in_the_shapes_that_programs_send(company, case):
    body, shown = TAKEN[case]
    assert create(company, **body).json()["data"]["headers"] == shown


def test_forms_and_queries_can_create_a_webhook_too(company):
    form = company.v1.post("/webhooks", data={"target_url": URL, "event_id": "37", "headers[X-A]": "1"})
    assert (form.json()["data"]["event_id"], form.json()["data"]["headers"]) == ("37", {"X-A": "1"})
    query = company.v1.post(f"/webhooks?event_id=45&target_url={URL}", json={"rest_method": "PUT"})
    assert (query.json()["data"]["event_id"], query.json()["data"]["rest_method"]) == ("45", "put")


PRIVATE = [
    "http://localhost/", "http://LOCALHOST.:8000/", "http://a.localhost/", "http://127.0.0.1/", "http://127.1/",
    "http://2130706433/", "http://0x7f000001/", "http://017700000001/", "http://0/", "http://0.0.0.0/",
    "http://10.1.2.3/", "http://172.16.0.1/", "http://192.168.0.1/", "http://100.64.0.1/", "http://169.254.169.254/",
    "http://168.63.129.16/", "http://224.0.0.1/", "http://255.255.255.255/", "http://192.0.2.1/", "http://198.18.0.1/",
    "http://[::1]/", "http://[::]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::127.0.0.1]/",
    "http://[fe80::1]/", "http://[fc00::1]/", "http://[fd00:ec2::254]/", "http://[fec0::1]/", "http://[ff02::1]/",
    "http://[64:ff9b::7f00:1]/", "http://[64:ff9b:1::a00:1]/", "http://[2002:7f00:1::]/", "http://[2001::1]/",
    "http://metadata.google.internal/", "http://printer.local/", "http://n8n:5678/", "http://nas.lan/",
]  # fmt: skip


@pytest.fixture(scope="module")
def guarded(engine, new_register, tmp_path_factory):
    """A company of a gateway whose operator has allowed nothing."""
    with serving(
        new_register(engine), tmp_path_factory.mktemp("guarded"), public_url="http://register.example"
    ) as server:
        made_company = new_company(server)
        yield made_company
        made_company.close()


@pytest.mark.parametrize("url", [*PRIVATE, "https://register.example/api/v1/clients", "https://REGISTER.example./"])
@pytest.mark.engines("sqlite")
def test_an_address_that_is_plainly_not_outside_is_refused_at_once(guarded, url):
    answer = create(guarded, target_url=url)
    assert answer.json()["errors"] == {
        "target_url": ["The target url must not lead to this machine or into a private network."]
    }


@pytest.mark.parametrize(
    "url", ["https://8.8.8.8/x", "http://[2606:4700::1111]:8443/", "https://n8n.register.example/"]
)
def test_an_address_outside_is_taken(guarded, url):
    assert create(guarded, target_url=url).json()["data"]["target_url"] == url


def test_an_operators_webhooks_are_none_of_the_callers(company, receiver):
    hook = subscribed(company, receiver)
    assert company.v1.get("/webhooks?with_trashed=true").json()["data"] == []
    path = f"/webhooks/{company.v1_of(hook['id'])}"
    assert {company.v1.request(verb, path, json={}).status_code for verb in ("GET", "PUT", "DELETE")} == {404}
    assert bulk(company, "delete", company.v1_of(hook["id"])).status_code == 404
    made(company, receiver.url)
    assert [each["origin"] for each in register(company, webhooks.list_all)] == ["operator", "caller"]


def test_the_number_of_webhooks_of_a_company_is_limited(company, monkeypatch):
    monkeypatch.setattr(caller_webhooks, "MAX_WEBHOOKS", 3)
    acts = [lambda n=n: create(company, target_url=f"{URL}/{n}") for n in range(5)]
    answers = together(acts)
    assert sorted(each.status_code for each in answers) == [200] * 3 + [422] * 2
    refused = next(each for each in answers if each.status_code == 422)
    assert "already 3 webhooks" in refused.json()["errors"]["target_url"][0]
    ids = [each["id"] for each in company.v1.get("/webhooks").json()["data"]]
    company.v1.delete(f"/webhooks/{ids[0]}")
    assert create(company).status_code == 200
    assert bulk(company, "restore", ids[0]).status_code == 422


def test_the_latest_deleted_webhooks_are_kept(company, monkeypatch):
    monkeypatch.setattr(caller_webhooks, "MAX_WEBHOOKS", 3)
    for n in range(6):
        hook = create(company, target_url=f"{URL}/{n}").json()["data"]
        company.v1.delete(f"/webhooks/{hook['id']}")
    create(company, target_url=f"{URL}/6")
    assert urls(company, "?with_trashed=true") == ["3", "4", "5", "6"]
