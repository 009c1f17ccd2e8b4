"""The chosen metrics in the training script: the same calls of torchmetrics, on the same samples."""

import json
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.call import JUDGES, OWN
from engine.chosen_metrics import asked_of, fitting
from engine.ends import embedding_place, ends_in_logarithms, loss_at, taken_of
from engine.export.source import INDENT, WIDTH, statement, values_method
from engine.metrics import METRICS, Metric, is_better_high
from engine.project import Project

if TYPE_CHECKING:
    from engine.export.model import Model

WATCHED = {"accuracy": "accuracy", "mean_error": "mae"}
"""The metric that the script always knows, by the name of the function that finds it."""


class Known:
    """What the script finds at each validation: how a metric is written there, and whether more of it is better."""

    def __init__(self, project: Project, judge: str) -> None:
        self._judge = WATCHED[judge]
        self._names = [name for metric in _chosen(project) for name in metric.names(_parts(project))]

    def __contains__(self, metric: str) -> bool:
        return metric == self._judge or metric in self._names

    def written(self, metric: str) -> str:
        """The expression of a metric; of one that the script has not, that of the one which it always has."""
        return (
            f"others[{json.dumps(metric, ensure_ascii=False)}]"
            if metric != self._judge and metric in self._names
            else "found"
        )

    def is_better_high(self, metric: str) -> bool:
        """Whether more of what is `written` for a metric is better."""
        return is_better_high(metric if metric in self else self._judge)


def has_metrics(model: "Model") -> bool:
    """Whether metrics are chosen that fit."""
    return bool(_chosen(model.project))


def used_by_metrics(model: "Model") -> list[str]:
    """The classes of our own that the metrics use."""
    made = (metric.function(asked_of(model.project)) for metric in _chosen(model.project))
    return [target.removeprefix(OWN) for call in made for target in call.targets() if target.startswith(OWN)]


def imports(model: "Model") -> str:
    """The lines that import what the metrics use of torchmetrics."""
    calls = (metric.function(asked_of(model.project)) for metric in _chosen(model.project))
    found: dict[str, set[str]] = {}
    for target in (target for call in calls for target in call.targets() if target.startswith(JUDGES)):
        module, _, name = target.rpartition(".")
        found.setdefault(module, set()).add(name)
    return "".join(f"{_imported(module, sorted(found[module], key=str.lower))}\n" for module in sorted(found))


