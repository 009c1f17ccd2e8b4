"""Which samples an epoch sees, and in which order."""

import torch


def balanced(labels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Rows in an order at random, as many as there are labels, in which each class is
    as frequent.

    Samples of a rare class come again and again, each about as often as the others; of
    a frequent one only some come.
    """
    counts = labels.unique(return_counts=True)[1].tolist()
    wanted = -(-len(labels) // len(counts))
    drawn: list[torch.Tensor] = []
    for rows in labels.argsort(stable=True).split(counts):
        rest = torch.randperm(len(rows), generator=generator)[: wanted % len(rows)]
        drawn += [rows.repeat(wanted // len(rows)), rows[rest]]
    order = torch.randperm(wanted * len(counts), generator=generator)
    return torch.cat(drawn)[order[: len(labels)]]
