"""Doubts: a network that trains, but not as well as it could. One small function per rule, all in one table.

A rule looks at a `Design` and yields what it finds. Nothing here needs torch. A well-known network, drawn as its
authors did, raises no doubt; where a rule needs a limit, the limit and its reason stand beside the rule.
"""

from collections.abc import Callable, Iterator, Mapping

from msgspec.structs import replace

from engine.doubts import answer, entering, images, learning, sequence
from engine.doubts.design import Design
from engine.project import Project
from engine.report import NodeReport, Problem

Rule = Callable[[Design], Iterator[Problem]]


def _at_each_output(rule: Rule) -> Rule:
    """The rule for everything that leaves the network, auxiliary or not."""
    return lambda design: (problem for seen in design.at_each_output() for problem in rule(seen))


OF_THE_DRAWING: dict[str, Rule] = {
    "leads-nowhere": sequence.leads_nowhere,
    "no-nonlinearity": sequence.no_nonlinearity,
    "bias-before-norm": sequence.bias_before_norm,
    "softmax-twice": sequence.softmax_twice,
    "softmax-inside": sequence.softmax_inside,
    "activation-twice": sequence.activation_twice,
    "dropout-twice": sequence.dropout_twice,
    "norm-twice": sequence.norm_twice,
    "dropout-before-norm": sequence.dropout_before_norm,
    "strong-dropout": sequence.strong_dropout,
    "saturating-stack": sequence.saturating_stack,
    "bottleneck-of-one": sequence.bottleneck_of_one,
    "norm-of-one-value": sequence.norm_of_one_value,
    "receptive-field": images.small_receptive_field,
    "pooling-drops-rows": images.pooling_drops_rows,
    "skipped-pixels": images.skipped_pixels,
    "dropout-before-output": _at_each_output(answer.dropout_before_output),
    "inputs-alike": entering.inputs_alike,
    "unused-part": entering.unused_part,
    "norm-before-output": _at_each_output(answer.norm_before_output),
}
"""What can be said of the layers alone."""

OF_THE_DATA: dict[str, Rule] = {
    "learning-rate-zero": learning.learning_rate_zero,
    "learning-rate-high": learning.learning_rate_high,
    "learning-rate-low": learning.learning_rate_low,
    "warmup-long": learning.warmup_long,
    "batch-larger-than-data": learning.batch_larger_than_data,
    "category-as-number": entering.category_as_number,
    "small-batch-norm": learning.small_batch_norm,
    "larger-than-data": learning.larger_than_data,
    "embedding-as-answer": answer.embedding_as_answer,
    "watches-nothing": learning.watches_nothing,
    "softmax-over-numbers": _at_each_output(answer.softmax_over_numbers),
    "softmax-of-one-value": answer.softmax_of_one_value,
    "activation-against-loss": _at_each_output(answer.activation_against_loss),
    "hidden-activation": _at_each_output(answer.hidden_activation),
    "activation-in-block": _at_each_output(answer.activation_in_block),
    "bounded-answer": _at_each_output(answer.bounded_answer),
    "bounded-scores": _at_each_output(answer.bounded_scores),
}
"""What can be said only where the data are known: their task, their classes, how many there are."""

RULES: dict[str, Rule] = OF_THE_DRAWING | OF_THE_DATA

_OF_THE_ENDS = frozenset(
    {
        *("receptive-field", "bottleneck-of-one", "dropout-before-output", "norm-before-output"),
        *("inputs-alike", "unused-part"),
    }
)
OF_A_BLOCK: dict[str, Rule] = {name: rule for name, rule in OF_THE_DRAWING.items() if name not in _OF_THE_ENDS}
"""What can be said inside a block, whose end is not that of the network."""


def doubts(project: Project, nodes: Mapping[str, NodeReport], rules: Mapping[str, Rule] = RULES) -> Iterator[Problem]:
    """What the rules find. ``nodes`` is what is known of each node. Raises `DataError` with unreadable data."""
    design = Design(project, nodes)
    for name, rule in rules.items():
        for problem in rule(design):
            yield replace(problem, rule=name)
