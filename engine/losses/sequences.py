"""Losses of sequences of symbols, such as the text in a picture, of which nobody says where each symbol stands."""

from engine.call import Call, call, unless
from engine.losses.loss import Loss, TargetForm, Task
from engine.spec import choice, flag


class CTC(Loss, frozen=True):
    """Connectionist temporal classification (CTC): how surprised the network is by a sequence of symbols, whichever of
    its steps spell it. The network answers at each step with a score for each symbol and for none, the blank; what
    repeats from step to step is one symbol (Graves et al. 2006).
    """

    title = "CTC"
    group = "Sequences of symbols"
    formula = r"L = -\log \sum_{\pi \mapsto y} \prod_t p_{t, \pi_t}"
    absorbs = "Softmax"
    tasks = ("transcription",)

    blank: str = choice("first", "last", help="Which of the scores stands for no symbol; the others are in order.")
    zero_infinity: bool = flag(
        False, help="Pass over samples whose sequence needs more steps than the network has, instead of refusing them."
    )

    def target_form(self, task: Task) -> TargetForm:
        del task
        return "class"

    def function(self) -> Call:
        return call("modules.CTC", blank=unless(self.blank, "first"), zero_infinity=self.zero_infinity or None)
