"""The two files of the PyTorch source: the module that answers, and the script that trains it from scratch."""

import json
import re
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from engine.balance import class_weights, weighted
from engine.call import OWN, Call
from engine.data import Scaling
from engine.ends import Answer, loss_at, taken_of, terms_of
from engine.export import augmented, loop, measuring
from engine.export.definitions import definitions
from engine.export.preparation import Step, calls_of, printed
from engine.export.source import (
    INDENT,
    WIDTH,
    answer_of,
    batch_of,
    class_name,
    docstring,
    imports,
    model_class,
    shape_text,
    statement,
    values_method,
)
from engine.schedules import Plateau
from engine.transcripts import blank_of

if TYPE_CHECKING:
    from engine.export.model import Model

ROWS = "rows_of_known"
"""The function that makes rows of class numbers where some are unknown."""
SPELLED, SAME = "spelled", "are_same"
"""The functions that find which sequences answers spell, and whether two are the same."""


def model_script(model: "Model", weights: str) -> str:
    """The module: the class, what must be done to a sample before it, and how its answers are read."""
    project, known = model.project, model.preprocessing
    inputs = _Affine.of(known.inputs, "INPUT", len(known.network_shape))
    steps = calls_of(known)
    words = any(feature.categories for feature in known.features)
    constants = [
        *([_columns(model)] if words else []),
        *([_tuple("CLASSES", [quoted(label) for label in known.classes])] if known.classes else []),
        f"WEIGHTS = Path(__file__).with_name({quoted(weights)})",
        *inputs.constants,
        *_targets(model).constants,
    ]
    name = class_name(project)
    parts = [
        f"{docstring(_about(model))}\n\nfrom pathlib import Path\n\n{imports(needs_torch=True)}\n",
        "\n".join(constants),
        f"\n\n{model_class(project, model.report)}\n\n",
        *(f"{source}\n\n" for source in definitions(dict.fromkeys(name for name, _ in steps))),
        *([_encode()] if words else []),
        *(f"{source}\n\n" for source in definitions([SPELLED] if _transcribes(model) else [])),
        f'''\
{_preprocess(model, inputs, steps)}


def load(path=WEIGHTS):
    """The trained network, ready to answer."""
    model = {name}()
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return model.eval()


@torch.no_grad()
def predict(model, x):
    """{_answer_words(model)}"""
    device = next(model.parameters()).device
    answers = model(preprocess(x).to(device)).cpu()
    return {_read_answers(model)}''',
        *([_text()] if _transcribes(model) else []),
        *([_named()] if _is_of_labels(model) else []),
    ]
    return "\n".join(parts) + "\n"


def _preprocess(model: "Model", inputs: "_Affine", steps: Sequence[Step]) -> str:
    """The function that makes of raw samples what the network takes."""
    does, shape = "Prepares" if steps else "Scales", shape_text(model.preprocessing.shape)
    first = f"    x = x.float()\n{printed(steps)}\n" if steps else ""
    return f'''\
def preprocess(x):
    """{does} raw samples, {shape}, as the network takes them."""
{first}    return {inputs.applied("x" if steps else "x.float()")}'''


def _columns(model: "Model") -> str:
    """The columns of a table, and the categories of those that have some, as source."""
    lines = [
        _column(quoted(one.name), [quoted(name) for name in one.categories]) for one in model.preprocessing.features
    ]
    return "\n".join(["COLUMNS = {", *lines, "}"])


def _column(name: str, categories: Sequence[str]) -> str:
    comma = "," if len(categories) == 1 else ""
    line = f"{INDENT}{name}: ({', '.join(categories)}{comma}),"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"{INDENT}{name}: (", *(f"{INDENT * 2}{one}," for one in categories), f"{INDENT}),"])


def _text() -> str:
    """The function that makes a text of a sequence."""
    return '''

def text(numbers):
    """What a sequence says."""
    return "".join(CLASSES[number] for number in numbers.tolist() if number >= 0)'''


def _named() -> str:
    """The function that names the labels of samples."""
    return '''

def labels(answers):
    """The names of the labels that each sample is given."""
    rows = answers.tolist()
    return [[name for name, given in zip(CLASSES, row) if given] for row in rows]'''


