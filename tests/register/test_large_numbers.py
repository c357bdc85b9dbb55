"""Huge numbers are treated like any number that is too large: capped, beyond the last page, or unknown.

No answer depends on how many bits a number has, in Python or in a database.
"""

import pytest

from gateway.enabled_dialects import dialects
from gateway.settings import Settings
from tests.drivers import HASHIDS

HUGE = {f"2^{bits}": str(2**bits) for bits in (31, 32, 63, 64)} | {"2^63-1": str(2**63 - 1)}
HUGE |= {f"10^{zeros}": "1" + "0" * zeros for zeros in (30, 400, 5000)}
READABLE = [name for name in HUGE if len(HUGE[name]) < 300]  # what fits a double, as JSON numbers must
ODD = [
    *("0", "-0", "-1", "+5", " 5 ", "٣", "²", "5.0", "1e3", "1e400", "NaN", "inf", "0x10", "1_000", "0" * 30 + "1"),
    *HUGE.values(),
    *(f"-{HUGE[name]}" for name in ("2^31", "2^64", "10^5000")),
    *(
        "lt:1e400",
        "lt:-1e400",
        f"gt:{10**30}",
        f"{10**30}:lte",
        f"-{10**30}:{HUGE['10^5000']}",
        "1:2:3",
        "0." + "1" * 5000,
    ),
    *("58000-01-01", "0001-01-01", "0001-01-01T00:00+23:59", "9999-12-31T23:59:59-23:59", "2024-W01", "20240101"),
    *(HASHIDS.encode(2**63 - 1), HASHIDS.encode(2**63), HASHIDS.encode(10**60), HASHIDS.encode(10**200)),
]
LISTS = {
    f"{dialect.prefix}{path.path}": (dialect.name, path.path, operation.query)
    for dialect in dialects(Settings())
    for path in dialect.paths
    for operation in [path.operations.get("GET")]
    if operation is not None and operation.query
}


@pytest.mark.parametrize("name", LISTS)
def test_every_parameter_accepts_or_refuses_every_number(shared, name):
    dialect, path, parameters = LISTS[name]
    made = shared.new_legacy()
    own = str(made["id"]) if dialect == "api" else shared.v1_of(made["id"])
    http = getattr(shared, dialect)
    for parameter in parameters:
        for text in ODD:
            answer = http.get(path.replace("{id}", own), params={parameter.name: text})
            expected = (200, 400, 404, 422) if parameter.name == "include" or "{id}" in path else (200, 422)
            assert answer.status_code in expected, (parameter.name, text, answer.text)
            assert isinstance(answer.json(), dict)


@pytest.fixture(scope="module")
def one(shared):
    shared.new_legacy()
    return shared


@pytest.mark.parametrize("number", HUGE.values(), ids=HUGE)
def test_a_page_size_is_capped_and_a_far_page_is_empty(one, number):
    answer = one.api.get(f"/clients?limit={number}").json()
    assert (answer["meta"]["per_page"], len(answer["data"])) == (100, answer["meta"]["total"])
    answer = one.v1.get(f"/clients?per_page={number}").json()
    assert answer["meta"]["pagination"]["per_page"] == 5000
    for path in ("/clients", "/categories", "/contacts"):
        answer = one.api.get(f"{path}?page={number}&limit={number}").json()
        assert (answer["data"], answer["meta"]["last_page"], answer["meta"]["total"] > 0) == ([], 1, True)
        assert 1 < answer["meta"]["current_page"] <= 2**53
    for path in (
        "/clients",
        "/clients?sort=name&x=",
        "/clients?name=a&x=",
        "/documents",
        "/group_settings",
        "/webhooks",
    ):
        joint = "&" if "?" in path else "?"
        answer = one.v1.get(f"{path}{joint}page={number}&per_page={number}").json()
        assert answer["data"] == []
        assert answer["meta"]["pagination"]["links"]["previous"].endswith("page=1")


@pytest.mark.parametrize("number", HUGE.values(), ids=HUGE)
def test_an_id_that_no_record_can_have_is_not_found(one, number):
    assert one.api.get(f"/clients?category_id={number}").json()["data"] == []
    assert one.api.get(f"/contacts?client_id={number}").json()["data"] == []
    hashed = HASHIDS.encode(int(number)) if len(number) < 300 else "x" * 5000
    assert one.v1.get(f"/clients?client_id={hashed}").json()["data"] == []
    for path in (f"/clients/{number}", f"/categories/{number}", f"/contacts/{number}"):
        assert one.api.get(path).status_code == 404
    assert one.v1.get(f"/clients/{hashed}").status_code == 404


@pytest.mark.parametrize("quote", ["", '"'], ids=["number", "text"])
@pytest.mark.parametrize("number", [HUGE[name] for name in READABLE], ids=READABLE)
def test_an_id_in_a_body_that_no_record_can_have_is_invalid(one, number, quote):
    client = one.api.get("/clients").json()["data"][0]["id"]
    for method, path, key in (
        ("PATCH", f"/clients/{client}", "client_categoryid"),
        ("PUT", f"/clients/{client}/owner", "owner"),
        ("PUT", f"/categories/{one.api.get('/categories').json()['data'][0]['id']}/migrate", "category_id"),
    ):
        content = f'{{"client_company_name": "A", "{key}": {quote}{number}{quote}}}'
        answer = one.api.request(method, path, content=content, headers={"Content-Type": "application/json"})
        shown = {key: [f"The selected {key.replace('_', ' ')} is invalid."]}
        assert (answer.status_code, answer.json()["errors"]) == (422, shown)


@pytest.mark.parametrize("number", HUGE.values(), ids=HUGE)
def test_balances_are_compared_with_any_amount(one, number):
    everybody = len(one.v1.get("/clients").json()["data"])
    for query, found in (
        (f"balance=lt:{number}", everybody),
        (f"balance={number}:lt", everybody),
        (f"balance=gt:{number}", 0),
        (f"balance=gt:-{number}", everybody),
        (f"balance={number}", 0),
        (f"between_balance={number}:-{number}", everybody),
        (f"between_balance={number}:{number}.{number}", 0),
    ):
        answer = one.v1.get(f"/clients?{query}")
        assert (answer.status_code, len(answer.json().get("data", []))) == (200, found), answer.text


def test_text_keeps_every_digit_of_a_number_in_json(one):
    client = one.new_v1()["id"]
    digits = "12345678901234567890123456789012345"
    settings = f'{{"far": {digits}, "near": {2**63 - 1}, "x": 1.5e300}}'
    body = f'{{"phone": {digits}, "number": -{digits}, "settings": {settings}}}'
    answer = one.v1.put(f"/clients/{client}", content=body, headers={"Content-Type": "application/json"})
    shown = answer.json()["data"]
    assert (shown["phone"], shown["number"]) == (digits, f"-{digits}")
    assert (shown["settings"]["far"], shown["settings"]["near"], shown["settings"]["x"]) == (digits, 2**63 - 1, 1.5e300)
    for value in ("1e400", "-1e400", "9" * 400):
        for key in ("phone", "size_id", "x"):
            body = f'{{"{key}": {value}}}'
            refused = one.v1.put(f"/clients/{client}", content=body, headers={"Content-Type": "application/json"})
            assert (refused.status_code, refused.json()["message"]) == (
                400,
                "The body contains a number that is too large.",
            )
