"""`gateway contract`: prove that a gateway keeps to its OpenAPI documents."""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.openapi import Spoken
from gateway.cli.session import Refused, refusals, say
from gateway.contract.fresh import fresh_gateway
from gateway.contract.report import failures, show
from gateway.contract.runner import Outcome, Plan, prove
from gateway.contract.target import Target

Url = Annotated[str | None, typer.Argument(metavar="[URL]", help="Where the gateway listens, without /api.")]
Token = Annotated[
    str | None, typer.Option("--token", envvar="GATEWAY_CONTRACT_TOKEN", metavar="KEY", help="A key of a company.")
]
OtherToken = Annotated[
    str | None,
    typer.Option(
        "--other-token",
        envvar="GATEWAY_CONTRACT_OTHER_TOKEN",
        metavar="KEY",
        help="A key of another company, to prove that neither sees the other's clients.",
    ),
]
Password = Annotated[
    str | None,
    typer.Option(
        "--password",
        envvar="GATEWAY_CONTRACT_PASSWORD",
        metavar="PASSWORD",
        help="The password of the key's team user, for purge and merge.",
    ),
]
Dialect = Annotated[Spoken | None, typer.Option("--dialect", help="Only this dialect: api or v1.")]
Operations = Annotated[
    list[str] | None,
    typer.Option("--operation", metavar="ID", help="Only this operation, such as getClient; repeatable."),
]


def contract(
    url: Url = None,
    token: Token = None,
    other_token: OtherToken = None,
    password: Password = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Prove a gateway of our own on a fresh database.")] = False,
    dialect: Dialect = None,
    write: Annotated[bool, typer.Option("--write", help="Also create, change and delete. Never on live data!")] = False,
    operation: Operations = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Repeat the run of this seed.")] = None,
    max_examples: Annotated[
        int | None, typer.Option(min=1, help="Examples an operation when fuzzing, and lives when stateful.")
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option("--baseline", metavar="FILE", help="Failures known and accepted, as Schemathesis records them."),
    ] = None,
    update_baseline: Annotated[bool, typer.Option(help="Add this run's failures to the baseline.")] = False,
    report_dir: Annotated[Path, typer.Option("--report-dir", metavar="DIR", help="Where the reports go.")] = Path(
        "build/contract"
    ),
) -> None:
    """Prove that a running gateway keeps to its OpenAPI documents, by Schemathesis.

    Reads only, unless --write is given. Without a URL, a gateway on a fresh database is started and proved in full.
    Each dialect leaves a JUnit, an NDJSON and a JSON report and a log. The exit status is 1 if anything failed.

    \b
    Examples:
      gateway contract
      gateway contract https://gateway.example --token KEY --other-token KEY2
      gateway contract https://staging.example --token KEY --password PW --write --dialect v1 --seed 42
    """
    with refusals():
        if (url is None and not fresh and token) or (url is not None and fresh):
            raise Refused("Name a URL and a --token, or neither for a fresh gateway of our own.")
        given = Target(url.rstrip("/"), token or "", other_token, password) if url else None
        if given and not given.token:
            raise Refused("A deployed gateway is proved with a --token of a company.")
        if baseline is None and update_baseline:
            raise Refused("--update-baseline needs a --baseline.")
    chosen = [dialect.value] if dialect else [each.value for each in Spoken]
    more = (
        *(part for each in operation or () for part in ("--include-operation-id", each)),
        # One operation alone has no life to walk through.
        *(("--phases", "examples,coverage,fuzzing") if len(operation or ()) == 1 else ()),
        *(("--baseline-update",) if update_baseline else ()),
    )
    number = secrets.randbelow(10**9) if seed is None else seed
    plan = Plan(report_dir, number, write or given is None, max_examples, baseline, more)
    say(f"Proving {' and '.join(chosen)} with seed {plan.seed}; reports go to {report_dir}")
    outcomes = _proved(chosen, given, plan)
    for outcome in outcomes:
        if outcome.exit_code != 0:
            say(failures(outcome.log))
    show(outcomes)
    raise typer.Exit(1 if any(outcome.exit_code for outcome in outcomes) else 0)


def _proved(chosen: list[str], given: Target | None, plan: Plan) -> list[Outcome]:
    """Prove each dialect: side by side on gateways of our own, one after the other on a shared deployment."""

    def one(dialect: str) -> Outcome:
        with _target(given, dialect, plan) as target:
            return prove(dialect, target, plan)

    with ThreadPoolExecutor(max_workers=1 if given else len(chosen)) as pool, refusals():
        return list(pool.map(one, chosen))


@contextmanager
def _target(given: Target | None, dialect: str, plan: Plan) -> Iterator[Target]:
    if given:
        yield given
        return
    plan.report_dir.mkdir(parents=True, exist_ok=True)
    with fresh_gateway(plan.file(dialect, "gateway.log")) as target:
        yield target
