"""All pages together are the whole list, whatever the page size, and all totals and links agree with it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from gateway.contract.oracles.api import Answer, path_of
from gateway.contract.oracles.filters import FILTERS
from gateway.contract.oracles.listed import Listed, beginning, paths_of, shown_with, sort_columns, unfiltered
from gateway.contract.oracles.scene import Scene, attempt, oracle
from gateway.contract.oracles.stocked import stock_lists

_SIZES = (1, 2, 3, 7)
_CAPS = {"api": ("limit", 25, 100), "v1": ("per_page", 20, 5000)}
_MAX_PAGES = 40
# Of lists that are filtered and sorted at once: columns, records and values of each that are tried, filters, pages.
_COLUMNS, _RECORDS, _VALUES, _WALKED, _PAGE, _PAGES = 4, 12, 6, 4, 2, 2


@oracle("all pages together contain every record once, with any page size, and totals and counts agree")
def pages_are_the_whole(scene: Scene) -> None:
    stock_lists(scene)
    for path in paths_of(scene):
        for query in _queries(scene, path):
            with attempt(scene, f"{path} {query}"):
                whole = beginning(scene, path, query)
                for size in _SIZES:
                    _walk(scene, path, query, size, whole)


@oracle("page sizes have their default and their cap, and a page beyond the last one is empty")
def page_sizes(scene: Scene) -> None:
    name, default, cap = _CAPS[scene.dialect]
    for path in paths_of(scene):
        for query, size in (({}, default), ({name: cap}, cap), ({name: cap + 1}, cap), ({name: 3}, 3)):
            answer = scene.api.get(path, query)
            scene.expect_equal(_meta(answer)["per_page"], size, f"{answer}: the page size")
            scene.expect(len(answer.data) == min(size, answer.total), f"{answer}: {len(answer.data)} records")
        for sizes in ((3, 2), (2, 3)):
            twice = scene.api.get(path, [(name, each) for each in sizes])
            scene.expect_equal(_meta(twice)["per_page"], sizes[1], f"{twice}: the page size, which was sent twice")
        beyond = scene.api.get(path, {name: 2, "page": 1_000_000})
        scene.expect(beyond.data == [] and _meta(beyond)["current_page"] == 1_000_000, f"{beyond} is not empty")


@oracle("a list that is filtered and sorted at once has its records in order, page by page, with the same total")
def filtered_lists_are_paged(scene: Scene) -> None:
    stock_lists(scene)
    for path in paths_of(scene):
        base = unfiltered(scene, path).query
        for column in list(sort_columns(scene, path))[:_COLUMNS]:
            for word in ("asc", "desc"):
                order = {"sort": column, "order": word} if scene.dialect == "api" else {"sort": f"{column}|{word}"}
                with attempt(scene, f"{path} {order}"):
                    _check_filtered(scene, path, {**base, **order})


def _check_filtered(scene: Scene, path: str, base: dict[str, Any]) -> None:
    """Walk the pages of the first filters that match several records, but not all of them."""
    known = beginning(scene, path, base, more=shown_with(scene, path))
    whole = known.records
    walked = 0
    for name, each in FILTERS[(scene.dialect, path)].items():
        texts = (text for record in whole[:_RECORDS] for text in each.texts(record)[:_VALUES])
        for text in dict.fromkeys(texts):
            wanted = [record["id"] for record in whole if each.holds(record, text)]
            if walked < _WALKED and _PAGE < len(wanted) < len(whole) and name not in base:
                walked += 1
                size = {"limit" if scene.dialect == "api" else "per_page": _PAGE, name: text}
                pages = [scene.api.get(path, {**base, **size, "page": page}) for page in range(1, _PAGES + 1)]
                found = [record["id"] for page in pages for record in page.data]
                if known.complete:
                    scene.expect_equal(found, wanted[: _PAGE * _PAGES], f"{pages[0]} and the next page")
                    scene.expect_equal([page.total for page in pages], [len(wanted)] * _PAGES, f"{pages[0]}: totals")
                else:  # records after those of `whole` match, too
                    scene.expect_equal(found[: len(wanted)], wanted[: len(found)], f"{pages[0]} and the next page")
                break


@oracle("links lead to the neighbouring pages, with every other parameter of the request", dialects=("v1",))
def links_keep_parameters(scene: Scene) -> None:
    stock_lists(scene)
    for path in paths_of(scene):
        for query in _queries(scene, path):
            with attempt(scene, f"links of {path} {query}"):
                _follow(scene, path, {**query, "per_page": 1, "page": 2})
                _follow(scene, path, {**query, "per_page": 1})
        with attempt(scene, f"links of {path} with repeated parameters"):
            _follow_repeated(scene, path)
        alone = scene.api.get(path, {"per_page": 5000})
        if alone.total <= 5000:
            scene.expect_equal(_meta(alone)["links"], [], f"{alone}: links of a single page")


def _queries(scene: Scene, path: str) -> list[dict[str, Any]]:
    """Yield the query of the whole list, of a sorted one with ties, and of a filtered one."""
    columns = sort_columns(scene, path)
    column = next((each for each in ("size_id", "client_status", "category_type", "size") if each in columns), "")
    column = column or next(iter(columns))
    order = {"sort": column, "order": "asc"} if scene.dialect == "api" else {"sort": f"{column}|desc"}
    return [{}, order, order | _narrowing(scene, path)]


def _narrowing(scene: Scene, path: str) -> dict[str, str]:
    narrow = {
        ("api", "/clients"): {"status": "suspended"},
        ("api", "/contacts"): {"account_owner": "yes"},
        ("api", "/categories"): {"visibility": "hidden"},
        ("api", "/notes"): {"visibility": "private"},
        ("v1", "/clients"): {"status": "archived,deleted", "include": "tags"},
        ("v1", "/documents"): {"type": "pdf"},
        ("v1", "/group_settings"): {"with_trashed": "true"},
        ("v1", "/webhooks"): {"event_id": "1"},
        ("v1", "/client_gateway_tokens"): {"is_default": "true"},
    }
    return narrow.get((scene.dialect, path), {})


def _walk(scene: Scene, path: str, query: Mapping[str, Any], size: int, whole: Listed) -> None:
    name = _CAPS[scene.dialect][0]
    pages = max(1, -(-whole.total // size))
    walked: list[Any] = []
    for page in range(1, min(pages, _MAX_PAGES) + 1):
        answer = scene.api.get(path, {**query, name: size, "page": page})
        walked += [each["id"] for each in answer.data]
        meta = _meta(answer)
        figures = (
            meta["current_page"],
            meta["per_page"],
            meta["total"],
            meta.get("last_page", meta.get("total_pages")),
        )
        scene.expect_equal(
            list(figures), [page, size, whole.total, pages], f"{answer}: page, size, total and last page"
        )
        if "count" in meta:
            scene.expect_equal(meta["count"], len(answer.data), f"{answer}: count")
    scene.expect(
        walked[: len(whole.ids)] == whole.ids[: len(walked)] and len(walked) == min(whole.total, size * _MAX_PAGES),
        f"{path} {dict(query)} by {size}: the walk over all pages is not the list",
    )


def _follow(scene: Scene, path: str, query: dict[str, Any]) -> None:
    answer = scene.api.get(path, query)
    meta = _meta(answer)
    page, last = meta["current_page"], meta["total_pages"]
    links = meta["links"] if isinstance(meta["links"], dict) else {}
    wanted = ({"next"} if page < last else set()) | ({"previous"} if page > 1 else set())
    scene.expect_equal(sorted(links), sorted(wanted), f"{answer}: the links of page {page} of {last}")
    for word, url in links.items():
        beside = min(page - 1, last) if word == "previous" else page + 1
        where, said = path_of(url, scene.dialect)
        kept = {name: str(value) for name, value in query.items()} | {"page": str(beside)}
        scene.expect(where == path, f"{answer}: the link `{word}` leads to {url}")
        scene.expect_equal(dict(parse_qsl(said, keep_blank_values=True)), kept, f"{answer}: the query of `{word}`")
        followed = scene.api.get(where, parse_qsl(said, keep_blank_values=True))
        scene.expect_equal(followed.data, scene.api.get(path, kept).data, f"{answer}: what `{word}` leads to")


def _follow_repeated(scene: Scene, path: str) -> None:
    """A parameter that is sent several times is in the links as often, and still has its effect."""
    columns = [each for each in sort_columns(scene, path) if each != "id"]
    query = [("sort[]", f"{columns[0]}|desc"), ("per_page", "1"), ("sort[]", f"{columns[-1]}|asc"), ("page", "2")]
    links = _meta(answer := scene.api.get(path, query))["links"]
    for word, url in links.items() if isinstance(links, dict) else ():
        where, said = path_of(url, scene.dialect)
        kept = [pair for pair in parse_qsl(said, keep_blank_values=True) if pair[0] != "page"]
        scene.expect_equal(
            [where, *kept], [path, *(pair for pair in query if pair[0] != "page")], f"{answer}: the query of `{word}`"
        )


def _meta(answer: Answer) -> dict[str, Any]:
    meta = answer.json["meta"]
    return dict(meta.get("pagination", meta))
