"""How the order of an epoch is cut into batches, anew where the batch size changes within it."""

from typing import NamedTuple


class Batches(NamedTuple):
    """The places of an epoch's order from ``begins`` on, ``size`` of them at a time.

    Where only ``held`` samples are at hand at once (0: all are), no batch reaches beyond them: the last is shorter.
    With ``spares_one`` a last batch of a single sample is left out, unless it is the only one.
    """

    samples: int
    size: int
    begins: int = 0
    held: int = 0
    spares_one: bool = False

    @property
    def left_out(self) -> int:
        """1 where a last sample is left out, else 0."""
        last = self.span(self._count - 1) if self._count else (0, 0)
        return int(self.spares_one and last[1] - last[0] == 1 and last[0] > 0)

    @property
    def length(self) -> int:
        """How many batches there are."""
        return self._count - self.left_out

    def span(self, number: int) -> tuple[int, int]:
        """The first place of a batch, and the one after its last."""
        first = -(-(self._first_end - self.begins) // self.size)
        if number < first or not self.held:
            start = self.begins + number * self.size
            return start, min(start + self.size, self._first_end)
        block, within = divmod(number - first, -(-self.held // self.size))
        start = self._first_end + block * self.held + within * self.size
        return start, min(start + self.size, self._first_end + (block + 1) * self.held, self.samples)

    @property
    def _first_end(self) -> int:
        """Where the first samples end that are at hand at once."""
        return min(self.samples, (self.begins // self.held + 1) * self.held) if self.held else self.samples

    @property
    def _count(self) -> int:
        first = -(-(self._first_end - self.begins) // self.size)
        blocks, rest = divmod(self.samples - self._first_end, self.held) if self.held else (0, 0)
        return first + blocks * -(-self.held // self.size) + -(-rest // self.size)
