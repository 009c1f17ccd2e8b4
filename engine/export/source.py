"""The network as Python source: the module class that a person would write.

It is printed from the very calls that `build` makes the network from, so its weights have the same names and it
computes the same. Nothing here needs torch: the shapes come with a `Report`.
"""

import itertools
import re
import textwrap
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from keyword import iskeyword

import msgspec
from msgspec.structs import replace

from engine.call import Call
from engine.ends import Answer, absorbed, answers_of, ends_in_logarithms, loss_at, main_output, taken_of
from engine.errors import ExportError
from engine.export.classes import Class, Instance, Made, classes_of
from engine.export.definitions import definitions, sources
from engine.export.written import names_in, written
from engine.graph import Graph
from engine.layers import Input
from engine.layers.weighted import Filled, Role, Weighted
from engine.project import Project
from engine.report import Report
from engine.spec import Shape

# The limit that Black and Ruff apply unasked.
WIDTH = 88
INDENT = "    "
AUXILIARY = "auxiliary"
"""What the argument is called that asks for the values of auxiliary Outputs too."""


class Passage(msgspec.Struct, frozen=True):
    """Source of one or more lines, and the ids of the nodes that it speaks of."""

    text: str
    nodes: tuple[str, ...] = ()
    block: str = ""
    """The block in whose drawing they stand; empty: the network itself."""


class Printed(msgspec.Struct, frozen=True):
    """Source, and for each of its lines the ids of the nodes that the line speaks of, and the block they stand in."""

    text: str
    nodes: tuple[tuple[str, ...], ...]
    blocks: tuple[str, ...]


def source(project: Project, report: Report) -> str:
    """The file that holds the network's class and nothing else. Raises `ExportError` where the network has faults."""
    return printed(project, report).text


def printed(project: Project, report: Report) -> Printed:
    """`source` together with the nodes behind its lines. Raises `ExportError` where the network has faults."""
    classes = _classes(project, report)
    words = f"{project.title or class_name(project)}. {project.description}"
    head = Passage(f"{docstring(words)}\n\n{imports(_needs_torch(classes))}\n\n")
    return _joined([head, *_all_passages(project, report, classes), Passage("")])


def _joined(passages: Iterable[Passage]) -> Printed:
    """Passages one below the other."""
    texts: list[str] = []
    nodes: list[tuple[str, ...]] = []
    blocks: list[str] = []
    for passage in passages:
        lines = passage.text.count("\n") + 1
        texts.append(passage.text)
        nodes += [passage.nodes] * lines
        blocks += [passage.block] * lines
    return Printed("\n".join(texts), tuple(nodes), tuple(blocks))


def imports(needs_torch: bool) -> str:
    """What the class needs from torch: of what lies outside ``torch.nn`` only where it is needed."""
    return "import torch\nfrom torch import nn" if needs_torch else "from torch import nn"


def model_class(project: Project, report: Report) -> str:
    """The class, after those of its blocks. Raises `ExportError` where the network has faults."""
    return _joined(_all_passages(project, report, _classes(project, report))).text


def _classes(project: Project, report: Report) -> list[Class]:
    for fault in report.faults:
        raise ExportError(
            f"A network at fault has no code: {fault.message}",
            fix=f"{fault.fix.label}." if fault.fix else "Mend it, then look again.",
        )
    return classes_of(Instance(project.network, report.nodes), class_name(project))


def _needs_torch(classes: Sequence[Class]) -> bool:
    own = _own_modules(classes) or names_in(classes[-1].instances[0].graph)
    return bool(own) or any(
        target.startswith("torch.")
        for one in classes
        for node_id, call in _calls(one).items()
        for applied in (call, one.instances[0].use_of(node_id))
        if isinstance(applied, Call)
        for target in applied.targets()
    )


def _own_modules(classes: Sequence[Class]) -> list[str]:
    """The modules of our own that are used, by name."""
    used = (made.target for one in classes for made in one.modules.values())
    return sorted({target for target in used if target in sources()})


