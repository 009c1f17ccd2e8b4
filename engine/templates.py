"""Projects to start from. The registry is the folder ``resources/templates``: one `.loom` file each.

``010-digits.loom`` is the template ``digits``; the number decides its place in the list. Title and description are the
project's own. What each costs stands in ``facts.json``, so that the list of templates waits for no analysis;
``python -m tools.templates`` writes it.
"""

from functools import cache

import msgspec

import resources
from engine.datasets import RandomImages
from engine.errors import ProjectError
from engine.facts import Facts
from engine.project import SUFFIX, Project, load

FACTS = "facts.json"


class Template(msgspec.Struct, frozen=True):
    """A project to start from, with the short name that the command line knows it by."""

    name: str
    title: str
    description: str
    project: Project
    facts: Facts | None = None
    """None: nobody has counted yet."""

    @property
    def summary(self) -> str:
        """What it is, in one sentence: the first line of the description. Where it comes from may follow there."""
        return self.description.partition("\n")[0]

    @property
    def origin(self) -> str:
        """Where it comes from and what it reaches: the rest of the description."""
        return self.description.partition("\n")[2]

    @property
    def task(self) -> str:
        """What is asked of it, by which people look for a template."""
        dataset = self.project.data.dataset
        if dataset.task == "transcription":
            return "Text and sequences"
        if len(dataset.shape) == 3:
            if dataset.task == "regression":
                return "Images from images"
            return "Segmentation" if dataset.places else "Image classification"
        if len(dataset.shape) == 2 or dataset.places:
            return "Text and sequences"
        return "Points in the plane" if dataset.shape == (2,) else "Tables"


def can_adapt(project: Project) -> bool:
    """Whether a project may be had for another number of classes and another size of image: those of stand-ins."""
    return isinstance(project.data.dataset, RandomImages) and project.data.dataset.task == "classification"


@cache
def templates() -> tuple[Template, ...]:
    """Every template, in the order of the start page."""
    folder = resources.path("templates")
    counted = msgspec.json.decode(folder.joinpath(FACTS).read_bytes(), type=dict[str, Facts])
    files = sorted(folder.glob(f"*{SUFFIX}"))
    projects = {file.stem.partition("-")[2]: load(file) for file in files}
    return tuple(
        Template(name, project.title, project.description, project, counted.get(name))
        for name, project in projects.items()
    )


def template(name: str) -> Template:
    """The template of this name. Raises `ProjectError`."""
    found = {template.name: template for template in templates()}
    if name not in found:
        raise ProjectError(f"There is no template called “{name}”.", expected=f"There are: {', '.join(found)}.")
    return found[name]
