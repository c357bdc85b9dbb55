"""Bodies that are no valid JSON or form are refused and change nothing; of a doubled field the last value counts."""

from collections.abc import Iterator
from urllib.parse import urlencode

from gateway.contract.oracles.api import Files
from gateway.contract.oracles.protocol_conditions import new_value
from gateway.contract.oracles.resources import RESOURCES, Resource
from gateway.contract.oracles.scene import Scene, at, attempt, oracle

_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
_PARTS = "multipart/form-data; boundary=proof"
_PART = b'--proof\r\nContent-Disposition: form-data; name="proof"\r\n\r\n%s\r\n'
_DEPTH = 40  # more than anybody needs; 32 are allowed

# What is wrong with a body, its media type (none if it is empty), its bytes, and the status of its refusal.
_BAD: tuple[tuple[str, str, bytes, int], ...] = (
    ("an array", _JSON, b'[{"proof": 1}]', 400),
    ("a text", _JSON, b'"proof"', 400),
    ("a number", _JSON, b"1", 400),
    ("no literal", _JSON, b'{"proof": NaN}', 400),
    ("a number beyond every range", _JSON, b'{"proof": 1e999}', 400),
    ("more after the end", _JSON, b'{"proof": 1} {}', 400),
    ("no UTF-8", _JSON, b'{"proof": "\xff"}', 400),
    ("nested arrays", _JSON, b'{"proof": ' + b"[" * _DEPTH + b"]" * _DEPTH + b"}", 400),
    ("nested objects", _JSON, b'{"proof": ' * _DEPTH + b"1" + b"}" * _DEPTH, 400),
    ("no UTF-8 in a form", _FORM, b"proof=%ff", 400),
    ("a nested key", _FORM, b"proof" + b"[a]" * _DEPTH + b"=1", 400),
    ("no boundary", "multipart/form-data", _PART % b"1" + b"--proof--\r\n", 400),
    ("no end", _PARTS, _PART % b"1", 400),
    ("no UTF-8 in a part", _PARTS, _PART % b"\xff" + b"--proof--\r\n", 400),
    ("no media type", "", b'{"proof": 1}', 415),
    ("XML", "application/xml", b"<proof/>", 415),
)


@oracle(
    "a body that is no valid JSON object or form is a 400, one without a media type a 415, and none changes anything",
    writes=True,
)
def bodies_are_read_strictly(scene: Scene) -> None:
    for resource in (each for each in RESOURCES if each.dialect == scene.dialect):
        with attempt(scene, resource.path):
            path = f"{resource.path}/{resource.make(scene)['id']}"
            before = scene.api.one(path)
            for word, kind, content, status in _BAD:
                headers = {"Content-Type": kind} if kind else {}
                refused = scene.api.send(resource.method, path, content=content, headers=headers)
                right = f"{refused} with {word} instead of {status}: {refused.content[:100]!r}"
                scene.expect(refused.status == status, right)
            scene.expect_equal(scene.api.one(path), before, f"{path} after bodies that were refused")


@oracle("of a field that is sent twice in a form the last value counts", writes=True)
def last_values_count(scene: Scene) -> None:
    for resource in (each for each in RESOURCES if each.dialect == scene.dialect):
        with attempt(scene, resource.path):
            for word, sent in _doubled(scene, resource):
                made = resource.make(scene)
                path = f"{resource.path}/{made['id']}"
                pairs = [(key, str(value)) for key, value in resource.needed(made).items() if key not in dict(sent)]
                if word == "parts":
                    files: Files = [(key, (None, text.encode(), "")) for key, text in [*pairs, *sent]]
                    answer = scene.api.send(resource.method, path, files=files)
                else:
                    content = urlencode([*pairs, *sent]).encode()
                    answer = scene.api.send(resource.method, path, content=content, headers={"Content-Type": _FORM})
                scene.expect_status(answer, 200)
                key, wanted = sent[-1]
                (row,) = (each for each in resource.fields("update") if each.input_key == key)
                shown = at(scene.api.one(path), str(row.key))
                scene.expect_equal(shown, wanted, f"{answer}: `{key}`, which was sent twice in {word}")


def _doubled(scene: Scene, resource: Resource) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for word in ("a form", "parts"):
        yield word, [*new_value(scene, resource).items(), *new_value(scene, resource).items()]