def _all_passages(project: Project, report: Report, classes: Sequence[Class]) -> Iterator[Passage]:
    for text in definitions(_own_modules(classes)):
        yield Passage(f"{text}\n\n")
    for text, nodes in written(project.network).items():
        yield Passage(text, nodes)
        yield Passage("\n")
    for one in classes[:-1]:
        yield from _block_passages(one)
        yield Passage("\n")
    yield from _network_passages(project, report, classes[-1])


def _block_passages(one: Class) -> Iterator[Passage]:
    graph = one.instances[0].graph
    entries = [node.id for node in graph.nodes if isinstance(node.layer, Input)]
    use = one.instances[0].use
    name = use.blueprint.name if use else ""
    yield Passage(f"class {one.name}(nn.Module):")
    if use and use.blueprint.help:
        yield Passage(f"{docstring(use.blueprint.help, 1)}\n")
    passages = [
        Passage(f"{INDENT}def __init__({', '.join(['self', *one.arguments])}):"),
        *_constructor(one),
        Passage(f"{INDENT}def forward(self, {', '.join(input_names(len(entries)))}):"),
        *_forward(one, [main_output(graph)]),
    ]
    yield from (replace(passage, block=name) for passage in passages)


def _network_passages(project: Project, report: Report, one: Class) -> Iterator[Passage]:
    answers = answers_of(project)
    takes = docstring(f"Takes {batch_of(project, report)} and answers with {answer_of(project, report)}.", 1)
    yield Passage(f"class {one.name}(nn.Module):\n{takes}\n\n{INDENT}def __init__(self):")
    yield from _constructor(one)
    answer = answers[0]
    values, last, ends = values_method(project), answer.absorbed, taken_of(project)
    if values == "forward":
        yield Passage(f"{INDENT}def forward(self, x):")
        yield from _forward(one, [answer.end])
        return
    argument = f", {AUXILIARY}=True" if len(ends) > 1 else ""
    yield Passage(f"{INDENT}def {values}(self, x{argument}):\n{docstring(_meaning(answers, ends), 2)}")
    yield from _forward(one, ends)
    given = f"self.{values}(x{f', {AUXILIARY}=False' if len(ends) > 1 else ''})"
    yield Passage(f"\n{INDENT}def forward(self, x):")
    yield Passage(f"{INDENT * 2}return {f'self.{last}({given})' if last else given}", (last,) if last else ())


def _meaning(answers: Sequence[Answer], ends: Sequence[str]) -> str:
    """What the method gives that the training calls."""
    answer, *auxiliary = answers
    before = f"The values before {answer.absorbed}" if answer.absorbed else "The answer"
    if len(ends) == 1:
        return f"{before}: what the loss takes while training."
    penalised = ends[len(answers) :]
    names = " and ".join([*(each.output for each in auxiliary), *penalised])
    return f"What the losses take while training. {before}, then those for {names}, unless only the first are wanted."


def _constructor(one: Class) -> Iterator[Passage]:
    graph = one.instances[0].graph
    yield Passage(f"{INDENT * 2}super().__init__()")
    for node_id, made in one.modules.items():
        yield Passage(statement(2, f"self.{node_id} = {made.target}(", made.words), (node_id,))
        node = graph.node(node_id)
        if isinstance(node.layer, Weighted):
            yield from (Passage(line, (node_id,)) for line in begun(f"self.{node_id}", node.layer))
        if node.frozen:
            yield Passage(f"{INDENT * 2}self.{node_id}.requires_grad_(False)", (node_id,))
    yield Passage("")


