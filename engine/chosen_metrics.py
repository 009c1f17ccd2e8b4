"""Which metrics a project has, and what is wrong with those that were chosen. Nothing here needs torch."""

import math
from collections.abc import Iterator

from engine.advice import ANSWERS
from engine.ends import embedding_place, tells_probabilities
from engine.metrics import METRICS, MOST_EACH, OF_TASK, Asked, Figure, Metric, described
from engine.project import Project
from engine.report import ChangeSetting, Fix, LeaveOut, Problem
from engine.spec import Field
from engine.training import AUTOMATIC


def metrics_of(project: Project) -> dict[str, Figure]:
    """Every number that the project is judged by, by its name: its title, and whether more of it is better. Those that
    are always there come first, then those that are chosen and fit.
    """
    chosen = [name for metric in fitting(project) for name in metric.names(_each(project))]
    names = dict.fromkeys((*OF_TASK[project.data.dataset.task], *chosen))
    return {name: figure for name in names if (figure := described(name))}


def fitting(project: Project) -> tuple[Metric, ...]:
    """The chosen metrics that say something of these data."""
    return tuple(metric for metric in project.training.metrics if not refusal(metric, project))


def refusal(metric: Metric, project: Project) -> str:
    """Why a metric says nothing of these data, as a sentence; empty: it does."""
    dataset, called = project.data.dataset, metric.full_title
    if dataset.task not in metric.tasks:
        return f"{called} judges {ANSWERS[metric.tasks[0]]}, but {dataset.title} asks for {ANSWERS[dataset.task]}."
    asked = asked_of(project)
    if not asked.count:
        # Data that was never opened has no classes: nobody knows yet.
        return ""
    if metric.is_each and asked.count > MOST_EACH:
        return f"{called} would be {asked.count:,} numbers, one for each; at most {MOST_EACH} are told."
    if metric.takes == "embeddings" and embedding_place(project) is None:
        return f"{called} needs an Output whose loss learns an embedding, such as Triplet."
    if metric.needs_shares and not asked.are_shares:
        return f"{called} needs probabilities, but this network with its loss answers with scores."
    reason = metric.lacks(asked)
    return f"{called} says nothing here: {reason}." if reason else ""


def asked_of(project: Project) -> Asked:
    """What the metrics of a project are computed of."""
    dataset = project.data.dataset
    if dataset.task == "regression":
        return Asked(math.prod(dataset.target_shape), are_shares=False)
    of_labels = dataset.task == "multilabel"
    return Asked(len(dataset.classes), bool(dataset.places), tells_probabilities(project), of_labels)


def metric_problems(project: Project) -> Iterator[Problem]:
    """Chosen metrics that say nothing of these data, and those that are chosen twice."""
    seen = set[tuple[str, bool]]()
    for number, metric in enumerate(project.training.metrics):
        away = LeaveOut("metrics", number, f"Leave out {metric.full_title}", "training")
        if reason := refusal(metric, project):
            yield Problem(reason, fix=_narrower(metric, number, project) or away, rule="metric-misfit")
        elif (metric.name, metric.is_each) in seen:
            yield Problem(f"{metric.full_title} is chosen twice.", fix=away, rule="metric-twice")
        seen.add((metric.name, metric.is_each))


def unknown_watches(project: Project) -> Iterator[Problem]:
    """Rules and choices that watch a metric which the project has not: they would never see it."""
    training, known = project.training, metrics_of(project)
    watched = [(f"training.stops.{number}", rule.title, rule.watches) for number, rule in enumerate(training.stops)]
    watched.append(("training.schedule", f"“{training.schedule.title}”", training.schedule.watches))
    for path, title, name in watched:
        if name and name not in known:
            words = f"{title} watches {_called(name)}, which is not among the metrics of this project."
            yield Problem(words, fix=_given(name, project) or _loss_instead(f"{path}.metric"), severity="doubt")
    if training.best_by not in (AUTOMATIC, *known):
        words = f"The best weights are chosen by {_called(training.best_by)}, which this project does not measure."
        usual = ChangeSetting("training.best_by", AUTOMATIC, "Choose them by accuracy, then loss")
        yield Problem(words, fix=_given(training.best_by, project) or usual, severity="doubt")


class AddMetric(Fix, frozen=True):
    """One metric more."""

    metric: Metric

    @property
    def label(self) -> str:
        return f"Add {self.metric.full_title}"

    def apply(self, project: Project) -> Project:
        return project.with_value("training.metrics", (*project.training.metrics, self.metric))


def offered(project: Project, field: Field) -> dict[str, str]:
    """What can be chosen where a metric is asked for, by name, and the title of each."""
    found = {name: figure.title for name, figure in metrics_of(project).items()}
    return found if field.default in METRICS else {field.default: field.default, **found}


def _each(project: Project) -> tuple[str, ...]:
    """What the numbers of a metric are of, where it has several."""
    dataset = project.data.dataset
    if dataset.task != "regression":
        return dataset.classes
    return tuple(str(number) for number in range(1, min(MOST_EACH, math.prod(dataset.target_shape)) + 1))


def _called(name: str) -> str:
    figure = described(name)
    return f"“{figure.title if figure else name}”"


def _narrower(metric: Metric, number: int, project: Project) -> Fix | None:
    """Another setting with which it would fit; None: there is none."""
    for name, field in metric.declared.items():
        for value in field.options if field.kind == "choice" else (2, 3) if field.kind == "integer" else ():
            other = metric.with_setting(name, value)
            if not refusal(other, project):
                return ChangeSetting(f"training.metrics.{number}.{name}", value, f"Use {other.full_title}")
    return None


def _given(name: str, project: Project) -> Fix | None:
    """The metric that has this name, where it fits."""
    for kind in Metric.kinds.values():
        for metric in (found for found in (kind.named(name), *kind.variants()) if found):
            if name in metric.names(_each(project)) and not refusal(metric, project):
                return AddMetric(metric)
    return None


def _loss_instead(path: str) -> Fix:
    return ChangeSetting(path, "loss", "Watch the loss")
