"""What steps do to samples, in torch: `engine.steps.fitted` says the same in NumPy, and a test compares the two.

Each is a function by itself, so that exported source and exported networks can hold it.
"""

import torch


def fill_missing(x: torch.Tensor, values: dict[int, float]) -> torch.Tensor:
    """Columns whose missing values (NaN or infinite) become these, by their places."""
    wide = torch.tensor([values.get(n, float("nan")) for n in range(x.shape[1])])
    wide = wide.to(x.device)
    return torch.where(torch.isfinite(x) | torch.isnan(wide), x, wide)


def scale_columns(
    x: torch.Tensor,
    scales: dict[int, tuple[float, float]],
) -> torch.Tensor:
    """Columns that become (value - offset) / scale, by their places."""
    wide = torch.tensor([scales.get(n, (0.0, 1.0)) for n in range(x.shape[1])])
    offset, scale = wide.to(x.device).T
    return (x - offset) / scale


def bend_columns(x: torch.Tensor, places: list[int]) -> torch.Tensor:
    """Columns that become sign(value) * ln(1 + |value|)."""
    bent = torch.tensor([n in places for n in range(x.shape[1])])
    return torch.where(bent.to(x.device), torch.sign(x) * torch.log1p(x.abs()), x)


def clip_columns(
    x: torch.Tensor,
    limits: dict[int, tuple[float, float]],
) -> torch.Tensor:
    """Columns whose values are kept between two limits each, by their places."""
    anything = (float("-inf"), float("inf"))
    wide = torch.tensor([limits.get(n, anything) for n in range(x.shape[1])])
    low, high = wide.to(x.device).T
    return torch.minimum(torch.maximum(x, low), high)


def bin_columns(x: torch.Tensor, edges: dict[int, list[float]]) -> torch.Tensor:
    """Columns that become the number of their bin: how many of its edges they reach."""
    columns: list[torch.Tensor] = []
    for n in range(x.shape[1]):
        column = x[:, n : n + 1]
        if edges.get(n):
            begin = torch.tensor(edges[n]).to(x.device)
            reached = (column >= begin).float().sum(1, keepdim=True)
            column = torch.where(torch.isnan(column), column, reached)
        elif n in edges:
            column = column * 0
        columns.append(column)
    return torch.cat(columns, 1)


def forget_categories(x: torch.Tensor, unseen: dict[int, list[int]]) -> torch.Tensor:
    """Categories that no training sample had count as not known, by the places of their columns."""
    columns: list[torch.Tensor] = []
    for n in range(x.shape[1]):
        column = x[:, n : n + 1]
        if unseen.get(n):
            strange = torch.tensor(unseen[n]).to(x.device)
            is_strange = (column == strange).any(1, keepdim=True)
            column = torch.where(is_strange, torch.full_like(column, -1.0), column)
        columns.append(column)
    return torch.cat(columns, 1)


def one_hot_columns(x: torch.Tensor, counts: dict[int, int]) -> torch.Tensor:
    """Categories that become a column each; what is not known is 0 in all of them."""
    columns: list[torch.Tensor] = []
    for n in range(x.shape[1]):
        column = x[:, n : n + 1]
        if n in counts:
            column = (column == torch.arange(counts[n]).to(x.device)).float()
        columns.append(column)
    return torch.cat(columns, 1)


def number_categories(x: torch.Tensor, counts: dict[int, int]) -> torch.Tensor:
    """Categories as whole numbers; all that is missing or not known has the last."""
    wide = [float(counts.get(n, "nan")) for n in range(x.shape[1])]
    last = torch.tensor(wide).to(x.device)
    return torch.where(torch.isnan(last) | ((x >= 0) & (x < last)), x, last)


def keep_columns(x: torch.Tensor, places: list[int]) -> torch.Tensor:
    """Columns that stay."""
    return x[:, places]


def scale_images(
    x: torch.Tensor,
    offsets: list[float],
    scales: list[float],
) -> torch.Tensor:
    """Images whose channels become (value - offset) / scale."""
    wide = torch.tensor([offsets, scales]).reshape(2, -1, 1, 1)
    offset, scale = wide.to(x.device)
    return (x - offset) / scale


def resize_images(
    x: torch.Tensor,
    height: int,
    width: int,
    whole: bool,
) -> torch.Tensor:
    """Images of another size, smoothly; pixels that are whole numbers stay so."""
    for axis, after in ((2, height), (3, width)):
        step = x.shape[axis] / after
        centres = (torch.arange(after, dtype=torch.float64) + 0.5) * step
        pixels = torch.arange(x.shape[axis], dtype=torch.float64) + 0.5
        distance = (pixels - centres[:, None]).abs() / max(step, 1.0)
        weights = (1 - distance).clamp(min=0)
        weights = (weights / weights.sum(1, keepdim=True)).float().to(x.device)
        x = weights @ x if axis == 2 else x @ weights.T
    return x.round().clamp(0, 255) if whole else x


def grey_images(x: torch.Tensor, whole: bool) -> torch.Tensor:
    """Images in grey, as bright as red, green and blue look."""
    grey = 0.299 * x[:, 0:1] + 0.587 * x[:, 1:2] + 0.114 * x[:, 2:3]
    return grey.round().clamp(0, 255) if whole else grey
