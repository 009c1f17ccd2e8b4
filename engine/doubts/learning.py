"""Steps, batches and the amount of data: what suits this network, and what hardly can."""

import math
from collections.abc import Iterator

from engine.advice import step_samples, training_samples, training_samples_in_words
from engine.chosen_metrics import unknown_watches
from engine.datasets import RandomImages
from engine.doubts.design import Design, doubt
from engine.layers import BatchNorm
from engine.optimizers import LBFGS, SGD, Adadelta, GradientDescent, Momentum, Optimizer
from engine.report import ChangeSetting, Fix, Problem
from engine.training import Training

LARGEST_STEP = 0.3
"""For optimizers that divide by the gradient's size: each weight moves by about the learning rate, and weights are
mostly far below 1."""

LARGEST_SUM_OF_STEPS = 10
"""For plain descent, momentum's past steps counted: tiny networks in textbooks go so far, others long before not."""

SMALLEST_SHARE = 1e-4
"""Of what is usual for the optimizer. Fine-tuning takes a hundredth."""

MOST_WARMUP = 0.5
"""Of the planned steps. Transformers are warmed up for a twentieth of theirs and less."""

LEAST_FOR_STATISTICS = 8
"""With fewer values the mean and variance of a channel are mostly chance (Wu and He, 2018, fig. 1)."""

LARGE_NETWORK = 100_000
MOST_PER_TARGET = 500
"""Weights for every number to be learned. ResNet-18 on CIFAR-10 has 25, VGG-16 with its 134 million has 300."""


def learning_rate_zero(design: Design) -> Iterator[Problem]:
    """Steps of no length."""
    if _rate(design) == 0:
        yield doubt("The learning rate is 0, so nothing will be learned.", fix=_usual_rate(design))


def watches_nothing(design: Design) -> Iterator[Problem]:
    """Rules that watch a metric which is never measured."""
    yield from unknown_watches(design.project)


def learning_rate_high(design: Design) -> Iterator[Problem]:
    """Steps so large that they can hardly settle."""
    optimizer = design.project.training.optimizer
    # Adadelta and L-BFGS set the size of their steps themselves, and multiply it by the learning rate.
    plain = isinstance(optimizer, SGD | GradientDescent | Momentum | Adadelta | LBFGS)
    kept = optimizer.momentum if isinstance(optimizer, Momentum) else 0
    most = LARGEST_SUM_OF_STEPS * (1 - kept) if plain else LARGEST_STEP
    if optimizer.learning_rate > most * (1 + 1e-9):
        words = (
            f"A learning rate of {optimizer.learning_rate:g} is very high for {optimizer.title}. Its steps are likely "
            f"to jump over every minimum and never settle; {_usual(optimizer):g} is usual."
        )
        yield doubt(words, fix=_usual_rate(design))


def learning_rate_low(design: Design) -> Iterator[Problem]:
    """Steps so small that training would end before it began."""
    optimizer = design.project.training.optimizer
    if 0 < optimizer.learning_rate < SMALLEST_SHARE * _usual(optimizer):
        words = (
            f"A learning rate of {optimizer.learning_rate:g} is very low for {optimizer.title}. The weights hardly "
            f"move in {design.project.training.epochs:,} epochs; {_usual(optimizer):g} is usual."
        )
        yield doubt(words, fix=_usual_rate(design))


def warmup_long(design: Design) -> Iterator[Problem]:
    """A rise that is not over before the training is."""
    training = design.project.training
    warmup = getattr(training.schedule, "warmup", 0)
    per_epoch = -(-training_samples(design.project.data) // max(1, step_samples(design.project)))
    steps = training.epochs * per_epoch
    if warmup > MOST_WARMUP * steps:
        usual = max(1, steps // 20)
        words = (
            f"The learning rate rises for {warmup:,} of {steps:,} steps, so hardly any are at the rate that was chosen."
        )
        yield doubt(words, fix=ChangeSetting("training.schedule.warmup", usual, f"Warm up for {usual:,} steps"))


def _rate(design: Design) -> float:
    return design.project.training.optimizer.learning_rate


def _usual(optimizer: Optimizer) -> float:
    return type(optimizer)().learning_rate


def _usual_rate(design: Design) -> Fix:
    usual = _usual(design.project.training.optimizer)
    return ChangeSetting("training.optimizer.learning_rate", usual, f"Set the learning rate to {usual:g}")


def batch_larger_than_data(design: Design) -> Iterator[Problem]:
    """A batch that cannot be filled."""
    size, available = design.project.training.batch_size, training_samples(design.project.data)
    if size <= available or design.project.training.optimizer.whole_set:
        return
    samples = training_samples_in_words(design.project.data)
    words = f"A batch of {size:,} is larger than the {samples} training samples, so each step takes all of them."
    yield doubt(words, fix=ChangeSetting("training.batch_size", available, f"Set the batch size to {available:,}"))


def small_batch_norm(design: Design) -> Iterator[Problem]:
    """Batch normalisation whose statistics rest on a handful of values."""
    samples = step_samples(design.project)
    for node in design.of_kind(BatchNorm):
        shape = design.entering(node.id)
        if shape is None:
            continue
        each = math.prod(shape[1:])
        if 1 < samples * each < LEAST_FOR_STATISTICS:
            words = (
                f"{node.id} takes its mean and spread from {samples * each} values. With so few they are mostly chance "
                "and shake every step; use a larger batch, or LayerNorm."
            )
            yield doubt(words, node.id, _larger_batch(design, math.ceil(LEAST_FOR_STATISTICS / each)))


def _larger_batch(design: Design, least: int) -> Fix | None:
    usual = min(Training.declared["batch_size"].default, training_samples(design.project.data))
    if usual < least or design.project.training.optimizer.whole_set:
        return None
    return ChangeSetting("training.batch_size", usual, f"Set the batch size to {usual:,}")


def larger_than_data(design: Design) -> Iterator[Problem]:
    """So many weights that they could hold every sample by heart many times over."""
    dataset = design.project.data.dataset
    if isinstance(dataset, RandomImages):
        # They stand in for others, of which there will be another number.
        return
    learning = [design.nodes[node.id] for node in design.network.nodes]
    parameters = sum(node.trainable_parameters for node in learning)
    samples = training_samples(design.project.data)
    answers = math.prod(dataset.answer_shape)
    if parameters <= max(LARGE_NETWORK, MOST_PER_TARGET * samples * answers):
        return
    largest = max(learning, key=lambda node: node.trainable_parameters)
    told = training_samples_in_words(design.project.data)
    words = (
        f"The network has {parameters:,} weights for {told} training samples. That is {parameters // samples:,} "
        "for each sample, so it can learn them by heart instead of what they have in common; make it smaller, most of "
        f"all {largest.id}, or use more data."
    )
    yield doubt(words, largest.id)
