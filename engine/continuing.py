"""How a network that learned what comes next goes on with a text, token by token."""

from typing import Self

import msgspec
import numpy as np
import torch

from engine.build import Network
from engine.datasets.dataset import Asked
from engine.datasets.text.beginning import window
from engine.datasets.text.vocabulary import Vocabulary
from engine.datasets.text.windows import NextToken
from engine.errors import DataError
from engine.preprocessing import Preprocessing
from engine.project import Project
from engine.scoring import probabilities

MOST = 10_000
"""Tokens that a text is gone on with, at most."""
SEED = 0


class Continuation(msgspec.Struct, frozen=True):
    """A network, its project and the tokens that it knows."""

    network: Network
    project: Project
    preprocessing: Preprocessing
    vocabulary: Vocabulary

    @classmethod
    def of(cls, network: Network, project: Project, preprocessing: Preprocessing) -> Self:
        """Raises `DataError` where the network did not learn what comes next in a text."""
        dataset = project.data.dataset
        if not isinstance(dataset, NextToken):
            raise DataError(
                f"This network cannot go on with a text: it learned from {dataset.title}.",
                expected="Only one that learned what comes next in a text can.",
                fix="Ask it without going on.",
            )
        return cls(network, project, preprocessing, dataset.vocabulary)

    def after(self, asked: Asked, tokens: int) -> str:
        """The text that follows, so many tokens long, each drawn as likely as the network finds it; the same each time.

        Raises `DataError`.
        """
        if not 0 < tokens <= MOST:
            raise DataError(f"A text cannot be gone on with for {tokens:,} tokens.", expected=f"From 1 to {MOST:,}.")
        if asked.place is None:
            raise DataError(f"{asked.name} is no text to go on with.", fix="Write the beginning of a text.")
        draws = np.random.default_rng(SEED)
        numbers = asked.values[: asked.place + 1].astype(np.int64).tolist()
        first = len(numbers)
        for _ in range(tokens):
            shares = self._shares(np.array(numbers[-len(asked.values) :]), len(asked.values))
            numbers.append(int(draws.choice(len(shares), p=shares)))
        return self.vocabulary.text(numbers[first:])

    def _shares(self, numbers: np.ndarray, steps: int) -> np.ndarray:
        """How likely each token is to come next."""
        scaled = self.preprocessing.apply(window(numbers, steps)[None])
        with torch.inference_mode():
            answer = probabilities(self.project, self.network(torch.from_numpy(scaled)))[0]
        shares = answer[:, len(numbers) - 1].numpy().astype(np.float64)
        shares = np.clip(np.nan_to_num(shares), 0, None)
        return shares / shares.sum() if shares.sum() else np.full(len(shares), 1 / len(shares))
