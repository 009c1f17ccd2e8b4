"""Inside a block: which settings of a layer each use may have otherwise, chosen at the rows of its form."""

from functools import partial

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QMenu

from engine.block_edits import exposed_setting, released_setting
from engine.blocks import Blueprint, Exposed, Target
from engine.graph import Node
from engine.project import Project
from engine.spec import Field
from gui.editor import Editor
from gui.form import Form, Toggle


class Exposure(QObject):
    """Gives each row of a form a toggle while the layer that it shows is inside a block."""

    def __init__(self, editor: Editor, form: Form) -> None:
        super().__init__(form)
        self._editor = editor
        self._form = form
        self._node: Node | None = None
        form.toggled.connect(self._toggle)

    def show_node(self, node: Node | None) -> str:
        """Shows the toggles of this layer, or none; answers what is to be said of the marked rows."""
        self._node = node
        blueprint = self._editor.block if node is not None else None
        if node is None or blueprint is None:
            self._form.show_toggles({})
            return ""
        fields = [field.name for field in node.layer.declared.values() if field.kind != "code"]
        names = {field: _reached_by(blueprint, node.id, field) for field in fields}
        self._form.show_toggles({field: self._toggle_of(name) for field, name in names.items()})
        if not any(names.values()):
            return ""
        return self.tr("What is marked ↗ holds for this use of {block} alone.").format(block=blueprint.name)

    def _toggle_of(self, name: str) -> Toggle:
        if not name:
            return Toggle(False, self.tr("Let each use set this"))
        words = self.tr("Each use sets this as “{name}”: a change here holds for this use alone. Press to end that.")
        return Toggle(True, words.format(name=name))

    def _toggle(self, setting: str) -> None:
        node, blueprint = self._node, self._editor.block
        if node is None or blueprint is None:
            return
        target = Target(node.id, setting)
        if name := _reached_by(blueprint, node.id, setting):
            words = self.tr("Let no use set {name}").format(name=name)
            edit = partial(released_setting, block=blueprint.name, target=target)
            self._editor.attempt_whole(words, lambda project: project.with_network(edit(project.network)))
        elif joinable := _joinable(blueprint, node, setting):
            self._ask(blueprint, target, joinable)
        else:
            self._expose(blueprint.name, _free(blueprint, setting), target)
        self.show_node(node)

    def _ask(self, blueprint: Blueprint, target: Target, joinable: list[tuple[Exposed, int]]) -> None:
        menu = QMenu(self._form)
        menu.setObjectName("exposeMenu")
        own = _free(blueprint, target.setting)
        entry = menu.addAction(self.tr("Let each use set this, as “{name}”").format(name=own))
        entry.triggered.connect(partial(self._expose, blueprint.name, own, target))
        menu.addSeparator()
        for exposed, times in joinable:
            words = self.tr("Set by “{name}” as well") if times == 1 else self.tr("Be {times} × “{name}”")
            entry = menu.addAction(words.format(name=exposed.name, times=times))
            reached = Target(target.node, target.setting, times)
            entry.triggered.connect(partial(self._expose, blueprint.name, exposed.name, reached))
        menu.aboutToHide.connect(menu.deleteLater)
        button = self._form.toggle(target.setting)
        menu.popup(button.mapToGlobal(QPoint(0, button.height())))

    def _expose(self, block: str, name: str, target: Target, _checked: bool = False) -> None:
        def edit(project: Project) -> Project:
            return project.with_network(exposed_setting(project.network, block, name, target))

        self._editor.attempt_whole(self.tr("Let each use set {name}").format(name=name), edit)


def _reached_by(blueprint: Blueprint, node_id: str, setting: str) -> str:
    """The exposed setting that reaches this one; empty: none does."""
    places = {(target.node, target.setting): one.name for one in blueprint.exposed for target in one.targets}
    return places.get((node_id, setting), "")


def _joinable(blueprint: Blueprint, node: Node, setting: str) -> list[tuple[Exposed, int]]:
    """The exposed settings that could reach this one too, and how many times as large it would be then."""
    field: Field = node.layer.declared[setting]
    found: list[tuple[Exposed, int]] = []
    for exposed in blueprint.exposed:
        outside = blueprint.kind.declared[exposed.name]
        if outside.kind != field.kind:
            continue
        found.append((exposed, 1))
        value = getattr(node.layer, setting)
        if field.kind == "integer" and outside.default and value > outside.default and not value % outside.default:
            found.append((exposed, value // outside.default))
    return found


def _free(blueprint: Blueprint, setting: str) -> str:
    """The name of a setting, with a number where the block has another of that name."""
    taken = {"repeat", *(exposed.name for exposed in blueprint.exposed)}
    number, name = 1, setting
    while name in taken:
        number += 1
        name = f"{setting}_{number}"
    return name
