"""Scaling: ``(value − offset) / scale``, and how it is found from samples."""

import msgspec
import numpy as np

SLICE = 1024


class Scaling(msgspec.Struct, frozen=True):
    """``(value − offset) / scale``, per channel or per feature; one number each stands for all."""

    offset: tuple[float, ...] = (0.0,)
    scale: tuple[float, ...] = (1.0,)

    @property
    def is_identity(self) -> bool:
        """Whether it leaves every value as it is."""
        return set(self.offset) == {0.0} and set(self.scale) == {1.0}

    def arrays(self, rank: int) -> tuple[np.ndarray, np.ndarray]:
        """Offset and scale as float32, shaped to broadcast over a batch of samples of this rank."""
        trailing = (1,) * (rank - 1)
        return (
            np.asarray(self.offset, np.float32).reshape(-1, *trailing),
            np.asarray(self.scale, np.float32).reshape(-1, *trailing),
        )

    def apply(self, values: np.ndarray) -> np.ndarray:
        """The batch (N × shape) scaled, as float32."""
        offset, scale = self.arrays(values.ndim - 1)
        return (values.astype(np.float32) - offset) / scale

    def undo(self, values: np.ndarray) -> np.ndarray:
        """The batch (N × shape) as it was before scaling."""
        offset, scale = self.arrays(values.ndim - 1)
        return values * scale + offset


def standard(values: np.ndarray) -> Scaling:
    """To mean 0 and deviation 1, per channel or feature of N × shape."""
    axes = _all_but_channels(values)
    mean = values.mean(axis=axes, dtype=np.float64)
    centre = mean.reshape(-1, *[1] * (values.ndim - 2))
    # In slices: the squares of all of MNIST at once would take 400 MB.
    squares = sum(
        np.square(values[start : start + SLICE] - centre).sum(axis=axes) for start in range(0, len(values), SLICE)
    )
    deviation = np.sqrt(squares * len(mean) / values.size)
    return Scaling(tuple(mean.tolist()), divisors(deviation))


def from_zero_to_one(values: np.ndarray) -> Scaling:
    """To 0 … 1, per channel or feature of N × shape."""
    axes = _all_but_channels(values)
    lowest = values.min(axis=axes).astype(np.float64)
    return Scaling(tuple(lowest.tolist()), divisors(values.max(axis=axes) - lowest))


def divisors(scale: np.ndarray) -> tuple[float, ...]:
    """What to divide by: what never changes is only moved, as there is nothing to divide by."""
    return tuple(float(value) or 1.0 for value in scale)


def _all_but_channels(values: np.ndarray) -> tuple[int, ...]:
    return tuple(axis for axis in range(values.ndim) if axis != 1)
