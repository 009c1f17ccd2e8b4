"""Optimizers of our own, made of torch's."""

import torch


class MuonWithAdamW(torch.optim.Optimizer):
    """Muon for the weights that are matrices, AdamW for all others, at one learning rate."""

    def __init__(
        self,
        params: list[torch.Tensor] | list[dict[str, object]],
        lr: float = 0.001,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        betas: tuple[float, float] = (0.9, 0.95),
    ) -> None:
        # Muon then moves weights as far as AdamW would, so that both can share a learning rate.
        adjusted = {"adjust_lr_fn": "match_rms_adamw"}
        usual = {"lr": lr, "weight_decay": weight_decay, "momentum": momentum, "betas": betas}
        super().__init__(params, usual | adjusted)
        whole = self.param_groups
        self.param_groups = [
            {**group, "params": weights, "is_matrix": is_matrix}
            for group in whole
            for is_matrix in (True, False)
            if (weights := [each for each in group["params"] if (each.ndim == 2) is is_matrix])
        ]
        self.share()

    def share(self) -> None:
        """Lets both work on these very groups, and remember in one place."""
        matrices = [group for group in self.param_groups if group["is_matrix"]]
        others = [group for group in self.param_groups if not group["is_matrix"]]
        self.parts: list[torch.optim.Optimizer] = []
        if matrices:
            self.parts.append(torch.optim.Muon(matrices))
        if others:
            self.parts.append(torch.optim.AdamW(others, fused=True))
        for part in self.parts:
            part.state = self.state

    def __setstate__(self, state: dict[str, object]) -> None:
        super().__setstate__(state)
        self.share()

    def step(self, closure: None = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """One step of both, which take no closure."""
        del closure
        for part in self.parts:
            part.step()
