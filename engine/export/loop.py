"""The steps of the training script: what `engine.stepping` does, as a person would write it down."""

import textwrap
from typing import TYPE_CHECKING, Any

from engine.call import OWN, Call
from engine.ends import activity_places
from engine.export.measuring import Known
from engine.export.source import INDENT, statement
from engine.metrics import title_within
from engine.paces import at_pace, paces_of
from engine.schedules import Plateau
from engine.stopping import EarlyStopping, Goal
from engine.training import HALVES, Training

if TYPE_CHECKING:
    from engine.export.model import Model


def used_by(training: Training) -> list[str]:
    """The functions and classes of our own that the steps use, by name."""
    schedule = None if training.schedule.is_constant else training.schedule.function()
    penalties = (penalty.function() for penalty in training.penalties)
    calls = (schedule, training.averaging.function(), training.optimizer.construction(), *penalties)
    watches = isinstance(training.schedule, Plateau) or any(isinstance(rule, EarlyStopping) for rule in training.stops)
    names = [call.target.removeprefix(OWN) for call in calls if call and not call.target.startswith("torch.")]
    return [*names, *(["watched"] if watches else [])]


def penalties(model: "Model") -> list[str]:
    """The lines that add to the loss what large weights and outputs cost."""
    lines: list[str] = []
    for penalty in model.project.training.penalties:
        outputs = ", ".join(f"values[{place}]" for place in activity_places(model.project, penalty))
        lines.append(f"loss = loss + {penalty.function().printed(('model', f'[{outputs}]'))}")
    return lines


def numbers(training: Training) -> str:
    """Lines that tell torch how exact its numbers must be, and whether they must be the same each time."""
    exact = 'torch.set_float32_matmul_precision("high")\n' if training.precision != "fp32" else ""
    same = "torch.use_deterministic_algorithms(True)\n" if training.deterministic else ""
    return textwrap.indent(exact + same, INDENT)


def made_before(model: "Model") -> str:
    """Lines that make the optimizer and what goes with it."""
    training = model.project.training
    construction = training.optimizer.construction()
    weights = "parameter_groups(model)" if has_groups(model) else "model.parameters()"
    lines = [statement(1, f"optimizer = {construction.name}(", [weights, *construction.words()])]
    if training.precision == "fp16":
        lines.append(f"{INDENT}scaler = torch.amp.GradScaler(device)")
    if enters := training.averaging.function():
        given = "averages", "weights", "count"
        words = ["model", f"multi_avg_fn=lambda {', '.join(given)}: {enters.printed(given)}", "use_buffers=True"]
        lines.append(statement(1, "average = torch.optim.swa_utils.AveragedModel(", words))
    return "\n".join(lines)


def steps(training: Training, samples: str, loss: str, after: str) -> str:
    """The loop over the steps of an epoch: the lines that take the ``samples`` of these ``rows``, those that compute
    their ``loss``, and those that come ``after`` each step.
    """
    if half := HALVES.get(training.precision):
        loss = f"with torch.autocast(device, torch.{half}):\n{textwrap.indent(loss, INDENT)}"
    if training.averaging.function() and not training.averaging.each_epoch:
        after = f"average.update_parameters(model)\n{after}"
    if training.optimizer.tries_places:
        step = _tried(training, samples, loss)
    elif training.accumulation > 1:
        step = _in_pieces(training, samples, loss)
    else:
        step = f"{samples}\noptimizer.zero_grad()\n{loss}\n{_backward(training, 'loss')}\n{_descent(training)}"
    many = training.accumulation > 1 and not training.optimizer.whole_set
    head = "for step in order.split(BATCH_SIZE * BATCHES):" if many else "for rows in order.split(BATCH_SIZE):"
    counted = "" if many else "total += loss.item() * len(rows)\n"
    body = textwrap.indent(f"{step}\n{after}{counted}", INDENT)
    return textwrap.indent(f"{head}\n{body}", INDENT * 2).rstrip()


def _tried(training: Training, samples: str, loss: str) -> str:
    """A step of an optimizer that asks for the gradient at several places."""
    inside = f"optimizer.zero_grad()\n{loss}\nloss.backward()\n{_clipped(training.clipping.function())}return loss"
    return f"{samples}\n\ndef gradient():\n{textwrap.indent(inside, INDENT)}\n\nloss = optimizer.step(gradient)"


def _in_pieces(training: Training, samples: str, loss: str) -> str:
    """A step on several batches, one after the other."""
    share = _backward(training, "(loss * len(rows) / len(step))")
    inside = f"{samples}\n{loss}\n{share}\ntotal += loss.item() * len(rows)"
    pieces = f"for rows in step.split(BATCH_SIZE):\n{textwrap.indent(inside, INDENT)}"
    return f"optimizer.zero_grad()\n{pieces}\n{_descent(training)}"


