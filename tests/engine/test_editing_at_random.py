"""Whatever is edited in whatever order: no wire dangles, undo is exact, files give back what they took, nothing raises.

A few hundred edits by default; ``--hypothesis-profile=long`` makes thousands.
"""

from collections.abc import Callable
from typing import Any

from drawings import project, stack, values
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace
from networks import NETWORKS

from engine import block_edits
from engine.alignment import aligned, distributed
from engine.analysis import analyse
from engine.blocks import Block, Blueprint, Exposed, Target, blueprints, check_blueprint, check_names, layers_of
from engine.errors import LayerloomError
from engine.framing import around, contents
from engine.graph import Graph, Node
from engine.layers import BatchNorm2d, Conv2d, Flatten, Input, Layer, Linear, Output, ReLU
from engine.project import Project, from_json, network_record, read_network, to_json
from engine.remarks import COLOURS, SMALLEST, Frame, Note
from engine.report import Problem, Report, mended, places_of
from engine.room import folded, with_room
from engine.templates import templates
from engine.tidy import tidied

UNIT = Blueprint(
    "Unit",
    stack(Input(), Conv2d(8, padding=1), BatchNorm2d(), ReLU(), Output()),
    (Exposed("channels", (Target("conv2d_1", "out_channels"),)),),
)
STAGE = Blueprint(
    "Stage",
    stack(Input(), UNIT.kind(), UNIT.kind(channels=12, repeat=2), Conv2d(24), Output()),
    (Exposed("width", (Target("unit_1", "channels"), Target("conv2d_1", "out_channels", 2))),),
)
IN_BLOCKS = [
    project(Input(), UNIT.kind(channels=4), ReLU(), UNIT.kind(), Flatten(), Linear(10), Output()),
    project(Input(), STAGE.kind(repeat=2), UNIT.kind(repeat=3), Flatten(), Linear(10), Output()),
]
KINDS = st.sampled_from(sorted(Layer.kinds))
NUMBERS = st.integers(0, 999)
NAMES = st.sampled_from(["stem", "head", "conv2d_1", "linear_2", "Stage", "Unit", "class", "7", "Conv2d"])
SETTINGS = st.sampled_from(["channels", "width", "stride", "depth", "repeat", "inputs", "class"])
PLACES = st.tuples(st.integers(-300, 300), st.integers(-300, 300))
MOST_LAYERS = 80
"""More than these at one place are not multiplied further."""
MOST_MENDED = 12
STARTS = [
    *(*IN_BLOCKS, Project(), *NETWORKS.values()),
    *(
        template.project
        for template in templates()
        if sum(layers_of(node.layer) for node in template.project.network.nodes) < MOST_LAYERS
    ),
]
TEXTS = st.text(max_size=40) | st.just("# Why\n\n- **so** deep")
LENGTHS = st.integers(int(SMALLEST), 900)

Edit = Callable[[Project], Project]


