"""Metrics of sequences of symbols."""

from engine.call import Call, call
from engine.metrics.metric import Asked, Metric


class CharacterErrorRate(Metric, frozen=True):
    """Character error rate: how many symbols must be put in, taken out or changed to make the answers right, of all
    symbols that are asked for. The usual measure of what reads or listens; it may be more than 100 %.
    """

    title = "Character error rate"
    group = "Sequences of symbols"
    formula = r"\frac{\text{put in} + \text{taken out} + \text{changed}}{\text{all symbols}}"
    tasks = ("transcription",)
    takes = "sequences"
    percent = True
    higher_is_better = False

    @property
    def name(self) -> str:
        return "character_error_rate"

    def function(self, asked: Asked) -> Call:
        return call("modules.SymbolErrors")