def _is_of_labels(model: "Model") -> bool:
    return model.preprocessing.task == "multilabel"


def _transcribes(model: "Model") -> bool:
    return model.preprocessing.task == "transcription"


def _encode() -> str:
    """The function that makes samples of words."""
    return '''\
def encode(rows):
    """Raw samples of rows, each a dictionary by column; what it lacks is missing."""

    def number(value, categories):
        if value is None or value == "":
            return float("nan")
        if not categories:
            return float(value)
        return float(categories.index(value)) if value in categories else -1.0

    columns = COLUMNS.items()
    return torch.tensor(
        [[number(row.get(name), known) for name, known in columns] for row in rows]
    )

'''


def training_script(model: "Model", module: str) -> str:
    """The script: the same loss, optimizer, schedule, batch size, epochs and seed, on the same samples."""
    parts = [
        _head(model, module),
        _main(model),
        _judge(model) + measuring.function(model),
        'if __name__ == "__main__":\n    main()',
    ]
    return "\n\n\n".join(parts) + "\n"


def _head(model: "Model", module: str) -> str:
    """What it is, what it imports, and what a person may want to change."""
    name, training = class_name(model.project), model.project.training
    names = dict.fromkeys([*loop.used_by(training), *_used_by_losses(model), *measuring.used_by_metrics(model)])
    libraries = ["torch", "torchmetrics"] if measuring.has_metrics(model) else ["torch"]
    own = "".join(f"\n\n\n{source}" for source in definitions(names)) + augmented.definitions_of(model)
    used = [library for library in ("math", "random") if re.search(rf"\b{library}\.\w", own)]
    whole = "  # the whole training set" if training.optimizer.whole_set else ""
    many = training.accumulation > 1 and not training.optimizer.whole_set
    batches = f"BATCHES = {training.accumulation}  # whose gradients are added up before each step\n" if many else ""
    part = " (some of the samples)" if model.prepared.train.is_streamed else ""
    left_out = loop.left_out(training, _known(model))
    words = f"""\
Trains {name} from scratch.

Needs {" and ".join(libraries)} alone. Reads {module}_data.pt{part} and writes {module}_trained.pt.{left_out}"""
    taken = [*measuring.names_used(model), *_targets(model).names, name, "predict", "preprocess"]
    return f"""\
{docstring(words)}

{_import_of(module, taken, used, measuring.imports(model))}

DATA = Path(__file__).with_name({quoted(f"{module}_data.pt")})
TRAINED = Path(__file__).with_name({quoted(f"{module}_trained.pt")})
BATCH_SIZE = {model.batch_size}{whole}
{batches}EPOCHS = {training.epochs}
SEED = {training.seed}{loop.groups(model)}{own}"""


def _main(model: "Model") -> str:
    """The training itself."""
    training, judge, judged = model.project.training, _judge_name(model), loop.judged(model.project.training)
    plan, after = _schedule(model)
    watching, watched = loop.watchers(training, _known(model))
    watched = f"{measuring.told(model, judged)}{watched}"
    samples, loss = f"{_batch(model)}\n{_compared(model)}", "\n".join([_loss(model), *loop.penalties(model)])
    return f"""\
def main():
{_threads(model)}{loop.numbers(training)}    torch.manual_seed(SEED)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    data = torch.load(DATA, weights_only=True)
    inputs, targets = data["train"]
{_generator(model)}    model = {class_name(model.project)}().to(device)
{_losses(model)}
{loop.made_before(model)}
{watching}{plan}
    for epoch in range(1, EPOCHS + 1):
        model.train()
        total = 0.0
        {_order(model)}
{loop.steps(training, samples, loss, after)}
{loop.after_epoch(training)}\
        mean, found = total / len(inputs), {judge}({judged}, *data["validation"])
        print(f"epoch {{epoch}}: loss {{mean:.4f}}, validation {judge} {{found:.4f}}"){watched}

    print(f"test {judge} {{{judge}({judged}, *data['test']):.4f}}")
{measuring.told_at_the_end(model, judged)}    torch.save({judged}.state_dict(), TRAINED)"""


