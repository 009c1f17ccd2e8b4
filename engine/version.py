"""Which Layerloom this is."""

from pathlib import Path


def version() -> str:
    """The installed version of Layerloom; from a checkout, the one that the checkout declares."""
    from importlib import metadata

    try:
        return metadata.version("layerloom")
    except metadata.PackageNotFoundError:
        import tomllib

        declared = Path(__file__).parent.parent / "pyproject.toml"
        return str(tomllib.loads(declared.read_text(encoding="utf-8"))["project"]["version"])