def begun(module: str, layer: Weighted) -> Iterator[str]:
    """The lines that give weights their first values, and their bounds."""
    beginnings = layer.beginnings()
    if isinstance(layer, Filled) and layer.is_plain:
        has_bias = getattr(layer, "bias", True)
        for role, made in beginnings.items():
            if role == "weight" or has_bias:
                yield statement(2, f"{made.name}(", made.words((f"{module}.{role}",)))
    elif beginnings:
        yield f"{INDENT * 2}for name, parameter in {module}.named_parameters():"
        yield from map(textwrap.indent, _by_role(beginnings, layer.least_dimensions), itertools.repeat(INDENT))
    if bound := layer.bound():
        yield statement(2, f"{bound}(", [module])


def _by_role(beginnings: Mapping[Role, Call], least_dimensions: int) -> Iterator[str]:
    """The lines, inside a loop over the parameters of a module, that give each its first values."""
    large = f" and parameter.dim() >= {least_dimensions}" if least_dimensions > 1 else ""
    tests = {"bias": '"bias" in name', "weight": f'"bias" not in name{large}'}
    for role, made in beginnings.items():
        yield f"{INDENT * 2}if {tests[role]}:"
        yield f"{INDENT * 3}{made.printed(('parameter',))}"


def _calls(one: Class) -> dict[str, Call | Made | None]:
    """What stands behind each node of a class: a module, a function of its inputs, or nothing."""
    instance = one.instances[0]
    made = {node_id: one.modules.get(instance.module_of(node_id)) for node_id in instance.graph.order}
    return {node_id: module or instance.call(node_id) for node_id, module in made.items()}


def class_name(project: Project) -> str:
    """``MnistCnn`` for a project called “MNIST CNN”."""
    words = re.findall(r"[^\W_]+", project.title)
    name = "".join(word[0].upper() + word[1:].lower() for word in words)
    if not name.isidentifier():
        name = f"Network{name}"
    is_taken = iskeyword(name) or name == "Path" or name in sources() or not name.isidentifier()
    is_taken = is_taken or name in names_in(project.network)
    return f"{name}Network" if is_taken else name


def values_method(project: Project) -> str:
    """The method that gives what the losses take: ``logits``, or ``forward`` where that is what the network answers."""
    if len(taken_of(project)) > 1:
        return "training_values"
    if not absorbed(project):
        return "forward"
    return next(name for name in ("logits", "scores", "training_values") if name not in project.network)


def batch_of(project: Project, report: Report) -> str:
    """The shape of a batch of samples, as ``(N, 1, 28, 28)``."""
    start = next(node.id for node in project.network.nodes if isinstance(node.layer, Input))
    return shape_text(report.nodes[start].input_shapes[0])


def answer_of(project: Project, report: Report) -> str:
    """The shape and the meaning of what the network answers for a batch."""
    end = main_output(project.network)
    shape = shape_text(report.nodes[end].output_shape or ())
    last = type(project.network.node(project.network.predecessors(end)[0]).layer).__name__
    if project.data.dataset.task == "regression":
        return f"{shape}, {loss_at(project).answers}"
    if last in ("Softmax", "Sigmoid"):
        return f"{shape}, probabilities"
    if ends_in_logarithms(project):
        return f"{shape}, logarithms of probabilities"
    return f"{shape}, logits" if loss_at(project).absorbs else f"{shape}, scores"


class Step(msgspec.Struct, frozen=True):
    """One line of the forward pass: ``result = node(inputs)``; inputs and result are names of variables."""

    node: str
    call: Call | Made
    inputs: tuple[str, ...]
    result: str


class Way(msgspec.Struct, frozen=True):
    """The lines that lead to what a node answers, and the variable that holds it then."""

    steps: tuple[Step, ...]
    answer: str