def _imported(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return line
    lines = "".join(f"{INDENT}{name},\n" for name in names)
    return f"from {module} import (\n{lines})"


def names_used(model: "Model") -> list[str]:
    """What of the module the function uses beside what the script always uses."""
    each = any(metric.is_each for metric in _chosen(model.project))
    return ["CLASSES"] if each and model.preprocessing.classes else []


def told(model: "Model", judged: str) -> str:
    """The lines that find the metrics at the end of an epoch, and tell them."""
    if not has_metrics(model):
        return ""
    lines = f"""\
others = measured({judged}, *data["validation"])
print("  " + ", ".join(f"{{name}} {{value:.4f}}" for name, value in others.items()))
"""
    return "\n" + textwrap.indent(lines, INDENT * 2).rstrip()


def told_at_the_end(model: "Model", judged: str) -> str:
    """The lines that tell the metrics of the test samples."""
    if not has_metrics(model):
        return ""
    lines = f"""\
others = measured({judged}, *data["test"])
print("  " + ", ".join(f"{{name}} {{value:.4f}}" for name, value in others.items()))
"""
    return textwrap.indent(lines, INDENT)


def function(model: "Model") -> str:
    """The function that finds the metrics; empty where none is chosen."""
    if not has_metrics(model):
        return ""
    metrics = _chosen(model.project)
    each = any(metric.is_each for metric in metrics)
    made = "\n".join(_made(model, metric) for metric in metrics)
    parts = "CLASSES" if model.preprocessing.classes else f"range(1, {asked_of(model.project).count + 1})"
    found = f"""\
for name, metric in metrics.items():
    value = metric.compute()
    {'if name.endswith(":"):' if each else "found[name] = value.item()"}
"""
    if each:
        found += f"""\
        for part, one in zip({parts}, value.reshape(-1).tolist()):
            found[f"{{name}}{{part}}"] = one
    else:
        found[name] = value.item()
"""
    updates = textwrap.indent("\n".join(_updates(model, metrics)), INDENT * 2)
    return f'''


@torch.no_grad()
def measured(model, inputs, targets):
    """The chosen metrics of the network, by their names."""
    model.eval()
    metrics = {{}}
{made}
    for rows in torch.arange(len(inputs)).split(1000):
        truth = targets[rows]
{updates}
    found = {{}}
{textwrap.indent(found, INDENT)}    return found'''


def _key(metric: Metric) -> str:
    return f"{metric.name}:" if metric.is_each else metric.name


def _chosen(project: Project) -> tuple[Metric, ...]:
    """The metrics that say something, less those that are always there."""
    return tuple(metric for metric in fitting(project) if metric.is_each or metric.name not in METRICS)


def _made(model: "Model", metric: Metric) -> str:
    call = metric.function(asked_of(model.project))
    return statement(1, f'metrics["{_key(metric)}"] = {call.name}(', call.words())


def _updates(model: "Model", metrics: tuple[Metric, ...]) -> Iterator[str]:
    """The lines that give the metrics the samples of these rows."""
    named = [(metric, f'metrics["{_key(metric)}"]') for metric in metrics]
    if model.preprocessing.task == "regression":
        yield "values = predict(model, inputs[rows])"
        yield from (f"{name}.update(values.flatten(1), truth.flatten(1))" for _, name in named)
        return
    if model.preprocessing.task == "transcription":
        yield "labels = predict(model, inputs[rows])"
        yield from (f"{name}.update(labels, truth)" for _, name in named)
        return
    takes = {metric.takes for metric in metrics}
    if model.preprocessing.task == "multilabel":
        yield "truth = truth.long()"
    if "labels" in takes:
        yield "labels = predict(model, inputs[rows])"
        yield from (f"{name}.update(labels, truth)" for metric, name in named if metric.takes_samples)
    if "scores" in takes:
        yield "device = next(model.parameters()).device"
        yield f"scores = {_scores(model)}"
        if model.outputs == 1:
            yield "scores = torch.cat((1 - scores, scores), 1)"
    if "embeddings" in takes:
        values, place = values_method(model.project), embedding_place(model.project)
        which = f"[{place}]" if len(taken_of(model.project)) > 1 else ""
        called = "model" if values == "forward" else f"model.{values}"
        yield "device = next(model.parameters()).device"
        yield "embeddings = preprocess(inputs[rows]).to(device)"
        yield f"embeddings = {called}(embeddings){which}.cpu()"
    yield from _rows(model, takes)
    yield from (f"{name}.update({metric.takes}, truth)" for metric, name in named if not metric.takes_samples)


def _rows(model: "Model", takes: set[str]) -> Iterator[str]:
    """The lines that put all places in a row, less those without a class."""
    dataset = model.project.data.dataset
    if dataset.places:
        if "scores" in takes:
            yield "scores = scores.movedim(1, -1).flatten(0, -2)"
        yield from (f"{name} = {name}.flatten()" for name in ("labels", "truth") if name in (*takes, "truth"))
    if dataset.ignores:
        yield "known = truth >= 0"
        yield from (f"{name} = {name}[known]" for name in ("scores", "labels", "truth") if name in (*takes, "truth"))


def _scores(model: "Model") -> str:
    """What the network answers, as probabilities where it tells some."""
    answers, project = "model(preprocess(inputs[rows]).to(device)).cpu()", model.project
    if model.answers_with_values:
        return f"{answers}.softmax(1)" if loss_at(project).absorbs == "Softmax" else f"{answers}.sigmoid()"
    return f"{answers}.exp()" if ends_in_logarithms(project) else answers


def _parts(project: Project) -> tuple[str, ...]:
    dataset = project.data.dataset
    if dataset.task != "regression":
        return dataset.classes
    return tuple(str(number + 1) for number in range(asked_of(project).count))
