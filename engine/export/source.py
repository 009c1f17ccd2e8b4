"""The network as Python source: the module class that a person would write.

It is printed from the very calls that `build` makes the network from, so its weights have the same names and it
computes the same. Nothing here needs torch: the shapes come with a `Report`.
"""

import re
import textwrap
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from keyword import iskeyword

import msgspec

from engine.advice import absorbed
from engine.call import Call
from engine.errors import ExportError
from engine.graph import Graph
from engine.layers import Output
from engine.project import Project
from engine.report import Report
from engine.spec import Shape

# The limit that Black and Ruff apply unasked.
WIDTH = 88
INDENT = "    "


class Passage(msgspec.Struct, frozen=True):
    """Source of one or more lines, and the ids of the nodes that it speaks of."""

    text: str
    nodes: tuple[str, ...] = ()


class Printed(msgspec.Struct, frozen=True):
    """Source, and for each of its lines the ids of the nodes that the line speaks of."""

    text: str
    nodes: tuple[tuple[str, ...], ...]


def source(project: Project, report: Report) -> str:
    """The file that holds the network's class and nothing else. Raises `ExportError` where the network has faults."""
    return printed(project, report).text


def printed(project: Project, report: Report) -> Printed:
    """`source` together with the nodes behind its lines. Raises `ExportError` where the network has faults."""
    calls = calls_of(project, report)
    needs_torch = any(call and call.target.startswith("torch.") for call in calls.values())
    words = f"{project.title or class_name(project)}. {project.description}"
    head = Passage(f"{docstring(words)}\n\n{imports(needs_torch)}\n\n")
    return _joined([head, *_class_passages(project, report, calls), Passage("")])


def _joined(passages: Iterable[Passage]) -> Printed:
    """Passages one below the other."""
    texts: list[str] = []
    nodes: list[tuple[str, ...]] = []
    for passage in passages:
        texts.append(passage.text)
        nodes += [passage.nodes] * (passage.text.count("\n") + 1)
    return Printed("\n".join(texts), tuple(nodes))


def imports(needs_torch: bool) -> str:
    """What the class needs from torch: of what lies outside ``torch.nn`` only where it is needed."""
    return "import torch\nfrom torch import nn" if needs_torch else "from torch import nn"


def model_class(project: Project, report: Report) -> str:
    """The class alone. Raises `ExportError` where the network has faults."""
    return _joined(_class_passages(project, report, calls_of(project, report))).text


def _class_passages(project: Project, report: Report, calls: Mapping[str, Call | None]) -> list[Passage]:
    network = project.network
    takes = docstring(f"Takes {batch_of(project, report)} and answers with {answer_of(project, report)}.", 1)
    start = f"class {class_name(project)}(nn.Module):\n{takes}\n\n{INDENT}def __init__(self):"
    passages = [
        Passage(f"{start}\n{INDENT * 2}super().__init__()"),
        *(_constructed(name, call) for name, call in modules(calls)),
        Passage(""),
    ]
    last = absorbed(project)
    if not last:
        forward = _forward(network, calls, report, end_of(network))
        return [*passages, Passage(f"{INDENT}def forward(self, x):"), *forward]
    values = values_method(project)
    meaning = f'{INDENT * 2}"""The values before {last}: what the loss takes while training."""'
    return [
        *passages,
        Passage(f"{INDENT}def {values}(self, x):\n{meaning}"),
        *_forward(network, calls, report, network.predecessors(last)[0]),
        Passage(f"\n{INDENT}def forward(self, x):"),
        Passage(f"{INDENT * 2}return self.{last}(self.{values}(x))", (last,)),
    ]


def _constructed(name: str, call: Call) -> Passage:
    return Passage(statement(2, f"self.{name} = {call.target}(", call.words()), (name,))


def class_name(project: Project) -> str:
    """``MnistCnn`` for a project called “MNIST CNN”."""
    words = re.findall(r"[^\W_]+", project.title)
    name = "".join(word[0].upper() + word[1:].lower() for word in words)
    if not name.isidentifier():
        name = f"Network{name}"
    return f"{name}Network" if iskeyword(name) or name == "Path" or not name.isidentifier() else name


def values_method(project: Project) -> str:
    """The method that gives what the loss takes: ``logits``, or ``forward`` where that is what the network answers."""
    if not absorbed(project):
        return "forward"
    return next(name for name in ("logits", "scores", "training_values") if name not in project.network)


def batch_of(project: Project, report: Report) -> str:
    """The shape of a batch of samples, as ``(N, 1, 28, 28)``."""
    start = next(node.id for node in project.network.nodes if not node.layer.inputs and node.layer.inputs is not None)
    return shape_text(report.nodes[start].output_shape or ())


def answer_of(project: Project, report: Report) -> str:
    """The shape and the meaning of what the network answers for a batch."""
    end = end_of(project.network)
    shape = shape_text(report.nodes[end].output_shape or ())
    last = type(project.network.node(project.network.predecessors(end)[0]).layer).__name__
    if project.data.dataset.task == "regression":
        return f"{shape}, values"
    if last in ("Softmax", "Sigmoid"):
        return f"{shape}, probabilities"
    return f"{shape}, logits" if project.training.loss.absorbs else f"{shape}, scores"


def end_of(network: Graph) -> str:
    """The id of the Output."""
    return next(node.id for node in network.nodes if isinstance(node.layer, Output))


def calls_of(project: Project, report: Report) -> dict[str, Call | None]:
    """The call behind each node, in the order of the network. Raises `ExportError` where the network has faults."""
    for fault in report.faults:
        raise ExportError(
            f"A network at fault has no code: {fault.message}",
            fix=f"{fault.fix.label}." if fault.fix else "Mend it, then look again.",
        )
    network = project.network
    return {
        node_id: network.node(node_id).layer.module(*report.nodes[node_id].input_shapes) for node_id in report.order
    }