def ways_to(network: Graph, calls: Mapping[str, Call | Made | None], doors: int, ends: Sequence[str]) -> list[Way]:
    """The lines that lead to what these nodes answer, one after the other, each from where the one before stopped.

    A value is called ``x``; where the network divides, each branch but the last one to leave gets a name of its own.
    Of several Inputs each has a variable where there are as many ``doors``; one door is that of all.
    """
    entries = [node.id for node in network.nodes if isinstance(node.layer, Input)]
    door_of = dict(zip(entries, itertools.cycle(input_names(doors)), strict=False))
    origin: dict[str, str] = {}
    ways: list[list[tuple[str, Call | Made, tuple[str, ...]]]] = []
    for end in ends:
        ways.append([])
        for node_id in reading_order(network, {end, *network.ancestors(end)}):
            if node_id in origin:
                continue
            door = (f" {door_of[node_id]}",) if node_id in door_of else ()
            arriving = door or tuple(origin[source] for source in network.predecessors(node_id))
            call = calls[node_id]
            origin[node_id] = node_id if call else arriving[0]
            if call:
                ways[-1].append((node_id, call, arriving))
    return _named(ways, [origin[end] for end in ends], input_names(doors))


def _named(
    ways: Sequence[Sequence[tuple[str, Call | Made, tuple[str, ...]]]], ends: Sequence[str], doors: Sequence[str]
) -> list[Way]:
    """The same with names of variables for the values, each free again after its last use."""
    uses = Counter(source for way in ways for _, _, arriving in way for source in arriving)
    uses.update(ends)
    names = {f" {name}": name for name in doors if uses[f" {name}"]}
    named: list[Way] = []
    for way, end in zip(ways, ends, strict=True):
        steps: list[Step] = []
        for node_id, call, arriving in way:
            uses.subtract(arriving)
            inputs = tuple(names[source] for source in arriving)
            free = [names.pop(source) for source in dict.fromkeys(arriving) if not uses[source]]
            names[node_id] = _variable(free, names.values())
            steps.append(Step(node_id, call, inputs, names[node_id]))
        named.append(Way(tuple(steps), names[end]))
    return named


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


def input_names(count: int) -> list[str]:
    """What the values are called that enter: ``x``, ``x2`` …"""
    return ["x", *(f"x{number}" for number in range(2, count + 1))]


def _forward(one: Class, ends: Sequence[str]) -> Iterator[Passage]:
    """The lines up to what these nodes answer; unless auxiliary ones are wanted, they end with the first."""
    instance = one.instances[0]
    graph, is_block = instance.graph, instance.use is not None
    doors = sum(isinstance(node.layer, Input) for node in graph.nodes) if is_block else 1
    ways = ways_to(graph, _calls(one), doors, ends)
    for number, way in enumerate(ways):
        for step in way.steps:
            is_last = len(ways) == 1 and step is way.steps[-1]
            target = "return " if is_last else f"{step.result} = "
            module, use = instance.module_of(step.node), instance.use_of(step.node)
            text = _applied(step, f"self.{module}", use, target, _shape_comment(one, step.node))
            yield Passage(text, tuple(dict.fromkeys((step.node, module))))
        if number == 0 and len(ways) > 1:
            yield Passage(f"{INDENT * 2}if not {AUXILIARY}:\n{INDENT * 3}return {way.answer}")
    if len(ways) > 1 or not ways[0].steps:
        yield Passage(f"{INDENT * 2}return {', '.join(way.answer for way in ways)}")


def _shape_comment(one: Class, node_id: str) -> str:
    """The shape that leaves a node, where it is another than what arrives, and the same wherever the class is used."""
    known = [instance.known[node_id] for instance in one.instances]
    shapes = {node.output_shape for node in known}
    changes = known[0].input_shapes[0] != known[0].output_shape
    return shape_text(known[0].output_shape or ()) if changes and len(shapes) == 1 else ""


def _applied(step: Step, module: str, use: Call | None, target: str, comment: str) -> str:
    call = use if isinstance(step.call, Made) else step.call
    if call is None:
        return statement(2, f"{target}{module}(", step.inputs, comment=comment)
    words, printed = call.words(step.inputs, module), call.printed(step.inputs, module)
    if printed == f"{call.name}({', '.join(words)})":
        return statement(2, f"{target}{call.name}(", words, comment=comment)
    return statement(2, target + printed, comment=comment)


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
