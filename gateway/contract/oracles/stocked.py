"""Creates records that differ in every filter and sort column, before lists are read."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gateway.contract.commands import printed
from gateway.contract.oracles.resources import group, legacy_id, team_user, upload, webhook
from gateway.contract.oracles.scene import Scene

_BALANCES = ("10", "10.05", "-20.5")
_USERS = (("Zoe", "Adler"), ("adam", "Zahn"), ("Ben", "Adler"))
_WORDS = ("Zebra", "äpfel", "Apple", "apple", "banana", "Banana", "10", "9", "Ångström-Straße", "zebra")


def stock_lists(scene: Scene) -> None:
    """Create clients with everything that belongs to them, some equal in each column, if writes are allowed."""
    whose = (scene.api.url, scene.api.token)
    if not scene.writes or whose in _done:
        return
    _done.add(whose)
    groups = [group(scene)["id"] for _ in range(3)]
    user = team_user(scene)
    made = [_client(scene, position, groups, user) for position in range(len(_WORDS))]
    _nameless(scene)
    _states(scene, made, groups)
    _webhooks(scene)
    _users(scene)
    if scene.set_balance or scene.environment:
        for amount, client in zip(_BALANCES, made, strict=False):
            change_balance(scene, client["id"], amount)


_done: set[tuple[str, str | None]] = set()


def _client(scene: Scene, position: int, groups: list[str], user: str) -> Mapping[str, Any]:
    word, v1 = _WORDS[position], scene.apis["v1"]
    body = {
        "name": f"{word} {scene.run}{' and so on' * 12 if position == 8 else ''}",
        "city": word,
        "address1": f"{word} Street {position}",
        "address2": f"Floor {position}" if position % 2 else "",
        "shipping_address1": f"{word} Road",
        "shipping_address2": "Gate 2",
        "shipping_city": f"Other {word}",
        "state": f"State of {word}",
        "postal_code": f"P{position}",
        "shipping_state": f"Shipping state {position}",
        "shipping_postal_code": f"S{position}",
        "shipping_country_id": ("", "8", "250")[position % 3],
        "private_notes": f"Notes on {word}",
        "website": "" if position % 2 else word,
        "number": _number(scene, position),
        "id_number": f"ID {scene.run} {position}",
        "vat_number": f"VAT{position % 3}",
        "phone": f"+{position % 2} 555",
        "country_id": ("276", "840", "")[position % 3],
        "size_id": str(position % 3),
        "industry_id": str(position % 2),
        "custom_value1": f"custom {position % 4}",
        "custom_value4": word.upper(),
        "group_settings_id": ("", *groups)[position % 4],
        "assigned_user_id": user if position % 2 else "",
        "tags": [f"tag {position % 3}", word],
        "contacts": [{"first_name": word, "last_name": "Person", "email": scene.email(), "phone": f"1{position}"}],
    }
    made: dict[str, Any] = v1.send("POST", "/clients", body=body).data
    if position < 3:
        for name in ("b file.png", "A file.pdf", "a.txt"):
            made = upload(scene, made["id"], name)
        _change(scene, "/documents", made["documents"][0]["id"], {"is_public": True})
        for gateway in ("1", "2"):
            token = {"client_id": made["id"], "token": "tok", "company_gateway_id": gateway, "is_default": True}
            v1.send("POST", "/client_gateway_tokens", body=token)
    _of_legacy(scene, made, position)
    return made


def _number(scene: Scene, position: int) -> str | None:
    """Return a number that is not all digits, one that is smaller by its value than as text, or none."""
    digits = f"{int(scene.run, 16):08d}"
    known = {1: f"10{digits}", 2: f"9{digits}", 4: f"009{digits}"}
    return known.get(position, f"{scene.run}{position}") if position % 3 else None


def _nameless(scene: Scene) -> None:
    """Create a client that is shown with the name of its contact, which is neither the first nor the last of all."""
    person = {"first_name": "Mid", "last_name": scene.run, "email": scene.email()}
    _ = scene.apis["v1"].send("POST", "/clients", body={"name": "", "contacts": [person]}).data


def _of_legacy(scene: Scene, made: Mapping[str, Any], position: int) -> None:
    api = scene.apis["api"]
    body = {
        "noteresource_id": legacy_id(scene, made),
        "note_title": made["city"],
        "note_description": "said",
        "note_visibility": ("public", "private")[position % 2],
    }
    api.send("POST", "/notes", body=body)
    visible = ("everyone", "hidden")[position % 2]
    api.send("POST", "/categories", body={"category_name": made["name"], "category_visibility": visible})


def _states(scene: Scene, made: list[Mapping[str, Any]], groups: list[str]) -> None:
    v1 = scene.apis["v1"]
    for action, some in (("archive", made[2:5]), ("delete", made[4:7])):
        v1.send("POST", "/clients/bulk", body={"action": action, "ids": [each["id"] for each in some]})
    v1.send("POST", "/group_settings/bulk", body={"action": "archive", "ids": groups[1:2]})
    v1.send("POST", "/group_settings/bulk", body={"action": "delete", "ids": groups[2:3]})
    primary = {"email": f"zz.{scene.email()}", "is_primary": True}  # neither the oldest nor the first by its email
    locked = {"contacts": [{"id": made[0]["contacts"][0]["id"], "is_locked": True}, primary]}
    _change(scene, "/clients", made[0]["id"], locked)


def _webhooks(scene: Scene) -> None:
    made = [
        webhook(scene, event_id=event, rest_method=method)["id"]
        for event in ("1", "10", "45")
        for method in ("post", "put")
    ]
    for action, some in (("archive", made[:2]), ("delete", made[1:3])):
        scene.apis["v1"].send("POST", "/webhooks/bulk", body={"action": action, "ids": some})


def _users(scene: Scene) -> None:
    """Add team users to a temporary register, because no dialect can and a list of one is in every order."""
    for first, last in _USERS if scene.alone else ():
        if scene.add_user:
            scene.add_user(scene.email(), first, last)
        elif scene.environment:
            named = ("--email", scene.email(), "--first-name", first, "--last-name", last)
            more = ("--password", f"Proof-{scene.run}", "--company", scene.environment["COMPANY"])
            printed(scene.environment, "users", "add", "--type", "team", *named, *more)


def _change(scene: Scene, path: str, record_id: str, body: Mapping[str, Any]) -> None:
    _ = scene.apis["v1"].send("PUT", f"{path}/{record_id}", body=body).data


def change_balance(scene: Scene, client_id: str, amount: str) -> None:
    """Set a balance, twice as much paid to date and three times as much credit, on a temporary register."""
    if scene.set_balance:
        scene.set_balance(scene, client_id, amount)
        return
    # No dialect writes a balance: it comes from a billing system, by way of the command line.
    paid, credit = (str(times * Decimal(amount)) for times in (2, 3))
    amounts = (f"--balance={amount}", f"--paid-to-date={paid}", f"--credit={credit}")
    printed(scene.environment, "clients", "set-balance", client_id, *amounts, "--company", scene.environment["COMPANY"])
