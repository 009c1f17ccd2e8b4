"""Project: the document. Network, data and training choices; immutable; `.loom` JSON.

Reading refuses what it does not know, with the path of the fault. Saving is atomic and keeps one backup.
"""

import shutil
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, cast

import msgspec
from msgspec.structs import replace

from engine.blocks import (
    DEEPEST,
    LONGEST_HELP,
    Block,
    Blueprint,
    Exposed,
    block_at,
    blueprints,
    check_blueprint,
    check_names,
    closed,
    opened,
    place_of,
    substance,
)
from engine.data import Data
from engine.datasets import Digits
from engine.disk import write_atomically
from engine.errors import ProjectError, SettingError
from engine.graph import Direction, Graph, Node, Position, Wire
from engine.layers import Layer
from engine.losses import CrossEntropy
from engine.optimizers import Adam
from engine.penalties import OfActivities
from engine.remarks import Frame, Note
from engine.spec import Spec, abbreviate, convert, read_spec, unknown_setting, write_spec
from engine.training import Training

FORMAT = "layerloom-project"
VERSION = 1
SUFFIX = ".loom"
LARGEST_FILE = 64 * 2**20
MOST_NODES = 20_000
MOST_REMARKS = 2_000
LONGEST_TITLE = 200
LONGEST_DESCRIPTION = 20_000


