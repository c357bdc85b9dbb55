"""The installed version."""


def installed() -> str:
    """Return the version of the package, such as `0.1.0`."""
    from importlib import metadata  # imported late: it would take a tenth of `gateway --help`

    return metadata.version("dual-dialect-gateway")