def _judge(model: "Model") -> str:
    """The function that says how good the network is."""
    judge = _judge_name(model)
    return f'''\
def {judge}(model, inputs, targets):
    """{_judge_words(model, judge)}"""
    model.eval()
    found = torch.cat([predict(model, part) for part in inputs.split(1000)])
    return {_right(model)}.mean().item()'''


def _right(model: "Model") -> str:
    """How far each answer is from the target, or whether it is that."""
    if model.preprocessing.task == "regression":
        return "(found - targets).abs()"
    if _transcribes(model):
        return f"{SAME}(found, targets).float()"
    # Places without a class are not counted.
    return f"(found == targets){'[targets >= 0]' if model.project.data.dataset.ignores else ''}.float()"


def _used_by_losses(model: "Model") -> list[str]:
    """The classes and functions of our own that compare what the network gives with the targets."""
    made = [_loss_of(model, term) for _, term in terms_of(model.project)]
    names = [target.removeprefix(OWN) for call in made for target in call.targets() if target.startswith(OWN)]
    if any(wanted.startswith(ROWS) for wanted in _forms(model)):
        names.append(ROWS)
    return [*names, SAME] if _transcribes(model) else names


def _schedule(model: "Model") -> tuple[str, str]:
    """What makes the learning rate follow its curve, and what tells it of each step."""
    schedule = model.project.training.schedule
    if schedule.is_constant:
        return "", ""
    factor = schedule.function().printed(("step", "EPOCHS * per_epoch", "per_epoch"))
    factor = f"reduced * {factor}" if isinstance(schedule, Plateau) else factor
    samples = "(len(inputs) - 1)" if _leaves_one(model) else "len(inputs)"
    together = "(BATCH_SIZE * BATCHES)" if model.project.training.accumulation > 1 else "BATCH_SIZE"
    plan = f"""\
{INDENT}per_epoch = -(-{samples} // {together})
{statement(1, "schedule = torch.optim.lr_scheduler.LambdaLR(", ["optimizer", f"lambda step: {factor}"])}
"""
    return plan, "schedule.step()\n"


def _leaves_one(model: "Model") -> bool:
    return model.compares_samples and len(model.prepared.train) % model.batch_size == 1


def _judge_name(model: "Model") -> str:
    return "mean_error" if model.preprocessing.task == "regression" else "accuracy"


def _order(model: "Model") -> str:
    cut = "[:-1]  # a batch of one cannot be normalised" if _leaves_one(model) else ""
    drawn = "balanced(targets, generator)" if augmented.is_balanced(model) else "torch.randperm(len(inputs))"
    return f"order = {drawn}{cut}"


def _generator(model: "Model") -> str:
    """Where the random choices of the augmentation, and of a balanced order, come from."""
    return f"{INDENT}generator = torch.Generator().manual_seed(SEED)\n" if augmented.draws(model) else ""


def _batch(model: "Model") -> str:
    """The inputs of a batch, as the network takes them."""
    if not augmented.changes(model):
        return "x = preprocess(inputs[rows]).to(device)"
    if not augmented.moves_targets(model):
        return "x = augmented(preprocess(inputs[rows]).to(device), generator)"
    return """\
x, wanted = augmented(preprocess(inputs[rows]), targets[rows], generator)
x = x.to(device)"""


def _threads(model: "Model") -> str:
    if model.most_threads is None:
        return ""
    reason = "# Steps of so small a network are over before more threads could help."
    return f"{INDENT}{reason}\n{INDENT}torch.set_num_threads({model.most_threads})\n"


def quoted(words: str) -> str:
    """A string as Python source. JSON's escapes are Python's, as long as letters are left as they are."""
    return json.dumps(words, ensure_ascii=False)


class _Affine(msgspec.Struct, frozen=True):
    """A `Scaling` as source: numbers, or the names of constants where there is one number for each channel."""

    offset: str
    scale: str
    names: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()

    @classmethod
    def of(cls, scaling: Scaling, prefix: str, rank: int) -> "_Affine":
        if len(scaling.offset) == 1 and len(scaling.scale) == 1:
            (offset,), (scale,) = scaling.offset, scaling.scale
            return cls(repr(offset) if offset else "", repr(scale) if scale != 1 else "")
        names = f"{prefix}_OFFSET", f"{prefix}_SCALE"
        values = scaling.offset, scaling.scale
        return cls(*names, names, tuple(_tensor(*pair, rank) for pair in zip(names, values, strict=True)))

    def applied(self, value: str) -> str:
        """``(value - offset) / scale``, less what changes nothing."""
        shifted = f"{value} - {self.offset}" if self.offset else value
        if not self.scale:
            return shifted
        return f"({shifted}) / {self.scale}" if self.offset else f"{shifted} / {self.scale}"

    def undone(self, value: str) -> str:
        """``value * scale + offset``, less what changes nothing."""
        scaled = f"{value} * {self.scale}" if self.scale else value
        return f"{scaled} + {self.offset}" if self.offset else scaled


