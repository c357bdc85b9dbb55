"""`gateway contract`: proves that a gateway conforms to its OpenAPI documents."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from gateway.cli.errors import CommandError, refusals, say
from gateway.cli.extras import check_is_installed
from gateway.cli.parameters import DialectName
from gateway.cli.proving import chosen_operations, proved, show_outcomes
from gateway.contract.baseline import Unreadable, check_baseline, merge_baselines
from gateway.contract.operations import (
    AccessRefused,
    Unusable,
)
from gateway.contract.processes import Ended, ended_by_signals
from gateway.contract.published import published
from gateway.contract.reports import ForeignFile
from gateway.contract.runner import Plan
from gateway.contract.target import Target

Url = Annotated[str | None, typer.Argument(metavar="[URL]", help="The URL of the gateway, without /api.")]
Token = Annotated[
    str | None, typer.Option("--token", envvar="GATEWAY_CONTRACT_TOKEN", metavar="KEY", help="A key of a company.")
]
OtherToken = Annotated[
    str | None,
    typer.Option(
        "--other-token",
        envvar="GATEWAY_CONTRACT_OTHER_TOKEN",
        metavar="KEY",
        help="A key of another company, to test that neither sees the other's clients.",
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
Dialect = Annotated[DialectName | None, typer.Option("--dialect", help="Only this dialect: api or v1.")]
Operations = Annotated[
    list[str] | None,
    typer.Option("--operation", metavar="ID", help="Only this operation, such as getClient; repeatable."),
]


def contract(
    url: Url = None,
    token: Token = None,
    other_token: OtherToken = None,
    password: Password = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Test a temporary gateway on a fresh database.")] = False,
    dialect: Dialect = None,
    write: Annotated[bool, typer.Option("--write", help="Also create, change and delete. Never on live data!")] = False,
    operation: Operations = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Repeat the run with this seed.")] = None,
    max_examples: Annotated[
        int | None, typer.Option(min=1, help="Examples for each operation (fuzzing), and sequences (stateful).")
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            "--baseline", metavar="FILE", help="Known failures that are accepted, as Schemathesis records them."
        ),
    ] = None,
    update_baseline: Annotated[bool, typer.Option(help="Add this run's failures to the baseline.")] = False,
    oracle: Annotated[
        list[str] | None,
        typer.Option("--oracle", metavar="NAME", help="Only this oracle, and no Schemathesis; repeatable."),
    ] = None,
    report_dir: Annotated[Path, typer.Option("--report-dir", metavar="DIR", help="The folder for the reports.")] = Path(
        "build/contract"
    ),
    consumer: Annotated[
        list[Path] | None,
        typer.Option(
            "--consumer", metavar="FILE", help="Verify an integration's expectations, a Pact file or a HAR; repeatable."
        ),
    ] = None,
    states: Annotated[
        Path | None,
        typer.Option("--states", metavar="FILE", help="A YAML file that defines the consumer's provider states."),
    ] = None,
    print_config: Annotated[
        bool,
        typer.Option("--print-config", help="Print a schemathesis.toml for running Schemathesis yourself, and end."),
    ] = False,
    state_url: Annotated[
        str | None,
        typer.Option(
            "--state-url", metavar="URL", help="The program that sets up provider states (Pact's state change URL)."
        ),
    ] = None,
) -> None:
    """Test a running gateway against its OpenAPI documents, with Schemathesis and checks of its own.

    Without --write only GET, HEAD and OPTIONS requests are sent. Without a URL, a temporary gateway on a fresh database
    is started and tested in full. For each dialect there is a JUnit, an NDJSON and a JSON report and a log, which
    replace those of an earlier run. The exit status is 1 if anything failed.

    \b
    Examples:
      gateway contract
      gateway contract https://gateway.example --token KEY --other-token KEY2
      gateway contract https://staging.example --token KEY --password PW --write --dialect v1 --seed 42
      gateway contract --consumer pacts/portal-register.json --consumer session.har
    """
    if print_config:
        typer.echo(published(), nl=False)
        raise typer.Exit
    with refusals(), _errors_in_words():
        check_is_installed("contract", "`gateway contract`")
        given = _given(url, token, other_token, password, fresh)
        if consumer:
            # Imported late: it needs a register and the dialects, and the tests of a deployment do not.
            from gateway.cli.consumers import Consumers, verified

            wanted = Consumers(consumer, dialect.value if dialect else None, states, state_url)
            raise typer.Exit(0 if verified(wanted, given, write) else 1)
        _check_baseline(baseline, update_baseline)
        dialects = [dialect.value] if dialect else [each.value for each in DialectName]
        number = secrets.randbelow(10**9) if seed is None else seed
        plan = Plan(report_dir, number, write or given is None, max_examples, baseline, update_baseline)
        plan = replace(plan, own_records_only=given is not None)
        if oracle:
            plan = replace(plan, oracles=_oracles(oracle), schemathesis=False)
        if operation:
            plan = replace(plan, oracles=(), operations=chosen_operations(operation, dialects, given, plan.write))
            dialects = [*plan.operations]
        for each in dialects:
            plan.reports(each).check()
        if given:
            from gateway.contract.access import examine_access  # imported late, because it imports an HTTP client

            examine_access(given, dialects, plan.write)
        say(f"Proving {' and '.join(dialects)} with seed {plan.seed}; reports go to {report_dir}")
        outcomes = proved(dialects, given, plan)
        show_outcomes(outcomes)
        if baseline and update_baseline:
            merge_baselines(baseline, [outcome.baseline for outcome in outcomes if outcome.baseline])
    raise typer.Exit(1 if any(outcome.exit_code for outcome in outcomes) else 0)


@contextmanager
def _errors_in_words() -> Iterator[None]:
    """Turn a signal into its exit status, and an error of a run into a sentence."""
    try:
        with ended_by_signals():
            yield
    except Ended as ended:
        say("Ended by a signal. What was started has ended, keys and registers are removed.")
        raise typer.Exit(ended.exit_status) from None
    except AccessRefused as error:
        typer.echo("FAILED: nothing was proved.")
        raise CommandError(str(error)) from error
    except (Unusable, ForeignFile, Unreadable) as error:
        raise CommandError(str(error)) from error


def _given(
    url: str | None, token: str | None, other_token: str | None, password: str | None, fresh: bool
) -> Target | None:
    """Return the deployment given; None for a fresh gateway of our own. Raises `CommandError`."""
    if (url is None and not fresh and token) or (url is not None and fresh):
        raise CommandError("Name a URL and a --token, or neither for a fresh gateway of our own.")
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise CommandError(f"{url!r} is not the URL of a gateway, such as https://gateway.example.")
    if not token:
        raise CommandError("A deployed gateway is proved with a --token of a company.")
    return Target(url.rstrip("/"), token, other_token, password)


def _check_baseline(baseline: Path | None, update: bool) -> None:
    if baseline:
        check_baseline(baseline, update)
    elif update:
        raise CommandError("--update-baseline needs a --baseline.")


def _oracles(names: list[str]) -> tuple[str, ...]:
    from gateway.contract.oracles.run import known_oracles  # imported late, because it imports an HTTP client

    return known_oracles(names)
