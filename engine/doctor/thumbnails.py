"""Images made small: to find those that are nearly the same, and to tell classes apart without a network."""

import numpy as np

SIDE = 16
COARSE = 4
NEAR = 10
"""Of 255: how far each of the 16 × 16 grey values of two images may differ that count as nearly the same."""
LEAST_CONTRAST = 12
"""Of 255: a deviation below which an image shows too little to be compared."""
MOST_PAIRS = 200_000
BATCH = 512


def grey(images: np.ndarray) -> np.ndarray:
    """N × height × width, float32, of N × channels × height × width."""
    return images[:, :3].mean(axis=1, dtype=np.float32)


def shrunk(images: np.ndarray, side: int) -> np.ndarray:
    """Means over a grid of ``side`` × ``side`` fields, of N × … × height × width; what is smaller is repeated."""
    for axis in (-2, -1):
        size = images.shape[axis]
        edges = np.linspace(0, size, side + 1)
        low = np.minimum(edges[:-1].astype(int), size - 1)
        high = np.maximum(np.ceil(edges[1:]).astype(int), low + 1)
        total = np.insert(np.cumsum(images, axis=axis, dtype=np.float64), 0, 0, axis=axis)
        counts = (high - low).reshape((-1,) + (1,) * (-1 - axis))
        images = (np.take(total, high, axis=axis) - np.take(total, low, axis=axis)) / counts
    return images.astype(np.float32)


def near_pairs(images: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Pairs (P × 2) of places in ``rows`` whose images are nearly the same, smaller or brighter by next to nothing."""
    from scipy.spatial import KDTree

    small = np.concatenate(
        [shrunk(grey(images[rows[start : start + BATCH]]), SIDE) for start in range(0, len(rows), BATCH)]
    )
    telling = np.flatnonzero(small.std(axis=(1, 2)) >= LEAST_CONTRAST)
    small = small[telling]
    if len(small) < 2:
        return np.empty((0, 2), int)
    coarse = shrunk(small, COARSE).reshape(len(small), -1)
    pairs = KDTree(coarse).query_pairs(NEAR / 2, p=np.inf, output_type="ndarray")[:MOST_PAIRS]
    near = [
        np.abs(small[some[:, 0]] - small[some[:, 1]]).max(axis=(1, 2)) <= NEAR
        for some in (pairs[start : start + BATCH] for start in range(0, len(pairs), BATCH))
    ]
    return telling[pairs[np.concatenate(near)]] if near else pairs


def described(images: np.ndarray) -> np.ndarray:
    """What tells classes of images apart: the colours, whole and in the middle, and the directions of edges (N × D)."""
    return np.concatenate(
        [_described(images[start : start + BATCH]) for start in range(0, len(images), BATCH)], dtype=np.float32
    )


def _described(images: np.ndarray) -> np.ndarray:
    small = shrunk(images[:, :3], 64 if min(images.shape[2:]) >= 64 else 32) / 255
    edges = _edges(small.mean(axis=1), 4)
    if images.shape[1] < 3:
        return np.concatenate([edges, shrunk(small[:, 0], 8).reshape(len(small), -1)], axis=1)
    middle = small[:, :, small.shape[2] // 4 : -(small.shape[2] // 4), small.shape[3] // 4 : -(small.shape[3] // 4)]
    return np.concatenate([edges, _colours(small), _colours(middle)], axis=1)


HUES, TONES, BRIGHTNESSES = 8, 3, 3


def _colours(images: np.ndarray) -> np.ndarray:
    """The square roots of the shares of each hue, saturation and brightness."""
    red, green, blue = images[:, 0], images[:, 1], images[:, 2]
    value = images.max(axis=1)
    chroma = value - images.min(axis=1) + 1e-8
    hue = np.where(
        value == red,
        ((green - blue) / chroma) % 6,
        np.where(value == green, (blue - red) / chroma + 2, (red - green) / chroma + 4),
    )
    fields = [
        _field(hue / 6, HUES) * TONES * BRIGHTNESSES,
        _field(chroma / (value + 1e-8), TONES) * BRIGHTNESSES,
        _field(value, BRIGHTNESSES),
    ]
    kinds = HUES * TONES * BRIGHTNESSES
    number = (np.arange(len(images))[:, None, None] * kinds + sum(fields)).ravel()
    counts = np.bincount(number, minlength=len(images) * kinds).reshape(len(images), kinds)
    return np.sqrt(counts / counts[0].sum())


def _field(values: np.ndarray, count: int) -> np.ndarray:
    return np.clip((values * count).astype(int), 0, count - 1)


DIRECTIONS = 8


def _edges(images: np.ndarray, cells: int) -> np.ndarray:
    """How strong edges of each direction are in each of ``cells`` × ``cells`` fields of N × side × side images."""
    down, across = np.zeros_like(images), np.zeros_like(images)
    down[:, 1:-1] = images[:, 2:] - images[:, :-2]
    across[:, :, 1:-1] = images[:, :, 2:] - images[:, :, :-2]
    strength = np.hypot(down, across)
    direction = _field((np.arctan2(down, across) % np.pi) / np.pi, DIRECTIONS)
    fields = np.stack([shrunk(strength * (direction == number), cells) for number in range(DIRECTIONS)], axis=-1)
    # Sums of the strengths in a field, so that a lonely faint edge stays faint beside what softens the length.
    fields *= (images.shape[-1] / cells) ** 2
    length = np.sqrt((fields**2).sum(axis=-1, keepdims=True) + 1e-2)
    return (fields / length).reshape(len(images), -1)
