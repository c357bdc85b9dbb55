"""The process that runs the oracles: it reads its input from a file and writes its report to another one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from gateway.contract.operations import PREFIXES, document_of
from gateway.contract.oracles.api import Answer, Api, Observer, session_of
from gateway.contract.oracles.run import judge, load
from gateway.contract.oracles.scene import Oracle, Scene
from gateway.contract.own_webhooks import OwnWebhooks
from gateway.contract.pacing import Pace
from gateway.contract.reach import Reach

Options = Mapping[str, Any]


def main(file: str) -> int:
    """Run the oracles that the file names, write the report that it names, and return the exit status."""
    options: Options = json.loads(Path(file).read_text())
    documents = {each: document_of(options["url"], each) for each in PREFIXES}
    reach = Reach(documents[options["dialect"]])
    pace = Pace()
    webhooks = OwnWebhooks()
    scene = _scene(options, documents, _observer(reach, options["dialect"]), pace, webhooks)
    try:
        verdicts = judge(scene, chosen(load(), options), lambda line: print(line, flush=True))
    finally:
        for line in webhooks.delete():
            print(line, flush=True)
    report = {"oracles": [asdict(each) for each in verdicts], "reach": reach.dump(), "waited": round(pace.waited)}
    Path(options["report"]).write_text(json.dumps(report, indent=1, ensure_ascii=False, default=str))
    return 1 if any(each.failures for each in verdicts) else 0


def chosen(oracles: Sequence[Oracle], options: Options) -> list[Oracle]:
    """Return the oracles that can run and are allowed here."""
    names = options.get("names")
    return [
        each
        for each in oracles
        if options["dialect"] in each.dialects
        and (options["writes"] or not each.writes)
        and (options["environment"] or not each.alone)
        and (names is None or each.name in names)
    ]


def _scene(
    options: Options, documents: Mapping[str, Any], observer: Observer, pace: Pace, webhooks: OwnWebhooks
) -> Scene:
    session = session_of(options["url"])

    def apis(token: str, password: str | None) -> dict[str, Api]:
        def learn(answer: Answer) -> None:
            url = f"{options['url']}{PREFIXES[answer.dialect]}{answer.path}"
            webhooks.learn(token, answer.method, url, answer.status, answer.content)

        observers = (observer, learn)
        return {each: Api(each, options["url"], token, password, session, pace, observers) for each in PREFIXES}

    other = options["other_token"]
    return Scene(
        options["dialect"],
        apis(options["token"], options["password"]),
        apis(other, None) if other else None,
        documents,
        writes=options["writes"],
        alone=bool(options["environment"]),
        environment=options["environment"],
    )


def _observer(reach: Reach, dialect: str) -> Observer:
    def observe(answer: Answer) -> None:
        if answer.dialect == dialect:
            query = parse_qsl(answer.query)
            path = PREFIXES[dialect] + answer.path
            reach.count(answer.method, path, query, answer.sent_headers, answer.sent, answer.status, answer.content)

    return observe
