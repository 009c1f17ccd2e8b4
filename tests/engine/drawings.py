"""Networks and settings for tests to draw."""

from typing import Any

from hypothesis import strategies as st

from engine.data import Data
from engine.datasets import Dataset
from engine.graph import Graph
from engine.layers import Expression, Layer
from engine.layout import stacked
from engine.losses import CrossEntropy, Loss
from engine.metrics import METRICS
from engine.optimizers import Adam, Optimizer
from engine.project import Project
from engine.schedules import RatePoint
from engine.spec import Field, Spec
from engine.training import Training

EXPRESSIONS = ["a * sigmoid(a)", "(a - mean(a)) / 2", "-a ** 2 + 1 / 3", "max(a, 0) * softmax(2 ** a)"]
"""Expressions of one input that fit every shape."""


def stack(*layers: Layer) -> Graph:
    """These layers in a column, wired one after the other."""
    return stacked(Graph.chain(*layers))


def project(
    *layers: Layer,
    dataset: Dataset | None = None,
    loss: Loss | None = None,
    optimizer: Optimizer | None = None,
    **training: Any,
) -> Project:
    """A stack of layers that learns a dataset (the digits where none is named)."""
    data = Data(dataset) if dataset else Project().data
    return Project(stack(*layers), data, Training(loss or CrossEntropy(), optimizer or Adam(), **training))


def values(field: Field) -> st.SearchStrategy[Any]:
    """Values that a field allows, small ones first."""
    low = int(field.low or 0)
    whole = st.integers(low, min(int(field.high or 0), low + 8))
    pair = st.one_of(whole, st.tuples(*[whole] * field.length)) if field.length > 1 else whole
    match field.kind:
        case "integer":
            return st.one_of(whole, st.integers(low, int(field.high or 0)))
        case "number":
            return st.floats(field.low, field.high, allow_nan=False)
        case "flag":
            return st.booleans()
        case "text":
            return st.text(max_size=20)
        case "code":
            return st.just(field.default)
        case "choice":
            return st.sampled_from(field.options)
        case "metric":
            return st.sampled_from([field.default, *METRICS])
        case "pair":
            return pair
        case "padding":
            return st.one_of(pair, st.just("same"))
        case "several":
            return st.lists(st.integers(low, low + 30), max_size=6).map(tuple)
        case "shape":
            return st.lists(st.integers(low, min(int(field.high or 0), 32)), max_size=4).map(tuple)
        case "place":
            return st.text(max_size=20)
        case "names":
            return st.lists(st.text(max_size=8), max_size=4).map(tuple)
        case "records":
            return st.lists(st.from_type(field.record), max_size=3).map(tuple) if field.record else st.just(())


SHARES = st.floats(0, 1)
st.register_type_strategy(RatePoint, st.builds(RatePoint, SHARES, SHARES))


def specs(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Specs of a kind with any settings that it allows."""
    if kind is Expression:
        return st.sampled_from(EXPRESSIONS).map(Expression)
    settings: dict[str, st.SearchStrategy[Any]] = {name: values(field) for name, field in kind.declared.items()}
    for name, family in kind.nested.items():
        # A sum of losses holds no other sum.
        one = st.sampled_from([other for other in family.kinds.values() if other is not kind]).flatmap(specs)
        settings[name] = st.lists(one, max_size=3).map(tuple) if isinstance(kind.usual.get(name), tuple) else one
    return st.builds(kind, **settings)


def every(family: type[Spec]) -> list[type[Any]]:
    """All kinds of a family, for a test to be repeated over."""
    return list(family.kinds.values())
