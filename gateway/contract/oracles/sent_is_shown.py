"""Values are shown as sent: in the answer, by reads and lists, in the other dialect; and nothing else changes."""

from collections.abc import Mapping
from itertools import cycle, islice
from typing import Any
from urllib.parse import urlencode

from dialects.legacy import clients as legacy
from gateway.contract.oracles import views
from gateway.contract.oracles.api import Api
from gateway.contract.oracles.resources import RESOURCES, V1_CLIENT, Resource, api_client, v1_client
from gateway.contract.oracles.samples import Sample, samples
from gateway.contract.oracles.scene import Scene, at, attempt, differences, oracle, same
from gateway.reference.correspondence import related
from schemas.rows import Field, Many

Shown = Mapping[str, Any]
_TIMES = {"dates.updated", "updated_at"}
# Keys that change with another one, by the key that was sent: category and group bring their names and counts.
_FOLLOWING = {
    "name": {"display_name", "slug", "company_name"},
    "category_name": {"slug"},
    "first_name": {"name"},
    "last_name": {"name"},
}


def _of(scene: Scene) -> list[Resource]:
    return [each for each in RESOURCES if each.dialect == scene.dialect]


@oracle(
    "every field that a change can set is shown as it was sent, is cleared when cleared, and no other field changes",
    writes=True,
)
def sent_is_shown(scene: Scene) -> None:
    for resource in _of(scene):
        with attempt(scene, resource.path):
            _Trial(scene, resource, resource.make(scene)).run()


@oracle("every field that a create can set is shown in the answer, in a read and in the list", writes=True)
def created_is_shown(scene: Scene) -> None:
    for resource in _of(scene):
        with attempt(scene, f"creating at {resource.path}"):
            _created(scene, resource)


@oracle("a field that is sent in a form, as PHP writes it, has the same effect as in JSON", writes=True)
def forms_are_shown(scene: Scene) -> None:
    make = api_client if scene.dialect == "api" else v1_client
    resource = next(each for each in _of(scene) if each.path == "/clients")
    made, row = make(scene), "client_phone" if scene.dialect == "api" else "phone"
    text = scene.unique("+49 & =é")
    for method, extra in ((resource.method, {}), ("POST", {"_method": resource.method})):
        body = {**resource.needed(made), row: text, **extra}
        head = {"Content-Type": "application/x-www-form-urlencoded"}
        path = f"/clients/{made['id']}"
        answer = scene.api.send(method, path, content=urlencode(body).encode(), headers=head)
        scene.expect_equal(answer.data["phone"], text, f"{answer}: `phone` of a form")
        text = scene.unique("+50 again")
    head = {"Content-Type": "application/x-www-form-urlencoded"}
    deleted = scene.api.send("POST", f"/clients/{made['id']}", content=b"_method=DELETE", headers=head)
    scene.expect_status(deleted, 200)
    after = scene.api.get(f"/clients/{made['id']}")
    gone = after.status == 404 if scene.dialect == "api" else after.data["is_deleted"]
    scene.expect(gone, f"{deleted}: `_method=DELETE` deleted nothing")


class _Trial:
    """One record whose fields are set one after the other, and compared in both dialects."""

    def __init__(self, scene: Scene, resource: Resource, record: Shown) -> None:
        self.scene = scene
        self.resource = resource
        self.path = f"{resource.path}/{record['id']}"
        self.record = scene.api.one(self.path)
        self.twin_path = twin_path(scene, resource.path, self.record)
        self.twin = scene.twin.one(self.twin_path) if self.twin_path else None
        self.groups = _related_rows() if resource.path == "/clients" else []

    def run(self) -> None:
        references = self.resource.references(self.scene)
        for row in self.resource.fields("update"):  # so that every field has a value while another one is changed
            for sample in islice(samples(self.scene, row, references), 1):
                self._set(row, sample)
        methods = cycle(("PATCH", self.resource.method))  # /api/v1 has both, with the same effect
        for row in self.resource.fields("update"):
            for sample in samples(self.scene, row, references):
                self._set(row, sample, next(methods))
        self._listed()

    def _set(self, row: Field, sample: Sample, method: str = "") -> None:
        scene, key = self.scene, row.input_key
        body = {**self.resource.needed(self.record), key: sample.sent}
        answer = scene.api.send(method or self.resource.method, self.path, body=body)
        if not scene.expect(answer.ok, f"{answer}: `{key}` was refused: {answer.content[:200]!r}"):
            return
        shown, where = answer.data, f"{answer} with `{key}`"
        scene.expect(_is_shown(at(shown, str(row.key)), sample), f"{where}: {_said(shown, row)} after {sample.sent!r}")
        read = scene.api.one(self.path)
        scene.expect(same(read, shown), f"{where}: a read shows other {sorted(differences(shown, read))}")
        allowed = self._follows(row, ours=True)
        touched = {each for each in differences(self.record, read) if not _is_in(each, allowed)}
        scene.expect(not touched, f"{where}: {sorted(touched)} changed as well")
        self.record = read
        self._check_twin(row, where)

    def _check_twin(self, row: Field, where: str) -> None:
        if self.twin_path is None or self.twin is None:
            return
        twin = self.scene.twin.one(self.twin_path)
        allowed = self._follows(row, ours=False)
        touched = {each for each in differences(self.twin, twin) if not _is_in(each, allowed)}
        self.scene.expect(not touched, f"{where}: {sorted(touched)} of the other dialect changed as well")
        self.twin = twin
        agree(self.scene, self.resource.path, self.record, twin, where)

    def _follows(self, row: Field, ours: bool) -> set[str]:
        """Return the keys that may change together with a field."""
        mine = {str(row.key), str(row.key).partition(".")[0] if row.key == "category.id" else str(row.key)}
        mine |= _TIMES | _FOLLOWING.get(row.input_key, set())
        for rows in self.groups:
            if any(each.attribute == row.attribute for each in rows):
                tables = (legacy.FIELDS, V1_CLIENT) if self.scene.dialect == "api" else (V1_CLIENT, legacy.FIELDS)
                table = tables[0] if ours else tables[1]
                mine |= {str(each.key) for each in rows if each in table.rows and each.key}
        return mine if self.groups else mine | {str(row.key), row.input_key}

    def _listed(self) -> None:
        resource, scene = self.resource, self.scene
        path, query = resource.own_list(self.record) if resource.own_list else (resource.path, {})
        listed = [each for each in scene.api.all(path, query) if each["id"] == self.record["id"]]
        scene.expect(bool(listed), f"{path} does not list {self.record['id']}")
        for each in listed:
            scene.expect(same(each, self.record), f"{path} lists other {sorted(differences(self.record, each))}")


