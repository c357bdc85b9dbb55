"""The plan of a migration in words."""

from collections.abc import Iterator, Sequence

from core.database.migrations.planning import PlannedMigration, PlannedStep


def in_words(plan: Sequence[PlannedMigration], found: str | None, own: str) -> Iterator[str]:
    """Return the lines of a plan for a register with schema `found`, in a version that has `own`."""
    if not plan:
        yield f"The register has schema {found} already: there is nothing to do."
        return
    yield f"The register has {f'schema {found}' if found else 'no schema yet'}, and this version has {own}. To be done:"
    for each in plan:
        yield from _migration(each)
    yield ""
    yield f"In all {_duration(sum(each.seconds for each in plan))}, as measured on two cores beside other work."
    if found:
        yield _compatibility_line(plan, found)
        yield _way_back(plan, found)


def _migration(each: PlannedMigration) -> Iterator[str]:
    yield ""
    yield f"{each.revision}  {each.about}"
    for step in each.steps:
        yield f"  {_step(step)}"
    if not each.steps:
        yield "  nothing in the database itself"
    if each.is_stepwise:
        yield "  Step by step: it can be stopped and resumed."
    else:
        yield f"  In one transaction, {_duration(each.seconds)}: completely or not at all."


def _step(step: PlannedStep) -> str:
    rows = f"{step.rows:,} rows, " if step.rows else ""
    return f"{step.about}: {rows}{_duration(step.seconds)}; {step.lock}"


def _compatibility_line(plan: Sequence[PlannedMigration], found: str) -> str:
    if all(each.expands for each in plan):
        return f"Gateways of the version before (schema {found}) can serve during the migration and afterwards."
    return f"Gateways of the version before (schema {found}) cannot use the new schema: stop them first."


def _way_back(plan: Sequence[PlannedMigration], found: str) -> str:
    if all(each.expands for each in plan):
        return f"Way back: start the version before; `gateway db downgrade` also brings the schema back to {found}."
    if all(each.is_reversible for each in plan):
        return "Way back: `gateway db downgrade`, once for each of them."
    return "Way back: only a backup, so make one first."


def _duration(seconds: float) -> str:
    if seconds < 1:
        return "under a second"
    if seconds < 90:
        return f"about {seconds:.0f} s"
    return f"about {seconds / 60:.0f} min"