def modules(calls: Mapping[str, Call | None]) -> Iterator[tuple[str, Call]]:
    """The calls that make a module, which the class keeps."""
    for node_id, call in calls.items():
        if call and call.is_module:
            yield node_id, call


class Step(msgspec.Struct, frozen=True):
    """One line of the forward pass: ``result = node(inputs)``; inputs and result are names of variables."""

    node: str
    call: Call
    inputs: tuple[str, ...]
    result: str


def steps_to(network: Graph, calls: Mapping[str, Call | None], end: str) -> tuple[list[Step], str]:
    """The lines that lead to what a node answers, and the variable that holds it.

    A value is called ``x``; where the network divides, each branch but the last one to leave gets a name of its own.
    """
    origin: dict[str, str] = {}
    applied: list[tuple[str, Call, tuple[str, ...]]] = []
    for node_id in reading_order(network, {end, *network.ancestors(end)}):
        arriving = tuple(origin[source] for source in network.predecessors(node_id))
        call = calls[node_id]
        origin[node_id] = node_id if call or not arriving else arriving[0]
        if call:
            applied.append((node_id, call, arriving))
    uses = Counter(source for _, _, arriving in applied for source in arriving)
    uses[origin[end]] += 1
    names = {node_id: "x" for node_id in origin.values() if calls[node_id] is None}
    steps: list[Step] = []
    for node_id, call, arriving in applied:
        uses.subtract(arriving)
        inputs = tuple(names[source] for source in arriving)
        free = [names.pop(source) for source in dict.fromkeys(arriving) if not uses[source]]
        names[node_id] = _variable(free, names.values())
        steps.append(Step(node_id, call, inputs, names[node_id]))
    return steps, names[origin[end]]


def reading_order(network: Graph, needed: Collection[str]) -> Iterator[str]:
    """Each branch to its end before the next one begins."""
    missing = {node_id: len(network.predecessors(node_id)) for node_id in needed}
    ready = [node_id for node_id in network.order if missing.get(node_id) == 0]
    while ready:
        node_id = ready.pop()
        yield node_id
        for wire in reversed(network.outgoing(node_id)):
            if wire.target in missing:
                missing[wire.target] -= 1
                if not missing[wire.target]:
                    ready.append(wire.target)


def _variable(free: Sequence[str], taken: Collection[str]) -> str:
    if free:
        return "x" if "x" in free else free[0]
    number = 1
    while (name := f"branch_{number}") in taken:
        number += 1
    return name


def _forward(network: Graph, calls: Mapping[str, Call | None], report: Report, end: str) -> Iterator[Passage]:
    steps, answer = steps_to(network, calls, end)
    for step in steps:
        before, after = report.nodes[step.node].input_shapes, report.nodes[step.node].output_shape or ()
        target = "return " if step is steps[-1] else f"{step.result} = "
        yield Passage(_applied(step, target, shape_text(after) if before[0] != after else ""), (step.node,))
    if not steps:
        yield Passage(f"{INDENT * 2}return {answer}")


def _applied(step: Step, target: str, comment: str) -> str:
    call = step.call
    if call.is_module:
        return statement(2, f"{target}self.{step.node}(", step.inputs, comment=comment)
    if call.target == "+":
        return statement(2, target + call.printed(step.inputs), comment=comment)
    return statement(2, f"{target}{call.target}(", call.words(step.inputs), comment=comment)


def shape_text(shape: Shape) -> str:
    """The shape of a batch as PyTorch people write it: ``(N, 32, 26, 26)``."""
    return f"({', '.join(['N', *map(str, shape)])})" if shape else "(N,)"


def statement(level: int, head: str, words: Sequence[str] = (), comment: str = "") -> str:
    """``head(words)``, broken as Black breaks it where it is too long; a bracket that ``head`` opens is closed.

    The comment is dropped where there is no room for it.
    """
    pad, close = INDENT * level, {"(": ")", "[": "]"}.get(head[-1], "")
    line = f"{pad}{head}{', '.join(words)}{close}"
    if comment and len(line) + len(comment) + 4 <= WIDTH:
        return f"{line}  # {comment}"
    if len(line) <= WIDTH or not words:
        return _bearable(line)
    together = f"{pad}{INDENT}{', '.join(words)}"
    if len(together) <= WIDTH:
        return "\n".join([_bearable(pad + head), together, pad + close])
    return "\n".join([_bearable(pad + head), *(_bearable(f"{pad}{INDENT}{word},") for word in words), pad + close])


def _bearable(line: str) -> str:
    return line if len(line) <= WIDTH else f"{line}  # noqa: E501"


def docstring(words: str, level: int = 0) -> str:
    """Text as a docstring, wrapped. Nothing in it can end the docstring or start an escape."""
    pad = INDENT * level
    paragraphs = [_paragraph(text, pad) for text in words.split("\n\n") if text.strip()]
    text = "\n\n".join(paragraphs).strip()
    if "\n" not in text and len(pad) + len(text) + 6 <= WIDTH:
        return f'{pad}"""{text}"""'
    return f'{pad}"""{text}\n{pad}"""'


def _paragraph(text: str, pad: str) -> str:
    plain = "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)
    harmless = plain.replace("\\", "\\\\").replace('"', "'")
    if harmless.startswith(INDENT):
        return harmless.rstrip()
    return textwrap.fill(harmless, WIDTH - 3, initial_indent=pad, subsequent_indent=pad)
