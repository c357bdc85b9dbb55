"""The optional extras of the package that some commands need."""

from importlib.util import find_spec

from gateway.cli.errors import CommandError

_MODULES = {"contract": ("schemathesis", "pact"), "mcp": ("mcp",)}


def check_is_installed(extra: str, what: str) -> None:
    """Raise `CommandError` with the packages to install if an extra, which `what` needs, is not installed."""
    if not all(map(_is_installed, _MODULES[extra])):
        raise CommandError(
            f'{what} needs packages that are not installed: pip install "dual-dialect-gateway[{extra}]",'
            f' or in the folder of the project, pip install ".[{extra}]"'
        )


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ImportError:
        return False
