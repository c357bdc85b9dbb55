"""The document's paths with records that the run has created itself, so that no request can damage other data.

A request that should be refused changes something if the deployment is faulty, so it never names a record that existed
before.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gateway.contract.oracles.protocol_methods import PREFIX
from gateway.contract.oracles.resources import (
    api_client,
    category,
    contact,
    document,
    group,
    note,
    token,
    v1_client,
    webhook,
)
from gateway.contract.oracles.scene import Scene

MAKERS: Mapping[str, Mapping[str, Callable[[Scene], dict[str, Any]]]] = {
    "api": {"clients": api_client, "categories": category, "contacts": contact, "notes": note},
    "v1": {
        "clients": v1_client,
        "group_settings": group,
        "documents": document,
        "client_gateway_tokens": token,
        "webhooks": webhook,
    },
}


def own_paths(scene: Scene) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield each path of the document as `template`, `path` and its operations, with ids of new records.

    For records that no request can create, such as team users, the first one is named in operations that only read.
    """
    made: dict[str, str] = {}
    for template, operations in scene.documents[scene.dialect]["paths"].items():
        path = template.removeprefix(PREFIX[scene.dialect])
        noun = path.split("/")[1]
        if "{" in path:
            make = MAKERS[scene.dialect].get(noun)
            operations = operations if make else {"get": operations["get"]} if "get" in operations else {}
            if noun not in made:
                made[noun] = str((make(scene) if make else scene.api.get(f"/{noun}").data[0])["id"])
            path = path.replace("{id}", made[noun])
        if "{other}" in path:
            path = path.replace("{other}", str(v1_client(scene)["id"]))
        yield template, path, operations
