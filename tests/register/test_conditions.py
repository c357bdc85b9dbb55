"""`ETag`, `If-None-Match` and `If-Match`: one version for both dialects, no lost updates for callers that use it."""

import pytest

from gateway.enabled_dialects import dialects
from gateway.settings import Settings
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


def test_both_dialects_have_the_same_version_and_every_change_makes_a_new_one(company, made, paths):
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
@pytest.mark.engines("sqlite")
def test_a_known_version_is_a_304(company, paths, dialect):
    http, path = getattr(company, dialect), paths[dialect]
    version = http.get(path).headers["etag"]
    bare = version.strip('"')
    compressed = [f'"{bare}-gzip"', f'W/"{bare}-br"', f'"{bare};gzip"', f'"{bare}--gzip"']
    for known in (version, f"W/{version}", f'"other,than-this", {version}', f", {version},", "*", *compressed):
        answer = http.get(path, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", version)
    for known in (UNKNOWN_VERSION, bare, "", '""', f'"{bare}', f'"{bare}-other"'):
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
def test_a_write_with_if_match_applies_only_to_that_version(company, paths, name):
    before = company.v1.get(paths["v1"])
    for stale in (UNKNOWN_VERSION, f"W/{UNKNOWN_VERSION}", f'{UNKNOWN_VERSION}, "other"'):
        refused = WRITES[name](company, paths, {"If-Match": stale})
        errors = {} if name.startswith("api") else {"errors": {}}
        words = "The client has been changed since it was read" + ("." if name.startswith("api") else "")
        assert (refused.status_code, refused.json()) == (412, {"message": words} | errors)
    assert company.v1.get(paths["v1"]).content == before.content
    named = f'"other", {before.headers["etag"]}'
    assert WRITES[name](company, paths, {"If-Match": named}).status_code == 200


BROKEN = (
    "",
    ",",
    '""',
    'W/""',
    "no tag",
    '"a',
    '"a b"',
    '*, "a"',
    '"a" "b"',
    '"a", b',
    "'a'",
    "{bare}",
    "{tag}-gzip",
)


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.engines("sqlite")
def test_a_malformed_tag_is_reported_and_nothing_is_written(company, paths, name):
    before = company.v1.get(paths["v1"])
    tag = before.headers["etag"]
    for broken in BROKEN:
        refused = WRITES[name](company, paths, {"If-Match": broken.format(tag=tag, bare=tag.strip('"'))})
        assert refused.status_code == 400, broken
        assert refused.json()["message"].startswith("The If-Match header must be * or the ETag of an answer"), broken
    assert company.v1.get(paths["v1"]).content == before.content


# How nginx, HAProxy, Apache, Caddy, lighttpd and Jetty change a tag when they compress the answer.
COMPRESSED = ('W/"{}"', '"{}-gzip"', '"{}-br"', '"{}-zstd"', '"{}-deflate"', 'W/"{}-gzip"', '"{};gzip"', '"{}--gzip"')


@pytest.mark.parametrize("form", COMPRESSED)
@pytest.mark.parametrize("name", ["api update", "v1 update", "v1 purge"])
@pytest.mark.engines("sqlite")
def test_a_tag_changed_by_a_compressing_proxy_still_matches(company, paths, name, form):
    current = company.v1.get(paths["v1"]).headers["etag"].strip('"')
    assert WRITES[name](company, paths, {"If-Match": form.format(current)}).status_code == 200


def test_several_lines_of_if_match_are_one_list(company, paths):
    for first in (True, False):
        tag = company.v1.get(paths["v1"]).headers["etag"]
        headers = [("If-Match", line) for line in ((tag, UNKNOWN_VERSION) if first else (UNKNOWN_VERSION, tag))]
        assert company.v1.put(paths["v1"], json={"name": "Acme"}, headers=headers).status_code == 200


def test_a_write_with_if_none_match_is_refused_if_it_matches(company, paths):
    before = company.api.get(paths["api"])
    tag = before.headers["etag"]
    for excluded in ("*", tag, f"W/{tag}"):
        refused = company.api.patch(
            paths["api"], json={"client_company_name": "New"}, headers={"If-None-Match": excluded}
        )
        words = "The client is in a version that the If-None-Match header excludes."
        assert (refused.status_code, refused.json()) == (412, {"message": words})
    assert company.api.get(paths["api"]).content == before.content
    written = company.v1.put(paths["v1"], json={"name": "New"}, headers={"If-None-Match": UNKNOWN_VERSION})
    assert written.status_code == 200


def test_a_write_with_if_match_to_a_resource_without_a_version_is_refused(company, made, paths):
    creating = {"first_name": "A", "last_name": "B", "email": "new@x.example"}
    archiving = {"action": "archive", "ids": [made["id"]]}
    tag = company.v1.get(paths["v1"]).headers["etag"]
    for speak, path, body in ((company.api, "/clients", creating), (company.v1, "/clients/bulk", archiving)):
        refused = speak.post(path, json=body, headers={"If-Match": tag})
        assert refused.status_code == 412
        assert refused.json()["message"].startswith("There is no record here whose version If-Match could name")
        assert speak.post(path, json=body, headers={"If-Match": ""}).status_code == 400
        assert speak.post(path, json=body, headers={"If-Match": "*"}).status_code in (200, 201)


@pytest.mark.parametrize("dialect", ["api", "v1"])
@pytest.mark.engines("sqlite")
def test_a_read_with_if_match_needs_that_version(company, paths, dialect):
    http, path = getattr(company, dialect), paths[dialect]
    tag = http.get(path).headers["etag"]
    wanted = [(tag, 200), (f"W/{tag}", 200), ("*", 200), (UNKNOWN_VERSION, 412), ("no tag", 400)]
    assert [http.get(path, headers={"If-Match": given}).status_code for given, _ in wanted] == [s for _, s in wanted]


def test_if_unmodified_since_is_ignored(company, paths):
    long_ago = {"If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}
    assert company.v1.put(paths["v1"], json={"name": "New"}, headers=long_ago).status_code == 200


def test_every_write_to_one_record_accepts_if_match():
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
def test_records_that_belong_to_a_client_have_their_own_versions(company, made, noun):
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


def test_an_asterisk_matches_any_version(company, paths):
    assert company.v1.put(paths["v1"], json={"name": "New"}, headers={"If-Match": "*"}).status_code == 200
    assert company.v1.put("/clients/nobody", json={"name": "New"}, headers={"If-Match": "*"}).status_code == 404


def test_exactly_one_of_concurrent_writes_to_the_same_version_succeeds(company, paths):
    version = company.v1.get(paths["v1"]).headers["etag"]

    def write(dialect, name):
        if dialect == "v1":
            return company.v1.put(paths["v1"], json={"name": name}, headers={"If-Match": version})
        return company.api.patch(paths["api"], json={"client_company_name": name}, headers={"If-Match": version})

    answers = together([lambda n=n: write(("v1", "api")[n % 2], f"Name {n}") for n in range(8)])
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7


INCLUDED = ("activities", "ledger", "group_settings", "activities,ledger")


def test_a_tag_belongs_to_one_representation(company, paths):
    urls = [paths["v1"], *(f"{paths['v1']}?include={each}" for each in INCLUDED)]
    answers = {url: company.v1.get(url) for url in urls}
    tags = {url: answer.headers["etag"] for url, answer in answers.items()}
    assert len(set(tags.values())) == len({answer.content for answer in answers.values()}) == len(urls)
    for url in urls:
        for of, tag in tags.items():
            answer = company.v1.get(url, headers={"If-None-Match": tag})
            assert answer.status_code == (304 if of == url else 200), (url, of)
            assert answer.headers["etag"] == tags[url]


def test_a_write_accepts_the_tag_of_any_representation(company, paths):
    included = f"{paths['v1']}?include=activities"
    read = company.v1.get(included).headers["etag"]
    written = company.v1.put(included, json={"name": "New"}, headers={"If-Match": read})
    assert (written.status_code, written.headers["etag"]) == (200, company.v1.get(included).headers["etag"])
    for stale in (read, f"W/{read}", read[:-1] + '-gzip"'):
        assert company.v1.put(paths["v1"], json={"name": "Newer"}, headers={"If-Match": stale}).status_code == 412
    current = written.headers["etag"]
    changed = company.api.patch(paths["api"], json={"client_company_name": "N"}, headers={"If-Match": current})
    assert changed.status_code == 200


def test_a_tag_changes_with_what_is_included(company, made, paths):
    group = company.v1.post("/group_settings", json={"name": "Before"}).json()["data"]
    company.v1.put(paths["v1"], json={"group_settings_id": group["id"]})
    url = f"{paths['v1']}?include=group_settings"
    before = company.v1.get(url)
    company.v1.put(f"/group_settings/{group['id']}", json={"name": "After"})
    after = company.v1.get(url, headers={"If-None-Match": before.headers["etag"]})
    assert (after.status_code, after.json()["data"]["group_settings"]["name"]) == (200, "After")


def test_a_replayed_answer_has_the_tag_of_its_content(company, paths):
    def write():
        return company.v1.put(
            f"{paths['v1']}?include=activities", json={"name": "New"}, headers={"Idempotency-Key": "a-write-of-mine"}
        )

    first, second = write(), write()
    assert second.headers["idempotency-replayed"] == "true"
    assert (first.content, first.headers["etag"]) == (second.content, second.headers["etag"])
