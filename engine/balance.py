"""What is done for rare classes, and which choices for the training samples do not suit a project. Needs no torch."""

from collections.abc import Iterator

import numpy as np

from engine.augmentation import Mixing
from engine.call import Call, call
from engine.datasets import Samples
from engine.datasets.dataset import are_labels, class_counts
from engine.ends import Answer, answers_of, terms_of
from engine.project import Project
from engine.report import ChangeSetting, LeaveOut, Problem

CROSS_ENTROPY = "Use cross-entropy"


def class_weights(samples: Samples, classes: int) -> tuple[float, ...]:
    """How much an error at each class counts: n / (k · n_c), which is 1 where all of the k classes are as frequent.

    n counts the samples, or their places, and n_c those of a class. A class that never occurs counts 1. Source: King
    and Zeng 2001, as scikit-learn's ``class_weight="balanced"`` has it.

    Of labels it is how much a yes counts, as often as there is a no for each yes; 1 where there is no other answer.
    """
    counts = class_counts(samples.targets, classes)
    if are_labels(samples.targets):
        weights, known = (len(samples) - counts) / np.maximum(counts, 1), (counts > 0) & (counts < len(samples))
    else:
        weights, known = counts.sum() / (np.count_nonzero(counts) * np.maximum(counts, 1)), counts > 0
    # No more digits than people read: exported source prints them.
    return tuple(float(f"{weight:.6g}") for weight in np.where(known, weights, 1.0))


def weighted(project: Project, answer: Answer, outputs: int, weights: tuple[float, ...]) -> Call:
    """The module that compares an answer with its target, with these weights; without, and where the loss has none, as
    it is. Where some places have no class, it is that of the others. ``outputs`` is how many values the network gives
    for each sample, or place.
    """
    dataset, loss = project.data.dataset, answer.loss
    # A loss that cannot tell of each place is given those that count one by one, like samples.
    places = 0 if dataset.ignores and not loss.tells_each else len(dataset.places)
    made = (loss.weighted(weights, outputs, places) if weights else None) or loss.function()
    if dataset.ignores:
        return loss.of_known(made)
    return call("modules.EachPlace", made) if loss.of_rows and len(dataset.answer_shape) > 1 else made


def unsuitable(project: Project) -> Iterator[Problem]:
    """Augmentations and balances that the data, or the losses, have no use for."""
    for number, augmentation in enumerate(project.data.augmentation):
        refusal = augmentation.refuses(project.data.dataset, project.data.shape)
        if not refusal and isinstance(augmentation, Mixing):
            refusal = _unmixable(project, augmentation.title)
        if refusal:
            fix = LeaveOut("augmentation", number, f"Leave out {augmentation.title}")
            yield Problem(refusal, fix=fix, rule="augmentation")
    yield from _unbalanced(project)


def _unmixable(project: Project, title: str) -> str:
    task = project.data.dataset.task
    for _, term in terms_of(project):
        if not term.loss.takes_shares(task):
            whole = "a yes or no to each label" if task == "multilabel" else "one class for each sample"
            return f"{title} asks for shares of several classes, but {term.loss.title} takes {whole}."
    return ""


def _unbalanced(project: Project) -> Iterator[Problem]:
    data = project.data
    if data.balance == "none":
        return
    if data.dataset.task == "regression":
        words = f"{data.dataset.title} asks for numbers, so there are no classes to balance."
        yield Problem(words, fix=ChangeSetting("data.balance", "none", "Balance nothing"), rule="balance")
    elif data.dataset.task == "transcription":
        words = f"{data.dataset.title} asks for sequences of symbols, so there are no classes to balance."
        yield Problem(words, fix=ChangeSetting("data.balance", "none", "Balance nothing"), rule="balance")
    elif data.balance == "balanced sampling" and (data.dataset.places or data.dataset.task == "multilabel"):
        several = "holds many classes" if data.dataset.places else "may have several labels"
        words = f"A sample of {data.dataset.title} {several}, so none can be drawn more often."
        fix = ChangeSetting("data.balance", "class weights", "Use class weights")
        yield Problem(words, fix=fix, rule="balance")
    elif data.balance == "class weights":
        probe = (1.0,) * len(data.dataset.classes)
        for answer in answers_of(project):
            losses = [loss for _, loss in answer.loss.terms()]
            weighs = (loss.weighted(probe, len(probe), len(data.dataset.places)) for loss in losses)
            if len(probe) > 1 and losses and not any(weighs):
                words = f"{answer.loss.title} has no weights for classes."
                yield Problem(words, fix=_balanced_otherwise(project), rule="balance")
                return


def _balanced_otherwise(project: Project) -> ChangeSetting:
    if project.data.dataset.places:
        return ChangeSetting("training.loss", "CrossEntropy", CROSS_ENTROPY)
    if project.data.dataset.task == "multilabel":
        return ChangeSetting("training.loss", "BinaryCrossEntropy", "Use binary cross-entropy")
    return ChangeSetting("data.balance", "balanced sampling", "Use balanced sampling")