class Silenced(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A doubt that a person does not want to hear of again: its rule, at one node or (None) everywhere.

    The node inside a block is written with the blocks that lead there: ``block_1/conv2d_1``.
    """

    rule: Annotated[str, msgspec.Meta(max_length=LONGEST_TITLE)]
    node: str | None = None


class Project(msgspec.Struct, frozen=True):
    """All that a person designs. An edit returns a new project."""

    network: Graph = Graph()
    data: Data = Data(Digits())
    training: Training = Training(CrossEntropy(), Adam())
    title: str = ""
    description: str = ""
    silenced: tuple[Silenced, ...] = ()

    def with_network(self, network: Graph) -> "Project":
        """With another network. What is silenced at a node follows its name and goes with it; penalties follow it."""
        silenced = followed(self.silenced, self.network, network)
        training = _following(self.training, self.network, network)
        return replace(self, network=network, training=training, silenced=silenced)

    def with_silence(self, *silences: Silenced) -> "Project":
        """With these doubts silenced as well."""
        return replace(self, silenced=tuple(dict.fromkeys((*self.silenced, *silences))))

    def without_silence(self, *silences: Silenced) -> "Project":
        """With these doubts to be heard again."""
        kept = tuple(silence for silence in self.silenced if silence not in silences)
        return replace(self, silenced=kept)

    def node(self, ids: str) -> Node:
        """The node that these ids lead to, from outside in, with “/” between them. Raises `ProjectError`."""
        *place, node_id = ids.split("/")
        return opened(self.network, tuple(place)).node(node_id)

    def opened(self, place: tuple[str, ...]) -> "Project":
        """With the drawing at a place as its network: the ids of the blocks that lead there. Raises `ProjectError`."""
        # What is silenced names the nodes as they are seen from outside.
        return replace(self, network=opened(self.network, place), silenced=()) if place else self

    def closed(self, place: tuple[str, ...], edited: "Project") -> "Project":
        """What ``edited``, which was opened at that place, makes of this project. Raises `ProjectError`."""
        whole = edited
        if place:
            network = closed(self.network, place, edited.network)
            whole = replace(edited, network=network, silenced=followed(self.silenced, self.network, network))
        if whole.network is not self.network:
            check_names(whole.network)
        return whole

    def with_data(self, data: Data) -> "Project":
        """With other data choices."""
        return replace(self, data=data)

    def with_training(self, training: Training) -> "Project":
        """With other training choices."""
        return replace(self, training=training)

    def trains_as(self, other: "Project") -> bool:
        """Whether both would train the same: where their layers stand, and what they are called, is no matter."""
        return all(
            (
                substance(self.network) == substance(other.network),
                self.data == other.data,
                replace(self.training, watch_gradients=other.training.watch_gradients) == other.training,
            )
        )

    def with_value(self, path: str, value: Any) -> "Project":
        """With the value at a dotted path changed: ``training.optimizer.learning_rate``, ``data.validation``,
        ``network.conv2d_1.out_channels``, ``network.stage_1/conv2d_1.frozen``. Where a choice is expected, its name
        will do. Raises `SettingError`, and `ProjectError` where there is no such layer.
        """
        head, _, rest = path.partition(".")
        if head == "network":
            ids, _, name = rest.partition(".")
            place = tuple(ids.split("/"))
            inner = self.opened(place[:-1])
            return self.closed(place[:-1], inner.with_network(_with_node_value(inner.network, place[-1], name, value)))
        if head == "data":
            return self.with_data(with_path(self.data, rest, value))
        if head == "training":
            return self.with_training(with_path(self.training, rest, value))
        raise SettingError(
            f"There is no setting “{abbreviate(path, 60)}”.",
            expected="A path starts with network, data or training, such as training.optimizer.learning_rate.",
        )


def _with_node_value(network: Graph, node_id: str, name: str, value: Any) -> Graph:
    if name != "frozen":
        return network.replace_layer(node_id, with_path(network.node(node_id).layer, name, value))
    network.node(node_id)
    if not isinstance(value, bool):
        raise SettingError(f"Whether {node_id} is frozen cannot be {value!r}.", expected="It must be true or false.")
    return network.freeze([node_id], value)


def followed(silences: tuple[Silenced, ...], before: Graph, after: Graph) -> tuple[Silenced, ...]:
    """What is still silenced when a network has become another: a node that has only another name is the same node."""
    kept: list[Silenced] = []
    for silence in silences:
        ids = silence.node.split("/") if silence.node else []
        path = ids and (_followed(ids, before, after) or _at_another_use(ids, before, after))
        if path is not None:
            kept.append(replace(silence, node="/".join(path)) if path else silence)
    return tuple(kept)


def _following(training: Training, before: Graph, after: Graph) -> Training:
    """The training with the layers that penalties name by their names as they are now; of one that is gone, it says
    itself that it is.
    """
    penalties = tuple(
        replace(penalty, layers=tuple(_name_now(name, before, after) or name for name in penalty.layers))
        if isinstance(penalty, OfActivities) and penalty.layers
        else penalty
        for penalty in training.penalties
    )
    return training if penalties == training.penalties else replace(training, penalties=penalties)


def _followed(path: list[str], before: Graph, after: Graph) -> list[str] | None:
    """The ids that lead to a node, as they are now; None: it is gone."""
    first, *rest = path
    name = _name_now(first, before, after)
    if name is None:
        return _taken_along(path, before, after)
    if not rest:
        return [name]
    outer, inner = before.node(first).layer, after.node(name).layer
    if not isinstance(outer, Block) or not isinstance(inner, Block):
        return None
    inside = _followed(rest, outer.inside, inner.inside)
    return inside and [name, *inside]


def _taken_along(path: list[str], before: Graph, after: Graph) -> list[str] | None:
    """The ids that lead to a node that a new block took in, or that an unpacked one let out; None: it is gone."""
    first, *rest = path
    if first not in before:
        return None
    layer = before.node(first).layer
    if rest and isinstance(layer, Block) and rest[0] not in before and rest[0] in after:
        return _followed(rest, layer.inside, after)
    for node in after.nodes:
        if node.id in before or not isinstance(node.layer, Block):
            continue
        inside = node.layer.inside
        if first in inside and inside.node(first).layer == layer:
            found = _followed(path, before, inside)
            return found and [node.id, *found]
    return None


def _at_another_use(path: list[str], before: Graph, after: Graph) -> list[str] | None:
    """The ids that lead to the same node of a block in another use of it; None: there is none."""
    *place, node = path
    block = block_at(before, tuple(place))
    if block is None or not (other := place_of(after, block.blueprint.name)):
        return None
    found = block_at(after, other)
    return [*other, node] if found is not None and node in found.inside else None


def _name_now(node_id: str, before: Graph, after: Graph) -> str | None:
    if node_id not in before:
        return None
    if node_id in after:
        return node_id
    pairs = zip(before.nodes, after.nodes, strict=False)
    renamed = (new.id for old, new in pairs if old.id == node_id and new == replace(old, id=new.id))
    return next(renamed, None)


def with_path(spec: Spec, path: str, value: Any) -> Any:
    """The spec with the setting at a dotted path changed. Raises `SettingError`."""
    name, _, rest = path.partition(".")
    if name in spec.nested:
        several = getattr(spec, name)
        if isinstance(several, tuple):
            return spec.with_setting(name, _with_entry(cast("tuple[Spec, ...]", several), path, rest, value))
        if rest:
            return spec.with_setting(name, with_path(getattr(spec, name), rest, value))
        return spec.with_setting(name, {"type": value} if isinstance(value, str) else value)
    if name not in spec.declared or rest:
        raise unknown_setting(type(spec), path, SettingError)
    return spec.with_setting(name, value)


def _with_entry(several: tuple[Spec, ...], path: str, rest: str, value: Any) -> Any:
    """The list with one entry replaced, as ``1``, or changed, as ``1.columns``; without either, the value itself."""
    if not rest:
        return value
    place, _, within = rest.partition(".")
    if not place.isascii() or not place.isdigit() or int(place) >= len(several):
        raise SettingError(f"{path}: there is no entry {abbreviate(place, 60)}.", expected=f"There are {len(several)}.")
    number = int(place)
    entry = (
        with_path(several[number], within, value) if within else {"type": value} if isinstance(value, str) else value
    )
    return (*several[:number], entry, *several[number + 1 :])


class _NodeRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    type: str
    settings: dict[str, Any] = {}
    position: Position = (0.0, 0.0)
    frozen: bool = False
    bypassed: bool = False
    unfolded: bool = False


_Notes = Annotated[list[Note], msgspec.Meta(max_length=MOST_REMARKS)]
_Frames = Annotated[list[Frame], msgspec.Meta(max_length=MOST_REMARKS)]


class _BlockRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    direction: Direction = "down"
    nodes: list[_NodeRecord] = []
    wires: list[Wire] = []
    notes: _Notes = []
    frames: _Frames = []
    exposed: list[Exposed] = []
    help: Annotated[str, msgspec.Meta(max_length=LONGEST_HELP)] = ""


class _NetworkRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    direction: Direction = "down"
    nodes: list[_NodeRecord] = []
    wires: list[Wire] = []
    notes: _Notes = []
    frames: _Frames = []
    blocks: dict[str, _BlockRecord] = {}


class _Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    version: int
    network: _NetworkRecord
    data: dict[str, Any]
    training: dict[str, Any]
    title: Annotated[str, msgspec.Meta(max_length=LONGEST_TITLE)] = ""
    description: Annotated[str, msgspec.Meta(max_length=LONGEST_DESCRIPTION)] = ""
    silenced: list[Silenced] = []


def to_json(project: Project) -> bytes:
    """The project as indented UTF-8 JSON with its keys in a fixed order, so that two versions differ line by line."""
    document: dict[str, Any] = {"format": FORMAT, "version": VERSION}
    if project.title:
        document["title"] = project.title
    if project.description:
        document["description"] = project.description
    document["network"] = network_record(project.network)
    document["data"] = project.data.settings()
    document["training"] = project.training.settings()
    if project.silenced:
        document["silenced"] = msgspec.to_builtins(project.silenced)
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def network_record(network: Graph) -> dict[str, Any]:
    """The network as plain data, with the blocks that it uses."""
    blocks = {name: _block_record(blueprint) for name, blueprint in blueprints(network).items()}
    return _graph_record(network) | ({"blocks": blocks} if blocks else {})


def _graph_record(graph: Graph) -> dict[str, Any]:
    direction = {} if graph.direction == "down" else {"direction": graph.direction}
    nodes = [_node_record(node) for node in graph.nodes]
    remarks = {"notes": graph.notes, "frames": graph.frames}
    said = {name: msgspec.to_builtins(found) for name, found in remarks.items() if found}
    return {**direction, "nodes": nodes, "wires": msgspec.to_builtins(graph.wires), **said}


def _block_record(blueprint: Blueprint) -> dict[str, Any]:
    exposed = {"exposed": msgspec.to_builtins(blueprint.exposed)} if blueprint.exposed else {}
    return ({"help": blueprint.help} if blueprint.help else {}) | _graph_record(blueprint.graph) | exposed


def _node_record(node: Node) -> dict[str, Any]:
    flags = {name: True for name in ("frozen", "bypassed", "unfolded") if getattr(node, name)}
    return {"id": node.id, **write_spec(node.layer), "position": list(node.position), **flags}


def from_json(content: bytes | str, name: str = "The project", fix: str = "") -> Project:
    """The project that the JSON describes. Raises `ProjectError` with the path of the fault.

    ``fix`` is what to do where it is not JSON at all.
    """
    try:
        raw: Any = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        cut_off = ", or was cut off" if "truncated" in str(fault) else ""
        reason = "is nested too deeply" if isinstance(fault, RecursionError) else f"is not JSON{cut_off}"
        raise ProjectError(f"{name} {reason}.", expected="A Layerloom project was expected.", fix=fix) from None
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise ProjectError(f"{name} is JSON, but not a Layerloom project.", expected=f"“format” must be “{FORMAT}”.")
    record = convert(_upgraded(cast(dict[str, Any], raw), name), _Record, "project", ProjectError)
    network = _read_network(record.network)
    return Project(
        network,
        Data.read(record.data, "project.data"),
        Training.read(record.training, "project.training"),
        record.title,
        record.description,
        followed(tuple(record.silenced), network, network),
    )


def read_network(raw: Any) -> Graph:
    """The network that plain data describes, as `network_record` writes it. Raises `ProjectError`."""
    return _read_network(convert(raw, _NetworkRecord, "network", ProjectError))


def _upgraded(raw: dict[str, Any], name: str) -> dict[str, Any]:
    version = raw.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ProjectError(f"{name} has no version that can be read.", expected=f"“version” must be 1 to {VERSION}.")
    if version > VERSION:
        raise ProjectError(
            f"{name} was written by a newer Layerloom (format version {abbreviate(str(version), 60)}).",
            expected=f"This one reads up to version {VERSION}.",
            fix="Update Layerloom to open it.",
        )
    return raw


def _read_network(record: _NetworkRecord) -> Graph:
    return _Reader(record.blocks).graph(record, "project.network")


class _Reader:
    """Reads drawings and, where a node uses one, the blocks that come with them, each once."""

    def __init__(self, blocks: Mapping[str, _BlockRecord]) -> None:
        self._records = blocks
        self._kinds: dict[str, type[Layer]] = {}
        self._underway: list[str] = []
        count = sum(len(record.nodes) for record in blocks.values())
        if count > MOST_NODES:
            raise _too_many("project.network.blocks", count)
        for name in blocks:
            self._read_block(name)

    def graph(self, record: "_NetworkRecord | _BlockRecord", path: str) -> Graph:
        """The drawing that a record holds. Raises `ProjectError` with the path of the fault."""
        if len(record.nodes) > MOST_NODES:
            raise _too_many(f"{path}.nodes", len(record.nodes))
        nodes = tuple(self._node(node, f"{path}.nodes[{index}]") for index, node in enumerate(record.nodes))
        graph = Graph(nodes, tuple(record.wires), record.direction, tuple(record.notes), tuple(record.frames))
        graph.check()
        return graph

    def _node(self, record: _NodeRecord, path: str) -> Node:
        if any(abs(place) > 1e7 for place in record.position):
            raise ProjectError(f"{path}.position: {list(record.position)} is far outside the canvas.")
        if record.type in self._records:
            self._read_block(record.type)
        chosen = {"type": record.type, "settings": record.settings}
        layer = read_spec(Layer, chosen, path, more=self._kinds)
        return Node(record.id, layer, record.position, record.frozen, record.bypassed, record.unfolded)

    def _read_block(self, name: str) -> None:
        if name in self._kinds:
            return
        if name in self._underway:
            raise ProjectError(f"project.network.blocks: “{abbreviate(name, 60)}” lies inside itself.")
        if len(self._underway) >= DEEPEST:
            raise ProjectError(f"project.network.blocks: they lie more than {DEEPEST} deep inside one another.")
        self._underway.append(name)
        record = self._records[name]
        blueprint = Blueprint(
            name,
            self.graph(record, f"project.network.blocks.{abbreviate(name, 60)}"),
            tuple(record.exposed),
            record.help,
        )
        check_blueprint(blueprint)
        self._kinds[name] = blueprint.kind
        self._underway.pop()


def _too_many(path: str, count: int) -> ProjectError:
    return ProjectError(f"{path} holds {count:,} layers.", expected=f"At most {MOST_NODES:,} can be opened.")


def load(path: Path) -> Project:
    """Reads a project file. Raises `ProjectError`."""
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode) and not stat.S_ISDIR(about.st_mode):
            # A pipe or a device may answer never, or without end.
            raise ProjectError(f"{path} is not a file.", expected="A project is a file of text.")
        if about.st_size > LARGEST_FILE:
            raise ProjectError(f"{path.name} is larger than {LARGEST_FILE // 2**20} MB, which no project is.")
        content = path.read_bytes()
    except OSError as fault:
        raise unreadable(path, fault) from None
    # Importers read projects themselves.
    from engine.importers import is_model

    if is_model(path):
        raise ProjectError(
            f"{path.name} is a model, not a project.",
            fix="Open it in the window, which draws its network, or make a project of it with “layerloom import”.",
        )
    backup = backup_of(path)
    return from_json(content, path.name, fix=f"Open its backup, {backup.name}." if backup.is_file() else "")


def unreadable(path: Path, fault: OSError) -> ProjectError:
    """Why a file cannot be opened."""
    return ProjectError(
        f"{path} cannot be read: {fault.strerror or fault}.", fix="Check that it is there and that you may read it."
    )


def save(project: Project, path: Path) -> None:
    """Writes a project file, keeping the one it replaces as ``*.backup``. Raises `ProjectError`, losing nothing."""
    try:
        if path.exists():
            write_atomically(backup_of(path), lambda file: shutil.copyfile(path, file))
        write_atomically(path, lambda file: file.write_bytes(to_json(project)))
    except OSError as fault:
        raise ProjectError(
            f"{path} cannot be written: {fault.strerror or fault}.",
            expected="What was there before is untouched.",
            fix="Choose another folder or make room, then save again.",
        ) from None


def backup_of(path: Path) -> Path:
    """Where the version before the last save is kept."""
    return path.with_name(path.name + ".backup")
