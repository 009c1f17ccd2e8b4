"""What is done with sequences of symbols, of which nobody says where in the input each stands (Graves et al. 2006).

Such a sequence is N × L symbol numbers; behind its last symbol stands -100. A network answers with N × C × steps: a
score for each symbol and for none, the “blank”, which is number 0 or the last.
"""

import torch
from torch import nn


class CTC(nn.Module):
    """Connectionist temporal classification: how unlikely the sequences are, over all
    ways in which the steps may spell them, each divided by its length.

    Values are N × C × steps, targets N × L. The blank is “first” or “last”. A sequence
    that the steps are too few for is infinitely unlikely; with ``zero_infinity`` it is
    passed over.
    """

    def __init__(self, blank: str = "first", zero_infinity: bool = False) -> None:
        super().__init__()
        self.blank = blank
        self.zero_infinity = zero_infinity

    def forward(self, values: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        strict = torch.are_deterministic_algorithms_enabled()
        if values.device.type == "mps" or (values.is_cuda and strict):
            # There it is not to be had, or not twice the same.
            values, targets = values.cpu(), targets.cpu()
        scores = values.float().log_softmax(1).permute(2, 0, 1)
        steps = torch.full((len(targets),), len(scores), device=values.device)
        first = self.blank == "first"
        return nn.functional.ctc_loss(
            scores,
            targets.clamp(min=0) + (1 if first else 0),
            steps,
            (targets >= 0).sum(1),
            blank=0 if first else values.shape[1] - 1,
            zero_infinity=self.zero_infinity,
        )

    def extra_repr(self) -> str:
        return f"blank={self.blank}, zero_infinity={self.zero_infinity}"


def spelled(values: torch.Tensor, blank: str = "first") -> torch.Tensor:
    """The sequences (N × steps, filled up with -100) that scores (N × C × steps) spell:
    the best at each step, each run of the same once, less the blanks.
    """
    best = values.argmax(1)
    number = 0 if blank == "first" else values.shape[1] - 1
    before = nn.functional.pad(best[:, :-1], (1, 0), value=-1)
    kept = (best != number) & (best != before)
    # What is not kept goes into one column more, which is then cut off.
    columns = (kept.cumsum(1) - 1).masked_fill(~kept, best.shape[1])
    filled = best.new_full((len(best), best.shape[1] + 1), -100)
    symbols = best - (1 if blank == "first" else 0)
    return filled.scatter_(1, columns, symbols)[:, :-1]


def are_same(some: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """Whether sequences, filled up with -100 to any length, are the same: N."""
    shared = min(some.shape[1], others.shape[1])
    rest = (some[:, shared:] < 0).all(1) & (others[:, shared:] < 0).all(1)
    return (some[:, :shared] == others[:, :shared]).all(1) & rest


def edits(some: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """How many symbols must be put in, taken out or changed to make of each sequence
    the other (Levenshtein 1966), of all samples at once: N.
    """
    lengths, wanted = (some >= 0).sum(1), (others >= 0).sum(1)
    columns = torch.arange(others.shape[1] + 1, device=some.device)
    row = columns.expand(len(some), -1)
    for place in range(some.shape[1]):
        changed = row[:, :-1] + (some[:, place, None] != others)
        least = torch.cat((row[:, :1] + 1, torch.minimum(row[:, 1:] + 1, changed)), 1)
        # Putting in symbols costs one for each column that lies between.
        least = (least - columns).cummin(1).values + columns
        row = torch.where((place < lengths)[:, None], least, row)
    return row.gather(1, wanted[:, None])[:, 0]


class SymbolErrors(nn.Module):
    """The edits that answers need to become the true sequences, of all symbols that
    these have: the character error rate.
    """

    edits: torch.Tensor
    symbols: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("edits", torch.zeros((), dtype=torch.long))
        self.register_buffer("symbols", torch.zeros((), dtype=torch.long))

    def update(self, answers: torch.Tensor, targets: torch.Tensor) -> None:
        """More answers, and what is true of them."""
        self.edits += edits(answers, targets).sum()
        self.symbols += (targets >= 0).sum()

    def compute(self) -> torch.Tensor:
        """What all so far come to."""
        return self.edits / self.symbols
