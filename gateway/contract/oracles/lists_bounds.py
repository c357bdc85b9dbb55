"""What filters must not search, pages beyond the last one, and sorts without a direction or a column."""

from collections.abc import Mapping
from typing import Any

from gateway.contract.oracles.api import Query, eventually, path_of
from gateway.contract.oracles.filters import FILTERS
from gateway.contract.oracles.listed import beginning, newest_first, paths_of, sort_columns
from gateway.contract.oracles.lists_filtered import compare
from gateway.contract.oracles.scene import Scene, attempt, oracle
from gateway.contract.oracles.stocked import stock_lists

Shown = Mapping[str, Any]
_TEXT_FILTERS = (
    *("search", "filter", "name", "email", "number", "id_number", "vat_number", "phone", "target_url"),
    *(f"custom_value{n}" for n in range(1, 5)),
)
_PARTIAL = ("search", "filter", "name")  # filters that find a part of a text, and so may look anywhere
_MAX_TEXTS = 8  # of any other filter
_MAX_RECORDS = 16  # whose texts are looked for
_MAX_COLUMNS = 6
_SHORTEST = 3  # characters of a text that is worth looking for


@oracle("a filter searches only its own values, and a filter for a whole value does not match a part of it")
def filters_look_nowhere_else(scene: Scene) -> None:
    stock_lists(scene)
    for path in paths_of(scene):
        newest, known = newest_first(scene, path), FILTERS[(scene.dialect, path)]
        for name in (each for each in _TEXT_FILTERS if each in known):
            with attempt(scene, f"{path}?{name}"):
                most = None if name in _PARTIAL else _MAX_TEXTS
                for text in _elsewhere(newest.records, known[name].texts)[:most]:
                    compare(
                        scene, path, newest.query, {name: text}, lambda shown, f=known[name], t=text: f.holds(shown, t)
                    )


def _elsewhere(whole: list[dict[str, Any]], values: Any) -> list[str]:
    """Return texts of other keys, each key from another record, and parts of the filter's own values."""
    texts: dict[str, None] = {}
    rich = sorted(whole, key=lambda each: -len(_texts_of(each)))[:_MAX_RECORDS]
    keys = sorted({key for each in rich for key in _texts_of(each)})
    for position, key in enumerate(keys):
        turned = [*rich[position % len(rich) :], *rich[: position % len(rich)]]
        text = next((_texts_of(each)[key] for each in turned if key in _texts_of(each)), "")
        texts.setdefault(text[:80])
    own = [value for each in rich[:4] for value in values(each)[:1] if len(value) > _SHORTEST][:2]
    return [*(each[:-1] for each in own), *(each[1:] for each in own), *texts]


def _texts_of(record: Shown) -> dict[str, str]:
    """Return the texts of a record and of its nested records, by key."""
    found: dict[str, str] = {}
    for key, value in record.items():
        inner = value[0] if isinstance(value, list) and value else value
        if isinstance(inner, dict):
            found |= {f"{key}.{inside}": text for inside, text in _texts_of(inner).items()}
        elif isinstance(inner, str) and len(inner.strip()) >= _SHORTEST:
            found[key] = inner.strip()
    return found


@oracle("a page beyond the last one is empty, and has the number of records and pages and the last page")
def pages_end(scene: Scene) -> None:
    stock_lists(scene)
    name = "limit" if scene.dialect == "api" else "per_page"
    for path in paths_of(scene):
        with attempt(scene, path):
            first = scene.api.get(path, {name: 2})
            figures = _figures(first.json)
            beyond = scene.api.get(path, {name: 2, "page": figures[1] + 5})
            scene.expect_equal(beyond.data, [], f"{beyond}: records beyond the last page")
            known, said = (figures, _figures(scene.api.get(path, {name: 2}).json)), _figures(beyond.json)
            scene.expect(said in known, f"{beyond}: total and number of pages are {said} instead of {figures}")
            if scene.dialect == "v1":
                pagination = beyond.json["meta"]["pagination"]
                scene.expect_equal(pagination["count"], 0, f"{beyond}: count")
                _check_way_back(scene, str(beyond), pagination["links"], figures[1])
                whole = scene.api.get(path, {name: 5000, "page": 3})
                pagination = whole.json["meta"]["pagination"]
                if pagination["total_pages"] == 1:
                    _check_way_back(scene, str(whole), pagination["links"], 1)


def _figures(body: Shown) -> list[int]:
    meta = body["meta"].get("pagination", body["meta"])
    return [meta["total"], meta.get("last_page", meta.get("total_pages"))]


def _check_way_back(scene: Scene, where: str, links: Any, last: int) -> None:
    back = links.get("previous", "") if isinstance(links, dict) else ""
    said = dict(part.partition("=")[::2] for part in path_of(back, "v1")[1].split("&"))
    scene.expect(said.get("page") == str(last), f"{where}: the link back is {back!r}, and the last page is {last}")
    scene.expect(isinstance(links, list) or "next" not in links, f"{where}: there is a next page")


@oracle("a sort without a direction, and an order without a column, use the documented defaults")
def order_has_a_default(scene: Scene) -> None:
    stock_lists(scene)
    for path in paths_of(scene):
        with attempt(scene, path):
            default = _default_order(scene, path)
            for column in list(sort_columns(scene, path))[:_MAX_COLUMNS]:
                plain, full = {"sort": column}, {"sort": column, "order": default}
                if scene.dialect == "v1":
                    full = {"sort": f"{column}|{default}"}
                _check_alike(scene, path, plain, full)
            if scene.dialect == "api":
                _check_order_alone(scene, path, default)


def _default_order(scene: Scene, path: str) -> str:
    if scene.dialect == "v1":
        return "asc"
    named = scene.documents["api"]["paths"][f"/api{path}"]["get"]["parameters"]
    return next(str(each["schema"]["default"]) for each in named if each["name"] == "order")


def _check_order_alone(scene: Scene, path: str, default: str) -> None:
    other = "asc" if default == "desc" else "desc"
    _check_alike(scene, path, {"order": default}, {})
    _check_alike(scene, path, {"order": other}, {}, step=-1)


def _check_alike(scene: Scene, path: str, query: Query, other: Query, step: int = 1) -> None:
    """Check that two queries list the same, perhaps reversed. Others may write to a deployment meanwhile."""
    found, wanted = list[Any](), list[Any]()
    for _ in eventually(1 if scene.alone else 3, 1.0):
        whole = beginning(scene, path, other)
        if step < 0 and not whole.complete:
            scene.not_reached(f"{path}?{dict(query)}, which is the reverse of a list with too many records")
            return
        found, wanted = beginning(scene, path, query).ids, whole.ids[::step]
        if found == wanted:
            break
    backwards = " the other way round" if step < 0 else ""
    scene.expect_equal(found, wanted, f"{path}?{dict(query)} beside {dict(other) or 'the default order'}{backwards}")
