"""Several losses of one answer, added up."""

from collections.abc import Mapping
from typing import Any, Self, cast

from engine.call import Call
from engine.errors import LayerloomError, ProjectError
from engine.losses.loss import Loss, TargetForm, Task


class WeightedSum(Loss, frozen=True):
    """Several losses of the same answer, added up, each as often as its weight says: cross-entropy and Dice, say."""

    title = "Weighted sum"
    group = "Several together"
    formula = r"L = \sum_j w_j L_j"
    tasks = ("classification", "multilabel", "regression", "transcription")

    losses: tuple[Loss, ...] = ()

    @classmethod
    def read(cls, settings: Mapping[str, Any], path: str, error: type[LayerloomError] = ProjectError) -> Self:
        found: Any = settings.get("losses")
        for number, one in enumerate(cast("list[Any]", found) if isinstance(found, list | tuple) else []):
            if isinstance(one, cls) or (isinstance(one, dict) and one.get("type") == cls.__name__):
                raise error(f"{path}.losses[{number}] is a sum again.", fix="Put its losses into this one.")
        return super().read(settings, path, error)

    def terms(self) -> tuple[tuple[float, Loss], ...]:
        return tuple((loss.weight, loss) for loss in self.losses)

    # What all of them must agree on (see `engine.advice`) is asked of the first one that says something.

    @property
    def absorbs(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        return next((loss.absorbs for loss in self.losses if loss.absorbs), "")

    @property
    def embeds(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return bool(self.losses) and all(loss.embeds for loss in self.losses)

    @property
    def fewest(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        return max((loss.fewest for loss in self.losses), default=1)

    @property
    def answers(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.losses[0].answers if self.losses else Loss.answers

    def target_form(self, task: Task) -> TargetForm:
        forms: list[TargetForm] = [loss.target_form(task) for loss in self.losses]
        return "class" if "class" in forms or not forms else forms[0]

    def takes_shares(self, task: Task) -> bool:
        return all(loss.takes_shares(task) for loss in self.losses)

    def ends_in(self) -> tuple[str, ...]:
        return next((kinds for loss in self.losses if (kinds := loss.ends_in())), ())

    def width(self, values: int) -> int:
        return self.losses[0].width(values) if self.losses else values

    def reading(self) -> Call | None:
        return self.losses[0].reading() if self.losses else None