def _created(scene: Scene, resource: Resource) -> None:
    references = resource.references(scene)
    chosen = [(row, _first(scene, row, references)) for row in resource.fields("create")]
    given = [(row, sample) for row, sample in chosen if sample is not None]
    body = {row.input_key: sample.sent for row, sample in given}
    if not body:
        return
    made = resource.make(scene, **body) if _takes_more(resource) else resource.make(scene)
    read = scene.api.one(f"{resource.path}/{made['id']}")
    scene.expect(same(read, made), f"{resource.path}: a read shows other {sorted(differences(made, read))}")
    for row, sample in given if _takes_more(resource) else ():
        found = at(made, str(row.key))
        scene.expect(_is_shown(found, sample), f"creating at {resource.path}: {_said(made, row)} after {sample.sent!r}")
    path = twin_path(scene, resource.path, made)
    if path:
        agree(scene, resource.path, made, scene.twin.one(path), f"created at {resource.path}")


def _takes_more(resource: Resource) -> bool:
    return resource.path != "/documents"


def _first(scene: Scene, row: Field, references: Mapping[str, Any]) -> Sample | None:
    if row.input_key in ("client_id", "noteresource_id"):
        return None
    return next(samples(scene, row, references), None)


def _is_shown(found: Any, sample: Sample) -> bool:
    if sample.is_part and isinstance(found, dict):
        return all(key in found and same(found[key], value) for key, value in sample.shown.items())
    return same(found, sample.shown)


def _said(shown: Shown, row: Field) -> str:
    return f"`{row.key}` is {str(at(shown, str(row.key)))[:120]!r}"


def _is_in(key: str, allowed: set[str]) -> bool:
    return any(key == each or key.startswith(f"{each}.") for each in allowed)


def _related_rows() -> list[list[Field | Many]]:
    return related([*legacy.FIELDS.rows, *V1_CLIENT.rows])


def twin_path(scene: Scene, path: str, record: Shown) -> str | None:
    """Return the path of the same record in the other dialect; None if it has none."""
    found: list[Any] = []
    if path == "/clients":
        found = _named(scene.twin, "/clients", str(record.get("company_name") or record.get("name")))
    elif path == "/categories":
        found = _named(scene.twin, "/group_settings", record["name"])
    elif path == "/group_settings":
        found = _named(scene.twin, "/categories", record["name"])
    if not found:
        return None
    where = {"/categories": "/group_settings", "/group_settings": "/categories"}.get(path, path)
    return f"{where}/{found[0]['id']}"


def _named(api: Api, path: str, name: str) -> list[Any]:
    key, shown = ("search", "company_name" if path == "/clients" else "name")
    if api.dialect == "v1":
        key, shown = "name", "display_name" if path == "/clients" else "name"
    return [each for each in api.all(path, {key: name}) if each[shown] == name]


def agree(scene: Scene, path: str, record: Shown, twin: Shown, where: str) -> None:
    """Check that both dialects show the same of one record."""
    ours, theirs = (record, twin) if scene.dialect == "api" else (twin, record)
    rules = views.CLIENT if path == "/clients" else views.CATEGORY
    views.agree(scene, ours, theirs, rules, where)