def _targets(model: "Model") -> _Affine:
    return _Affine.of(model.preprocessing.targets, "TARGET", len(model.project.data.dataset.target_shape))


def _tensor(name: str, values: Sequence[float], rank: int) -> str:
    shaped = f".reshape({', '.join(['-1'] + ['1'] * (rank - 1))})" if rank > 1 else ""
    numbers = ", ".join(map(repr, values))
    line = f"{name} = torch.tensor([{numbers}]){shaped}"
    if len(line) <= WIDTH:
        return line
    filled = textwrap.fill(f"{numbers},", WIDTH, initial_indent=INDENT, subsequent_indent=INDENT)
    return f"{name} = torch.tensor([\n{filled}\n]){shaped}"


def _tuple(name: str, words: Sequence[str]) -> str:
    return f"{name} = ({words[0]},)" if len(words) == 1 else statement(0, f"{name} = (", words)


def _about(model: "Model") -> str:
    project, metrics = model.project, model.result.test or model.result.validation
    read_back = "" if model.preprocessing.targets.is_identity else ", which predict() turns into the units of the data"
    measured = "".join(f", {name.replace('_', ' ')} {value:.4g}" for name, value in metrics.items())
    return f"""\
{project.title or class_name(project)}. {project.description}

Trained with Layerloom: run {model.run}, checkpoint {model.checkpoint}{measured}.

{INDENT}Input:   {batch_of(project, model.report)}, float32, as preprocess() makes it
{INDENT}Output:  {answer_of(project, model.report)}{read_back}

{INDENT}model = load()
{INDENT}print(predict(model, samples))"""


def _answer_words(model: "Model") -> str:
    if model.preprocessing.task == "regression":
        return "The value that the network finds for each raw sample."
    if _transcribes(model):
        return "The sequence of class numbers in each raw sample, then -100; see text()."
    if _is_of_labels(model):
        return "For each raw sample 0 or 1 for each of CLASSES; see labels()."
    return "The class number of each raw sample; CLASSES names them."


def _read_answers(model: "Model") -> str:
    if model.preprocessing.task == "regression":
        read = loss_at(model.project).reading()
        return _targets(model).undone(read.printed(("answers",)) if read else "answers")
    if _transcribes(model):
        return f"{SPELLED}(answers, {quoted(blank_of(model.project))})"
    if _is_of_labels(model):
        return f"(answers >= {model.threshold}).long()"
    if model.outputs > 1:
        return "answers.argmax(dim=1)"
    return f"(answers[:, 0] >= {model.threshold}).long()"


def _losses(model: "Model") -> str:
    """What compares what the network gives with the targets."""
    made = [_loss_of(model, term) for _, term in terms_of(model.project)]
    if len(made) > 1:
        weighs = model.project.data.balance == "class weights"
        printed = [f"{call.printed()}.to(device)" if weighs else call.printed() for call in made]
        return statement(1, "losses = [", printed)
    (only,) = made
    whole = statement(1, f"loss_of = {only.name}(", only.words())
    # Weights of classes are a part of the loss, and lie where the network does.
    return f"{whole}.to(device)" if model.project.data.balance == "class weights" else whole


def _loss_of(model: "Model", answer: Answer) -> Call:
    """The loss of an answer, with the weights of the classes where the training had some."""
    balances = model.project.data.balance == "class weights"
    weights = class_weights(model.prepared.train, len(model.prepared.classes)) if balances else ()
    outputs = (model.report.nodes[answer.output].output_shape or (0,))[0]
    return weighted(model.project, answer, outputs, weights)


