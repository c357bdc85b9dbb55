"""`ETag`, `If-None-Match` and `If-Match`: one version for both dialects, and no lost updates for whoever cares."""

import pytest

from gateway.settings import Settings
from gateway.spoken import dialects
from tests.drivers import HASHIDS
from tests.register.arranging import number_of, together

UNKNOWN_VERSION = '"000000000000000000000000"'


@pytest.fixture
def made(company):
    return company.new_v1(name="Acme", contacts=[{"first_name": "A", "email": "a@x.example"}, {"first_name": "B"}])


@pytest.fixture
def paths(made):
    return {"api": f"/clients/{number_of(made)}", "v1": f"/clients/{made['id']}"}


def versions(company, paths):
    return {getattr(company, dialect).get(path).headers["etag"] for dialect, path in paths.items()}


def test_both_dialects_name_the_same_version_and_every_change_another(company, made, paths):
    seen = [versions(company, paths)]
    v1, api = company.v1, company.api
    changes = [
        lambda: v1.put(paths["v1"], json={"public_notes": "only /api/v1 shows this"}),
        lambda: api.put(f"{paths['api']}/tags", json={"tags": ["only /api shows this"]}),
        lambda: api.put(f"{paths['api']}/status", json={"status": "suspended"}),
        lambda: api.put(f"{paths['api']}/owner", json={"owner": HASHIDS.decode(made["contacts"][1]["id"])[0]}),
        lambda: v1.put(f"{paths['v1']}/upload", files={"file": ("a.txt", b"a")}),
    ]
    for change in changes:
        answer = change()
        seen.append(versions(company, paths))
        assert seen[-1] == {answer.headers["etag"]}
    assert all(len(each) == 1 for each in seen)
    assert len(set().union(*seen)) == len(seen)


@pytest.mark.parametrize("dialect", ["api", "v1"])
def test_what_is_known_already_is_not_sent_again(company, paths, dialect):
    http, path = getattr(company, dialect), paths[dialect]
    version = http.get(path).headers["etag"]
    for known in (version, f"W/{version}", f'"other", {version}', "*"):
        answer = http.get(path, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", version)
    for known in (UNKNOWN_VERSION, version.strip('"'), ""):
        assert http.get(path, headers={"If-None-Match": known}).status_code == 200
    head = http.head(path, headers={"If-None-Match": version})
    assert (head.status_code, head.headers["etag"]) == (304, version)


def _own_owner(company, paths):
    return {"owner": company.api.get(paths["api"]).json()["data"]["owner"]["id"]}


WRITES = {
    "api update": lambda c, p, h: c.api.patch(p["api"], json={"client_company_name": "New"}, headers=h),
    "api tags": lambda c, p, h: c.api.put(f"{p['api']}/tags", json={"tags": ["x"]}, headers=h),
    "api status": lambda c, p, h: c.api.put(f"{p['api']}/status", json={"status": "suspended"}, headers=h),
    "api owner": lambda c, p, h: c.api.put(f"{p['api']}/owner", json=_own_owner(c, p), headers=h),
    "api delete": lambda c, p, h: c.api.delete(p["api"], headers=h),
    "v1 update": lambda c, p, h: c.v1.put(p["v1"], json={"name": "New"}, headers=h),
    "v1 upload": lambda c, p, h: c.v1.put(f"{p['v1']}/upload", files={"file": ("a.txt", b"a")}, headers=h),
    "v1 delete": lambda c, p, h: c.v1.delete(p["v1"], headers=h),
    "v1 purge": lambda c, p, h: c.v1.post(f"{p['v1']}/purge", headers=h | c.with_password),
    "v1 merge": lambda c, p, h: c.v1.post(f"{p['v1']}/{c.new_v1()['id']}/merge", headers=h | c.with_password),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_write_is_made_only_to_the_version_it_names(company, paths, name):
    before = company.v1.get(paths["v1"])
    for stale in (UNKNOWN_VERSION, f"W/{before.headers['etag']}", "no tag"):
        refused = WRITES[name](company, paths, {"If-Match": stale})
        errors = {} if name.startswith("api") else {"errors": {}}
        words = "The client has been changed since it was read" + ("." if name.startswith("api") else "")
        assert (refused.status_code, refused.json()) == (412, {"message": words} | errors)
    assert company.v1.get(paths["v1"]).content == before.content
    named = f'"other", {before.headers["etag"]}'
    assert WRITES[name](company, paths, {"If-Match": named}).status_code == 200


def test_every_write_to_one_record_can_name_a_version():
    without = [
        f"{operation.name} {path.path}"
        for dialect in dialects(Settings())
        for path in dialect.paths
        for operation in path.operations.values()
        if operation.writes and "{" in path.path and operation.target is None
    ]
    assert without == []


OWN = {
    "document": ("/documents", {"name": "New"}),
    "client gateway token": ("/client_gateway_tokens", {"token": "New"}),
}


@pytest.mark.parametrize("noun", OWN)
def test_what_hangs_on_a_client_has_a_version_of_its_own(company, made, noun):
    company.v1.put(f"/clients/{made['id']}/upload", files={"file": ("a.txt", b"a")})
    company.v1.post("/client_gateway_tokens", json={"client_id": made["id"]})
    collection, body = OWN[noun]
    path = f"{collection}/{company.v1.get(collection).json()['data'][0]['id']}"
    version = company.v1.get(path).headers["etag"]
    changed = company.v1.put(path, json=body, headers={"If-Match": version})
    assert (changed.status_code, changed.headers["etag"] != version) == (200, True)
    for refused in (
        company.v1.put(path, json=body, headers={"If-Match": version}),
        company.v1.delete(path, headers=company.with_password | {"If-Match": version}),
    ):
        words = f"The {noun} has been changed since it was read"
        assert (refused.status_code, refused.json()) == (412, {"message": words, "errors": {}})
    current = {"If-Match": changed.headers["etag"]}
    assert company.v1.delete(path, headers=company.with_password | current).status_code == 200


def test_any_version_will_do_if_there_is_one(company, paths):
    assert company.v1.put(paths["v1"], json={"name": "New"}, headers={"If-Match": "*"}).status_code == 200
    assert company.v1.put("/clients/nobody", json={"name": "New"}, headers={"If-Match": "*"}).status_code == 404


def test_of_twins_that_name_one_version_one_writes(company, paths):
    version = company.v1.get(paths["v1"]).headers["etag"]

    def write(dialect, name):
        if dialect == "v1":
            return company.v1.put(paths["v1"], json={"name": name}, headers={"If-Match": version})
        return company.api.patch(paths["api"], json={"client_company_name": name}, headers={"If-Match": version})

    answers = together([lambda n=n: write(("v1", "api")[n % 2], f"Name {n}") for n in range(8)])
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7