def _backward(training: Training, loss: str) -> str:
    return f"scaler.scale({loss}).backward()" if training.precision == "fp16" else f"{loss}.backward()"


def _descent(training: Training) -> str:
    clipped = _clipped(training.clipping.function())
    if training.precision != "fp16":
        return f"{clipped}optimizer.step()"
    return f"scaler.unscale_(optimizer)\n{clipped}scaler.step(optimizer)\nscaler.update()"


def _clipped(call: Call | None) -> str:
    return f"{call.printed(('model.parameters()',))}\n" if call else ""


def after_epoch(training: Training) -> str:
    """The line that lets the weights after an epoch enter their mean."""
    averaging = training.averaging
    if not averaging.function() or not averaging.each_epoch:
        return ""
    return (
        f"{INDENT * 2}if epoch > {averaging.begins(training.epochs)}:\n{INDENT * 3}average.update_parameters(model)\n"
    )


def watchers(training: Training, known: Known) -> tuple[str, str]:
    """Lines before the epochs, and at the end of each, that watch the validation: to learn more slowly, or to end.
    ``known`` are the metrics that the script finds.
    """
    before, after = list[str](), list[str]()

    def watch(name: str, metric: str, min_delta: float) -> None:
        reason = "" if metric in known else f"  # in place of the {title_within(metric)}"
        found, higher = known.written(metric), known.is_better_high(metric)
        before.append(f"{name} = (None, 0)")
        after.append(f"{name} = watched({found}, *{name}, min_delta={min_delta!r}, higher={higher}){reason}")

    if isinstance(schedule := training.schedule, Plateau):
        watch("slow", schedule.metric, schedule.min_delta)
        before.append("reduced = 1.0")
        after.append(f"if slow[1] > {schedule.patience}:")
        after.append(f"{INDENT}slow, reduced = (slow[0], 0), reduced * {schedule.gamma!r}")
    for place, rule in enumerate(training.stops, 1):
        if isinstance(rule, EarlyStopping):
            watch(f"end{place}", rule.metric, rule.min_delta)
            after += [f"if end{place}[1] >= {rule.patience}:", f"{INDENT}break"]
        elif isinstance(rule, Goal) and rule.metric in known:
            reached = ">=" if known.is_better_high(rule.metric) else "<="
            after += [f"if {known.written(rule.metric)} {reached} {rule.value!r}:", f"{INDENT}break"]
    lines = ("".join(f"{line}\n" for line in found) for found in (before, after))
    first, last = (textwrap.indent(text, INDENT * depth) for text, depth in zip(lines, (1, 2), strict=True))
    return first, f"\n{last.rstrip()}" if last else ""


def left_out(training: Training, known: Known) -> str:
    """What the script does not do as the training did; empty: it does all."""
    budgets = [rule for rule in training.stops if rule.most_steps or rule.most_seconds]
    others = [rule for rule in training.stops if isinstance(rule, Goal) and rule.metric not in known]
    names = dict.fromkeys(rule.title for rule in (*budgets, *others))
    return f" Knows nothing of: {', '.join(names)}." if names else ""


def judged(training: Training) -> str:
    """The network whose answers count."""
    averaging = training.averaging
    if not averaging.function():
        return "model"
    return "(average.module if average.n_averaged else model)" if averaging.each_epoch else "average.module"


def has_groups(model: "Model") -> bool:
    """Whether the optimizer is not told the same of all weights."""
    return model.project.training.spares_biases or bool(_paces_of(model))


def groups(model: "Model") -> str:
    """What the optimizer is told of layers with a pace of their own, and the function that tells it."""
    if not has_groups(model):
        return ""
    paces = _paces_of(model)
    told = "\n".join(f'{INDENT}"{start}": {dict(options)!r},'.replace("'", '"') for start, options in paces.items())
    known = f"\nPACES = {{\n{told}\n}}\n" if paces else ""
    finds = "{**next((PACES[start] for start in PACES if name.startswith(start)), {})}" if paces else "{}"
    spares = f'{INDENT * 2}if parameter.ndim < 2:\n{INDENT * 3}options["weight_decay"] = 0.0\n'
    return f'''
{known}

def parameter_groups(model):
    """The weights, with what the optimizer is told otherwise of some."""
    groups = {{}}
    for name, parameter in model.named_parameters():
        options = {finds}
{spares if model.project.training.spares_biases else ""}\
        group = groups.setdefault(str(options), {{"params": [], **options}})
        group["params"].append(parameter)
    return list(groups.values())'''


def _paces_of(model: "Model") -> dict[str, dict[str, Any]]:
    options = dict(model.project.training.optimizer.construction().options)
    return {start: at_pace(options, pace) for start, pace in paces_of(model.project.network).items()}
