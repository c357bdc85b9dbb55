"""Which version is installed."""


def installed() -> str:
    """Return the version of the package, such as `0.1.0`."""
    from importlib import metadata  # a tenth of what `gateway --help` takes, for one option

    return metadata.version("dual-dialect-gateway")
