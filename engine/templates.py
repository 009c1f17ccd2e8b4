"""Projects to start from. The registry is the folder ``resources/templates``: one `.loom` file each.

``010-digits.loom`` is the template ``digits``; the number decides its place in the list. Title and description are the
project's own.
"""

from functools import cache

import msgspec

import resources
from engine.errors import ProjectError
from engine.project import SUFFIX, Project, load


class Template(msgspec.Struct, frozen=True):
    """A project to start from, with the short name that the command line knows it by."""

    name: str
    title: str
    description: str
    project: Project

    @property
    def summary(self) -> str:
        """What it is, in one sentence: the first line of the description. Where it comes from may follow there."""
        return self.description.partition("\n")[0]


@cache
def templates() -> tuple[Template, ...]:
    """Every template, in the order of the start page."""
    files = sorted(resources.path("templates").glob(f"*{SUFFIX}"))
    projects = {file.stem.partition("-")[2]: load(file) for file in files}
    return tuple(Template(name, project.title, project.description, project) for name, project in projects.items())


def template(name: str) -> Template:
    """The template of this name. Raises `ProjectError`."""
    found = {template.name: template for template in templates()}
    if name not in found:
        raise ProjectError(f"There is no template called “{name}”.", expected=f"There are: {', '.join(found)}.")
    return found[name]
