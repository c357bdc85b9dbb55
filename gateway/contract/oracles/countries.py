"""Countries: their numbers and codes are those of ISO 3166-1, and their names are recognized."""

import pycountry

from gateway.contract.oracles.resources import api_client, in_v1
from gateway.contract.oracles.scene import Scene, at, attempt, differences, oracle

_EVERY = 8  # of the countries is tried, beside those with unusual names
_UNUSUAL = ("384", "410", "531", "826", "840", "528", "703", "834")


@oracle("countries have the numbers and codes of ISO 3166-1, and /api recognises each by its name there")
def countries_are_those_of_iso(scene: Scene) -> None:
    body = scene.apis["v1"].get("/statics").json
    known = {each["id"]: each for each in body.get("data", body)["countries"]}
    iso = {each.numeric: {"iso_3166_2": each.alpha_2, "iso_3166_3": each.alpha_3} for each in pycountry.countries}
    for number, each in known.items():
        for key in ("iso_3166_2", "iso_3166_3"):
            wanted = iso.get(number.zfill(3), {}).get(key)
            scene.expect_equal(each[key], wanted, f"/statics: `{key}` of country {number}")
    if scene.writes and scene.dialect == "api":
        with attempt(scene, "names of countries"):
            tried = sorted({*_UNUSUAL, *sorted(known)[::_EVERY]} & known.keys())
            _written_back(scene, {number: known[number]["name"] for number in tried})


def _written_back(scene: Scene, numbers: dict[str, str]) -> None:
    api, v1, made = scene.apis["api"], scene.apis["v1"], api_client(scene)
    path, hashed = f"/clients/{made['id']}", f"/clients/{in_v1(scene, made)['id']}"
    for number, called in numbers.items():
        before = v1.send("PUT", hashed, body={"country_id": number}).data
        scene.expect_equal(before["country_id"], number, f"{hashed}: country_id after {number!r}")
        name = at(api.one(path), "billing.country")
        scene.expect_equal(name, called, f"{path}: the country after country_id={number} in /api/v1, beside /statics")
        body = {"client_company_name": made["company_name"], "client_billing_country": name}
        answer = api.send("PATCH", path, body=body)
        other = differences(before, v1.one(hashed))
        scene.expect(
            not other, f"{answer}: {name!r}, the name shown for country {number}, written back changed {sorted(other)}"
        )