def _compared(model: "Model") -> str:
    """The targets of a batch in each form that a loss takes."""
    forms = _forms(model)
    lines = [f"{name} = {wanted}.to(device)" for wanted, name in forms.items()]
    if augmented.mixes(model):
        names = ", ".join(["x", *forms.values()])
        lines.append(f"{names} = mixed([{names}], generator)")
    return "\n".join(lines)


def _forms(model: "Model") -> dict[str, str]:
    """The forms of the targets, and the variables that hold them."""
    wanted = dict.fromkeys(_wanted(model, term) for _, term in terms_of(model.project))
    return {form: "y" if not number else f"y{number + 1}" for number, form in enumerate(wanted)}


def _loss(model: "Model") -> str:
    """What a training step makes small."""
    terms, forms = terms_of(model.project), _forms(model)
    given = f"model{_called(values_method(model.project))}(x)"
    if len(terms) == 1 and len(taken_of(model.project)) > 1:
        return f"values = {given}\nloss = {_weighted('loss_of(values[0], y)', terms[0][1].weight)}"
    if len(terms) == 1:
        return f"loss = {_weighted(f'loss_of({given}, y)', terms[0][1].weight)}"
    several = len(taken_of(model.project)) > 1
    parts = [
        _weighted(f"losses[{number}]({f'values[{place}]' if several else 'values'}, {wanted})", term.weight)
        for number, (place, term) in enumerate(terms)
        for wanted in [forms[_wanted(model, term)]]
    ]
    lines = [f"values = {given}", f"loss = {parts[0]}", *(f"loss = loss + {part}" for part in parts[1:])]
    return "\n".join(lines)


def _weighted(loss: str, weight: float) -> str:
    return loss if weight == 1 else f"{weight!r} * {loss}"


def _wanted(model: "Model", answer: Answer) -> str:
    """The targets of a batch in the form that the loss of an answer takes."""
    form = answer.loss.target_form(model.preprocessing.task)
    moves = augmented.moves_targets(model)
    wanted = "wanted" if moves else "targets[rows]"
    if form == "class" and not augmented.mixes(model):
        return wanted
    if _is_of_labels(model):
        return "(2 * targets[rows].float() - 1)" if form == "signs" else "targets[rows].float()"
    if form == "values":
        scaled = _targets(model).applied(wanted)
        return scaled if scaled == wanted else f"({scaled})"
    is_single = form != "class" and (model.report.nodes[answer.output].output_shape or ())[:1] == (1,)
    if model.project.data.dataset.ignores:
        rows = f"{ROWS}({wanted}, {1 if is_single else len(model.preprocessing.classes)})"
    elif is_single:
        rows = "wanted[:, None].float()" if moves else "targets[rows, None].float()"
    else:
        moved = ".movedim(-1, 1)" if model.project.data.dataset.places else ""
        rows = f"nn.functional.one_hot({wanted}, {len(model.preprocessing.classes)}){moved}.float()"
    return f"(2 * {rows} - 1)" if form == "signs" else rows


def _judge_words(model: "Model", judge: str) -> str:
    if _transcribes(model):
        return "The share of samples whose whole sequence is found."
    if _is_of_labels(model):
        return "The share of labels that are answered right."
    return "The mean distance to the target." if judge == "mean_error" else "The share of samples whose class is found."


def _called(method: str) -> str:
    return "" if method == "forward" else f".{method}"


def _known(model: "Model") -> measuring.Known:
    return measuring.Known(model.project, _judge_name(model))


def _import_of(module: str, names: Sequence[str], libraries: Sequence[str], measures: str) -> str:
    torch = f"import torch\nfrom torch import nn\n{measures}".rstrip()
    plain = "".join(f"import {library}\n" for library in libraries)
    if module.isidentifier():
        # Sorters disagree on whether a neighbouring file belongs among the libraries.
        own = f"from {module} import {', '.join(names)}  # isort: skip"
        return f"{plain}from pathlib import Path\n\n{torch}\n\n{own}"
    own = f"network = import_module({quoted(module)})"
    taken = "\n".join(f"{name} = network.{name}" for name in names)
    return f"{plain}from importlib import import_module\nfrom pathlib import Path\n\n{torch}\n\n{own}\n{taken}"