class Editing(RuleBasedStateMachine):
    """A person who does whatever can be done, in the network and inside its blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.project = Project()
        self.place: tuple[str, ...] = ()
        self.report = Report()
        self._reported: Project | None = None
        self.past: list[tuple[Project, bytes]] = []
        self.future: list[tuple[Project, bytes]] = []

    @initialize(start=st.one_of(st.sampled_from(IN_BLOCKS), st.sampled_from(STARTS)))
    def begin(self, start: Project) -> None:
        self.project = start

    # What the edits are made of

    @property
    def network(self) -> Graph:
        return self.project.opened(self.place).network

    def pick(self, number: int) -> str:
        nodes = self.network.nodes
        return nodes[number % len(nodes)].id

    def some(self, number: int, count: int) -> tuple[str, ...]:
        """Neighbours in the order of the drawing."""
        order = self.network.order
        start = number % len(order)
        return order[start : start + count]

    def way(self, number: int, count: int) -> tuple[str, ...]:
        """Layers one after the other along the wires, without the ends of the network."""
        found = [self.pick(number)]
        while len(found) < count and (wires := self.network.outgoing(found[-1])):
            found.append(wires[number % len(wires)].target)
        return tuple(one for one in found if not isinstance(self.network.node(one).layer, Input | Output))

    def block(self, number: int) -> tuple[str, Block] | None:
        """One of the blocks in the drawing."""
        found = [(node.id, node.layer) for node in self.network.nodes if isinstance(node.layer, Block)]
        return found[number % len(found)] if found else None

    def blueprint(self, number: int) -> str:
        """The name of one of the project's blocks."""
        names = list(blueprints(self.project.network))
        return names[number % len(names)]

    def has_nodes(self) -> bool:
        return bool(self.network.nodes)

    def says_something(self) -> bool:
        return bool(self.network.remarks)

    def remark(self, number: int) -> Note | Frame:
        remarks = self.network.remarks
        return remarks[number % len(remarks)]

    def has_blocks(self) -> bool:
        return bool(blueprints(self.project.network))

    def is_small(self) -> bool:
        return sum(layers_of(node.layer) for node in self.project.network.nodes) < MOST_LAYERS

    def attempt(self, edit: Callable[[Graph], Graph]) -> None:
        """Edits the drawing where one is, as the window does; a refusal changes nothing."""
        self.change(
            lambda whole: whole.closed(self.place, (here := whole.opened(self.place)).with_network(edit(here.network)))
        )

    def attempt_whole(self, edit: Callable[[Graph], Graph]) -> None:
        self.change(lambda whole: whole.with_network(edit(whole.network)))

    def mended_of(self, problem: Problem) -> Project:
        """The project after the fix of a problem, which never refuses, and changes what it was offered for."""
        if problem.fix is None:
            return self.project
        try:
            after = problem.fix.apply(self.project)
        except LayerloomError:
            # A setting that a use of a block decides cannot be anything at all.
            assert problem.place
            return self.project
        assert problem not in analyse(after).problems or after != self.project, problem
        return after

    def change(self, edit: Edit) -> None:
        before = self.project
        try:
            after = edit(before)
            # As the window does: unfolded blocks get the room that they need.
            after = after.with_network(with_room(before.network, after.network))
            check_names(after.network)
        except LayerloomError:
            return
        self.past.append((before, to_json(before)))
        self.future = []
        self.show(after)

    def show(self, project: Project) -> None:
        self.project = project
        while self.place and not _leads_somewhere(project, self.place):
            self.place = self.place[:-1]

    # Layers

    @precondition(is_small)
    @rule(kind=KINDS, place=PLACES, after=NUMBERS)
    def add(self, kind: str, place: tuple[int, int], after: int) -> None:
        def edit(network: Graph) -> Graph:
            new = Node(network.new_id(Layer.kinds[kind]), Layer.kinds[kind](), (float(place[0]), float(place[1])))
            if not network.nodes or after % 3 == 0:
                return network.add(new)
            return (network.insert_after if after % 3 == 1 else network.insert_before)(self.pick(after), new)

        self.attempt(edit)

    @precondition(has_nodes)
    @rule(number=NUMBERS, count=st.integers(1, 4), heal=st.booleans())
    def remove(self, number: int, count: int, heal: bool) -> None:
        self.attempt(lambda network: network.remove(self.some(number, count), heal=heal))

    @precondition(has_nodes)
    @rule(number=NUMBERS, kind=KINDS, count=st.integers(1, 2))
    def replace_kind(self, number: int, kind: str, count: int) -> None:
        self.attempt(lambda network: network.replace_kind(self.some(number, count), Layer.kinds[kind]())[0])

    @precondition(has_nodes)
    @rule(number=NUMBERS, name=NAMES)
    def rename(self, number: int, name: str) -> None:
        self.attempt(lambda network: network.rename(self.pick(number), name))

    @precondition(has_nodes)
    @rule(number=NUMBERS, which=NUMBERS, drawn=st.data())
    def set(self, number: int, which: int, drawn: st.DataObject) -> None:
        node = self.network.node(self.pick(number))
        fields = [field for name, field in node.layer.declared.items() if name != "repeat"]
        if fields:
            field = fields[which % len(fields)]
            value: Any = drawn.draw(values(field))
            self.attempt(lambda network: network.replace_layer(node.id, node.layer.with_setting(field.name, value)))

    @precondition(has_nodes)
    @rule(number=NUMBERS, count=st.integers(1, 3), on=st.booleans(), bypass=st.booleans())
    def freeze_or_bypass(self, number: int, count: int, on: bool, bypass: bool) -> None:
        nodes = self.some(number, count)
        self.attempt(lambda network: (network.bypass if bypass else network.freeze)(nodes, on))

    @precondition(is_small)
    @precondition(has_nodes)
    @rule(number=NUMBERS, count=st.integers(1, 5), wired=st.booleans())
    def copy_and_paste(self, number: int, count: int, wired: bool) -> None:
        chosen = self.some(number, count)
        part = read_network(network_record(self.network.part(chosen)))
        arriving = [wire for node_id in chosen for wire in self.network.incoming(node_id)] if wired else []
        whole = self.project.network
        self.attempt(lambda network: network.merge(block_edits.adopted(whole, part), (24, 24), arriving)[0])

    @precondition(is_small)
    @rule(start=st.sampled_from(STARTS))
    def paste_a_project(self, start: Project) -> None:
        whole = self.project.network
        self.attempt(lambda network: network.merge(block_edits.adopted(whole, start.network))[0])

    # Wires

    @precondition(has_nodes)
    @rule(one=NUMBERS, other=NUMBERS)
    def connect(self, one: int, other: int) -> None:
        order = self.network.order
        source, target = sorted((one % len(order), other % len(order)))
        self.attempt(lambda network: network.connect(order[source], order[target]))

    @precondition(lambda self: bool(self.network.wires))
    @rule(number=NUMBERS)
    def disconnect(self, number: int) -> None:
        wires = self.network.wires
        self.attempt(lambda network: network.disconnect(wires[number % len(wires)]))

    # Places

    @precondition(has_nodes)
    @rule(number=NUMBERS, place=PLACES)
    def move(self, number: int, place: tuple[int, int]) -> None:
        self.attempt(lambda network: network.move({self.pick(number): (float(place[0]), float(place[1]))}))

    @precondition(has_nodes)
    @rule(
        number=NUMBERS,
        how=st.sampled_from(["all", "part", "left", "middle", "horizontally", "vertically", "down", "right"]),
    )
    def arrange(self, number: int, how: Any) -> None:
        nodes = self.some(number, 4)
        edits: dict[str, Callable[[Graph], Graph]] = {
            "all": tidied,
            "part": lambda network: tidied(network, nodes),
            "left": lambda network: aligned(network, nodes, how),
            "middle": lambda network: aligned(network, nodes, how),
            "horizontally": lambda network: distributed(network, nodes, how),
            "vertically": lambda network: distributed(network, nodes, how),
        }
        self.attempt(edits.get(how, lambda network: network.flow(how)))

    @precondition(has_blocks)
    @rule(number=NUMBERS, unfolded=st.booleans())
    def fold_or_unfold(self, number: int, unfolded: bool) -> None:
        if found := self.block(number):
            self.attempt(lambda network: folded(network, found[0], unfolded=unfolded))

    # Notes and frames

    @rule(text=TEXTS, place=PLACES, width=LENGTHS)
    def write(self, text: str, place: tuple[int, int], width: int) -> None:
        self.attempt(lambda network: network.annotate(Note(network.new_remark_id(Note), text, place, width)))

    @precondition(has_nodes)
    @rule(number=NUMBERS, count=st.integers(1, 4), title=TEXTS, colour=st.sampled_from(COLOURS), all_said=st.booleans())
    def frame(self, number: int, count: int, title: str, colour: Any, all_said: bool) -> None:
        said = [remark.id for remark in self.network.remarks] if all_said else []
        self.attempt(
            lambda network: network.annotate(around(network, [*self.some(number, count), *said], title, colour))
        )

    @precondition(says_something)
    @rule(number=NUMBERS, text=TEXTS, width=LENGTHS, height=LENGTHS)
    def rewrite(self, number: int, text: str, width: int, height: int) -> None:
        remark = self.remark(number)
        changes = (
            {"text": text, "width": width} if isinstance(remark, Note) else {"title": text, "size": (width, height)}
        )
        self.attempt(lambda network: network.annotate(replace(remark, **changes)))

    @precondition(says_something)
    @rule(number=NUMBERS, place=PLACES)
    def move_with_what_lies_inside(self, number: int, place: tuple[int, int]) -> None:
        remark, network = self.remark(number), self.network
        inside = contents(network, remark) if isinstance(remark, Frame) else ()
        before = {each.id: each.position for each in (*network.nodes, *network.remarks)}
        places = {name: (before[name][0] + place[0], before[name][1] + place[1]) for name in (remark.id, *inside)}
        self.attempt(lambda network: network.move(places))
        after = {each.id: each.position for each in (*self.network.nodes, *self.network.remarks)}
        assert after == before | places

    @precondition(says_something)
    @rule(number=NUMBERS, count=st.integers(0, 3))
    def remove_with_layers(self, number: int, count: int) -> None:
        layers = self.some(number, count) if self.network.nodes else ()
        self.attempt(lambda network: network.remove([self.remark(number).id, *layers]))

    @precondition(is_small)
    @precondition(says_something)
    @rule(number=NUMBERS, count=st.integers(0, 3))
    def copy_with_layers(self, number: int, count: int) -> None:
        layers = self.some(number, count) if self.network.nodes else ()
        part = read_network(network_record(self.network.part([self.remark(number).id, *layers])))
        said = len(self.network.remarks)
        self.attempt(lambda network: network.merge(part, (24, 24))[0])
        assert len(self.network.remarks) == said + 1

    # Blocks

    @precondition(has_nodes)
    @rule(number=NUMBERS, count=st.integers(1, 5), name=NAMES)
    def make_block(self, number: int, count: int, name: str) -> None:
        chosen = self.way(number, count)
        name = block_edits.free_name(name, blueprints(self.project.network))
        self.attempt(lambda network: block_edits.made_block(network, chosen, name)[0])

    @precondition(has_blocks)
    @rule(number=NUMBERS)
    def unpack(self, number: int) -> None:
        if found := self.block(number):
            self.attempt(lambda network: block_edits.unpacked(network, found[0])[0])

    @precondition(has_blocks)
    @rule(number=NUMBERS, name=NAMES)
    def make_unique(self, number: int, name: str) -> None:
        if found := self.block(number):
            name = block_edits.free_name(name, blueprints(self.project.network))
            self.attempt(lambda network: block_edits.made_unique(network, found[0], name))

    @precondition(has_blocks)
    @rule(number=NUMBERS, times=st.integers(1, 4))
    def repeat(self, number: int, times: int) -> None:
        if found := self.block(number):
            self.attempt(lambda network: network.replace_layer(found[0], found[1].with_setting("repeat", times)))

    @precondition(has_blocks)
    @rule(number=NUMBERS, name=NAMES)
    def name_block(self, number: int, name: str) -> None:
        self.attempt_whole(lambda network: block_edits.renamed_block(network, self.blueprint(number), name))

    @precondition(has_blocks)
    @rule(number=NUMBERS, name=SETTINGS, node=NUMBERS, setting=NUMBERS, times=st.integers(1, 2))
    def expose(self, number: int, name: str, node: int, setting: int, times: int) -> None:
        block = self.blueprint(number)
        nodes = blueprints(self.project.network)[block].graph.nodes
        inside = nodes[node % len(nodes)] if nodes else Node("nothing", ReLU())
        if names := list(inside.layer.declared):
            target = Target(inside.id, names[setting % len(names)], times)
            self.attempt_whole(lambda network: block_edits.exposed_setting(network, block, name, target))

    @precondition(has_blocks)
    @rule(number=NUMBERS, which=NUMBERS, deed=st.sampled_from(["hide", "rename", "release"]), name=SETTINGS)
    def settings_of_a_block(self, number: int, which: int, deed: str, name: str) -> None:
        block = self.blueprint(number)
        exposed = blueprints(self.project.network)[block].exposed
        if not exposed:
            return
        chosen = exposed[which % len(exposed)]
        edits: dict[str, Callable[[Graph], Graph]] = {
            "hide": lambda network: block_edits.hidden_setting(network, block, chosen.name),
            "rename": lambda network: block_edits.renamed_setting(network, block, chosen.name, name),
            "release": lambda network: block_edits.released_setting(network, block, chosen.targets[0]),
        }
        self.attempt_whole(edits[deed])

    @precondition(has_blocks)
    @rule(number=NUMBERS)
    def go_in(self, number: int) -> None:
        if found := self.block(number):
            self.place = (*self.place, found[0])

    @precondition(lambda self: bool(self.place))
    @rule()
    def go_out(self) -> None:
        self.place = self.place[:-1]

    # Problems

    @precondition(lambda self: bool(self.report.problems))
    @rule(number=NUMBERS, everywhere=st.booleans())
    def silence(self, number: int, everywhere: bool) -> None:
        doubts = [problem for problem in self.report.problems if problem.can_be_silenced]
        if doubts:
            self.change(lambda whole: whole.with_silence(places_of(doubts[number % len(doubts)])[everywhere]))

    @precondition(lambda self: bool(self.project.silenced))
    @rule()
    def hear_again(self) -> None:
        self.change(lambda whole: whole.without_silence(*whole.silenced))

    @precondition(lambda self: any(problem.fix for problem in self.report.problems))
    @rule(number=NUMBERS)
    def mend(self, number: int) -> None:
        """One click on a fix."""
        problems = [problem for problem in self.report.problems if problem.fix]
        problem = problems[number % len(problems)]
        after = self.mended_of(problem)
        self.change(lambda _whole: after)

    @precondition(lambda self: any(problem.fix for problem in self.report.problems))
    @rule()
    def mend_all(self) -> None:
        fixes = [problem.fix for problem in self.report.problems if problem.fix]
        self.change(lambda whole: mended(whole, fixes))

    # The history and the file

    @precondition(lambda self: bool(self.past))
    @rule(steps=st.integers(1, 5))
    def undo(self, steps: int) -> None:
        for _ in range(min(steps, len(self.past))):
            self.future.append((self.project, to_json(self.project)))
            before, written = self.past.pop()
            self.show(before)
            assert to_json(self.project) == written

    @precondition(lambda self: bool(self.future))
    @rule()
    def redo(self) -> None:
        self.past.append((self.project, to_json(self.project)))
        after, written = self.future.pop()
        self.show(after)
        assert to_json(self.project) == written

    @rule()
    def save_and_load(self) -> None:
        self.show(from_json(to_json(self.project)))

    # What holds at all times

    @invariant()
    def it_is_a_drawing_that_can_be(self) -> None:
        self.project.network.check()
        check_names(self.project.network)
        for blueprint in blueprints(self.project.network).values():
            blueprint.graph.check()
            check_blueprint(blueprint)

    @invariant()
    def a_file_gives_back_what_it_took(self) -> None:
        assert from_json(to_json(self.project)) == self.project

    @invariant()
    def it_can_be_analysed(self) -> None:
        if self.project is not self._reported:
            self.report, self._reported = analyse(self.project), self.project
            assert self.report.nodes.keys() == {node.id for node in self.project.network.nodes}

    def teardown(self) -> None:
        """Each problem can be mended, and the network without blocks costs what it costs with them."""
        for problem in self.report.problems:
            self.mended_of(problem)
        for _ in range(MOST_MENDED):
            self.change(lambda whole: mended(whole, [fault.fix for fault in self.report.faults if fault.fix][:1]))
            self.it_can_be_analysed()
        if not self.report.faults:
            plain = self.project.with_network(_without_blocks(self.project.network))
            assert analyse(plain).totals == self.report.totals


def _leads_somewhere(project: Project, place: tuple[str, ...]) -> bool:
    try:
        project.opened(place)
    except LayerloomError:
        return False
    return True


def _without_blocks(network: Graph) -> Graph:
    while blocks := [node.id for node in network.nodes if isinstance(node.layer, Block)]:
        network, _ = block_edits.unpacked(network, blocks[0])
    return network


TestEditing = Editing.TestCase
TestEditing.settings = (
    settings.get_profile("long")
    if settings.get_current_profile_name() == "long"
    else settings(max_examples=15, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck))
)
