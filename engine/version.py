"""Which Layerloom this is."""

from pathlib import Path


def version() -> str:
    """The version that the checkout around this file declares; where there is none, the installed one."""
    from importlib import metadata

    # What is installed of a checkout is as old as its last installation.
    return _declared(Path(__file__).parent.parent / "pyproject.toml") or metadata.version("layerloom")


def _declared(file: Path) -> str:
    import tomllib

    if not file.is_file():
        return ""
    project = tomllib.loads(file.read_text(encoding="utf-8")).get("project", {})
    return str(project.get("version", "")) if project.get("name") == "layerloom" else ""
