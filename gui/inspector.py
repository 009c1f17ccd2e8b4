"""Inspector: what is selected. One layer with its settings, several with what they share, or the whole network."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from engine.advice import explains
from engine.blocks import Block
from engine.ends import answers_of
from engine.errors import LayerloomError, ProjectError
from engine.graph import Node
from engine.layers import Input, Output, Twin
from engine.project import Project
from engine.report import NodeReport
from gui import theme as looks
from gui.block_settings import BlockSettings
from gui.code_section import CodeSection
from gui.cost import Account, account
from gui.editor import Editor
from gui.exposure import Exposure
from gui.form import Form
from gui.formula import Formula
from gui.own_loss import OwnLoss
from gui.page import Facts, Page, Problems, label
from gui.plots.measures import MEASURES, Learning, of_layer, span_in_words, verdict
from gui.switches import SwitchBoxes, can_have_twin
from gui.theme import Appearance
from gui.words import in_percent, shape_in_words, translated, with_thousands


class Inspector(Page):
    """The Layer tab."""

    left = Signal()
    """Escape was pressed: the keyboard goes back to where it came from."""

    def __init__(self, editor: Editor, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inspector")
        self.setAccessibleName(self.tr("Layer"))
        self._editor = editor
        self._head = Head(editor, appearance)
        self._help = label(kind="dim", wraps=True)
        self._form = Form()
        self._form.changed.connect(lambda name, value: self._change(name, repeat(value)))
        self._form.withdrawn.connect(self._change)
        self._exposure = Exposure(editor, self._form)
        self._exposed = label(kind="dim", wraps=True)
        self._exposed.setObjectName("exposedNote")
        self.block = BlockSettings(editor, appearance)
        self.code = CodeSection(editor)
        self._facts = Facts()
        self._formula = Formula(appearance)
        self._explanation = label(kind="dim", wraps=True)
        self._explanation.setObjectName("explanation")
        self._problems = Problems(appearance)
        self._problems.fix_asked.connect(editor.mend)
        self._problems.ignore_asked.connect(editor.ignore)
        head = self.add_section()
        self._switches = SwitchBoxes(editor)
        head.add(self._head, self._help, self._switches)
        self._form_section = self.add_section()
        self._form_section.add(self._form, self._exposed)
        self._block_section = self.add_section(self.tr("Block"))
        self._block_section.add(self.block)
        self._code_section = self.add_section(self.tr("Code"))
        self._code_section.add(self.code)
        self._loss_section = self.add_section(self.tr("Its loss"))
        self.loss = OwnLoss(editor)
        self._loss_section.add(self.loss)
        self._facts_section = self.add_section()
        self._facts_section.add(self._facts)
        self._known: Mapping[str, Learning] = {}
        self._learning = Facts()
        self._learning.setObjectName("learningFacts")
        self._learning_section = self.add_section(self.tr("In the last step seen"))
        self._learning_section.add(self._learning)
        self._formula_section = self.add_section(self.tr("Formula"))
        self._formula_section.add(self._formula)
        self._explanation_section = self.add_section(self.tr("Trained together with the loss"))
        self._explanation_section.add(self._explanation)
        self._problem_section = self.add_section(self.tr("Problems"))
        self._problem_section.add(self._problems)
        editor.project_changed.connect(self._refresh)
        editor.place_changed.connect(self._refresh)
        editor.selection_changed.connect(self._refresh)
        editor.selection_changed.connect(self._form.restore)
        editor.report_changed.connect(self._refresh_report)
        appearance.changed.connect(self._refresh)
        self._refresh()

    def show_learning(self, known: Mapping[str, Learning]) -> None:
        """How layers learn, by their names; none: no training of this design is known."""
        self._known = known
        self._show_learning()

    def _show_learning(self) -> None:
        """How the layer that is chosen learns, where a training has shown it."""
        chosen = self._editor.selection
        found = of_layer(self._known, (*self._editor.place, *chosen)) if len(chosen) == 1 else []
        self._learning_section.setVisible(bool(found))
        if not found:
            return
        updates = [each.update for each in found if each.update is not None]
        ratio = (span_in_words("updates", updates), verdict(float(np.median(updates)))) if updates else ""
        gradient = span_in_words("gradient", [each.gradient for each in found])
        facts = {"gradient": gradient, "updates": ratio}
        self._learning.show_facts({translated(MEASURES[name].title): value for name, value in facts.items()})
        self._learning.setToolTip("<br><br>".join(translated(MEASURES[name].help) for name in facts))

    def focus_first(self) -> None:
        """Puts the keyboard into the first setting; a layer without settings has its name."""
        found = self._form.findChildren(QWidget) if self._form_section.isVisibleTo(self) else []
        fields = [widget for widget in found if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isEnabled()]
        field = fields[0] if fields else self._head.name
        field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.ensureWidgetVisible(field)

    def focus_name(self) -> None:
        """Puts the keyboard into the name of the layer."""
        self._head.name.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._head.name.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)

    def _nodes(self) -> list[Node]:
        network = self._editor.network
        return [network.node(node_id) for node_id in self._editor.selection if node_id in network]

    def _refresh(self) -> None:
        nodes = self._nodes()
        if len(nodes) == 1:
            self._show_layer(nodes[0])
        elif nodes:
            self._show_several(nodes)
        else:
            self._show_network()
        self._show_form(nodes)
        self._show_block(nodes)
        self._show_learning()
        self._refresh_report()

    def _show_layer(self, node: Node) -> None:
        self._head.show_node(node)
        self._help.setText(self._end_of_block(node) or translated(node.layer.help()))
        self._formula.show_formula(node.layer.equation)
        self._formula_section.setVisible(bool(node.layer.equation))

    def _end_of_block(self, node: Node) -> str:
        """What an end of the drawing is inside a block; empty: it is none."""
        if not self._editor.place:
            return ""
        if isinstance(node.layer, Input):
            return self.tr("What enters the block.")
        return self.tr("What leaves the block.") if isinstance(node.layer, Output) else ""

    def _show_several(self, nodes: Sequence[Node]) -> None:
        kinds = Counter(node.layer.title for node in nodes)
        self._head.show_title(self.tr("{count} layers").format(count=len(nodes)))
        words = ", ".join(f"{count} × {title}" for title, count in kinds.most_common())
        same = self.tr("What you change here changes in all of them.") if self._share_form(nodes) else ""
        self._help.setText(f"{words}\n{same}".strip())
        self._formula_section.hide()

    def _show_network(self) -> None:
        block = self._editor.block
        title = block.name if block is not None else translated(self._editor.project.title)
        self._head.show_title(title or self.tr("Network"))
        hint = self.tr("Select a layer to see its settings, its shapes and what it costs.")
        empty = self.tr("Drag a layer from the left onto the canvas, or double-click it there.")
        self._help.setText(hint if self._editor.network.nodes else empty)
        self._formula_section.hide()

    def _share_form(self, nodes: Sequence[Node]) -> bool:
        # Inside a block the shape at its ends is what is wired to it outside.
        is_open = bool(nodes[0].layer.declared) and not self._end_of_block(nodes[0])
        return is_open and len({type(node.layer) for node in nodes}) == 1

    def _shape_of_the_data(self) -> str:
        """What enters where nothing else is said; empty where the data cannot tell."""
        try:
            shape = shape_in_words(self._editor.project.data.shape)
        except LayerloomError:
            return ""
        return self.tr("from the data: {shape}").format(shape=shape)

    def _show_form(self, nodes: Sequence[Node]) -> None:
        shown = bool(nodes) and self._share_form(nodes)
        if shown:
            self._form.show_specs(*(node.layer for node in nodes))
            if isinstance(nodes[0].layer, Input):
                self._form.show_hint("shape", self._shape_of_the_data())
            if isinstance(nodes[0].layer, Twin):
                others = (node for node in self._editor.network.nodes if can_have_twin(self._editor, node))
                self._form.offer("of", [node.id for node in others])
        note = self._exposure.show_node(nodes[0] if shown and len(nodes) == 1 else None)
        self._exposed.setText(note)
        self._exposed.setVisible(bool(note))
        self._form_section.setVisible(shown)
        self._loss_section.setVisible(self.loss.show_node(nodes[0] if shown and len(nodes) == 1 else None))

    def _show_block(self, nodes: Sequence[Node]) -> None:
        """The selected block or, with nothing selected, the one that is open."""
        layer = nodes[0].layer if len(nodes) == 1 else None
        blueprint = layer.blueprint if isinstance(layer, Block) else self._editor.block if not nodes else None
        self._block_section.setVisible(blueprint is not None)
        if blueprint is not None:
            self.block.show_block(blueprint, is_use=bool(nodes))

    # What the engine says

    def _refresh_report(self) -> None:
        nodes, report = self._nodes(), self._editor.here
        self._switches.show_nodes(nodes)
        self._code_section.setVisible(self.code.show_node(nodes[0] if len(nodes) == 1 else None))
        known = [report.nodes[node.id] for node in nodes if node.id in report.nodes]
        if len(nodes) == 1:
            facts = self._layer_facts(known[0]) if known else {}
        else:
            facts = self._sum_facts(known) if nodes else self._network_facts()
        self._facts.show_facts(facts)
        self._facts_section.setVisible(any(facts.values()))
        problems = [problem for node in nodes for problem in report.problems_of(node.id)]
        self._problems.show_problems(problems)
        self._problem_section.setVisible(bool(problems))
        project = self._editor.project
        answers = answers_of(project) if len(nodes) == 1 and not self._editor.place else ()
        output = next((answer.output for answer in answers if answer.absorbed == nodes[0].id), "")
        self._explanation.setText(translated(explains(project, output)) if output else "")
        self._explanation_section.setVisible(bool(output))

    def _layer_facts(self, report: NodeReport) -> dict[str, str | tuple[str, str]]:
        inputs = ", ".join(map(shape_in_words, report.input_shapes))
        if report.output_shape is None:
            return {self.tr("Input"): inputs}
        output = shape_in_words(report.output_shape)
        return {self.tr("Input"): inputs, self.tr("Output"): output, **self._sum_facts([report])}

    def _sum_facts(self, reports: Sequence[NodeReport]) -> dict[str, str | tuple[str, str]]:
        totals = self._editor.report.totals
        parameters = sum(report.parameters for report in reports)
        trainable = sum(report.trainable_parameters for report in reports)
        flops = sum(report.flops for report in reports)
        frozen = self.tr("frozen") if not trainable else ""
        return {
            self.tr("Parameters"): _with_share(parameters, parameters, totals.parameters, frozen),
            self.tr("Trainable"): with_thousands(trainable) if 0 < trainable < parameters else "",
            self.tr("Multiply-adds"): _with_share(flops // 2, flops, totals.flops),
        }

    def _network_facts(self) -> dict[str, str | tuple[str, str]]:
        if not self._editor.network.nodes:
            return {}
        layers: Account = {self.tr("Layers"): with_thousands(len(self._editor.network.nodes))}
        # Before the engine has spoken nothing is known, which is not the same as nothing.
        report = self._editor.report
        if not report.nodes:
            return layers
        if self._editor.place:
            return {**layers, **self._sum_facts(list(self._editor.here.nodes.values()))}
        return {**layers, **account(self._editor.project, report.totals)}

    # Edits

    def _change(self, name: str, values: Iterable[object]) -> None:
        ids = [node.id for node in self._nodes()]

        def edit(project: Project) -> Project:
            for node_id, value in zip(ids, values, strict=False):
                project = project.with_value(f"network.{node_id}.{name}", value)
            return project

        self._editor.attempt(self.tr("Change {name}").format(name=name), edit, merge=f"{','.join(ids)}.{name}")


class Head(QWidget):
    """The mark of a layer, its kind, and its name as a line that can be changed; or a title alone."""

    def __init__(self, editor: Editor, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._appearance = appearance
        self._node_id = ""
        self._mark = QLabel(self)
        self._title = label(wraps=True)
        self._title.setFont(looks.title_font())
        self.name = QLineEdit(self)
        self.name.setObjectName("layerName")
        self.name.setProperty("kind", "bare")
        self.name.setAccessibleName(self.tr("Name of the layer"))
        self.name.setToolTip(self.tr("The name of this layer: of its weights, and in the exported code"))
        self.name.textEdited.connect(lambda _text: self._say(self._refusal()))
        self.name.editingFinished.connect(self._rename)
        self.name.installEventFilter(self)
        self._fault = label(kind="fault", wraps=True)
        self._fault.setObjectName("nameFault")
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self._title)
        names.addWidget(self.name)
        row = QHBoxLayout()
        row.setSpacing(looks.GRID)
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(names, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(looks.GRID)
        column.addLayout(row)
        column.addWidget(self._fault)
        self._say("")

    def show_node(self, node: Node) -> None:
        """Shows a layer. A name that is being typed stays."""
        theme, kind = self._appearance.theme, type(node.layer)
        self._mark.setPixmap(looks.tile(kind.title[0], theme.family(kind.family), theme).pixmap(looks.HEAD_TILE))
        self._title.setText(kind.title)
        self._title.setIndent(looks.GRID * 2)
        if node.id != self._node_id:
            self._node_id = node.id
            self._restore()
        self._mark.show()
        self.name.show()

    def show_title(self, title: str) -> None:
        """Shows a title alone."""
        self._node_id = ""
        self._title.setText(title)
        self._title.setIndent(0)
        self._mark.hide()
        self.name.hide()
        self._say("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        is_escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if is_escape and event.type() == QEvent.Type.KeyPress and self.name.text() != self._node_id:
            self._restore()
            return True
        is_left = isinstance(event, QFocusEvent) and event.reason() != Qt.FocusReason.PopupFocusReason
        if is_left and event.type() == QEvent.Type.FocusOut and self._node_id and self._refusal():
            self._restore()
        return super().eventFilter(watched, event)

    def _restore(self) -> None:
        self.name.setText(self._node_id)
        self._say("")

    def _refusal(self) -> str:
        try:
            self._editor.network.rename(self._node_id, self.name.text().strip())
        except ProjectError as error:
            return " ".join(translated(part) for part in (error.message, error.expected) if part)
        return ""

    def _rename(self) -> None:
        old, new = self._node_id, self.name.text().strip()
        if not old or new == old or self._refusal():
            return
        words = self.tr("Rename {old} to {new}").format(old=old, new=new)
        self._editor.edit_network(words, lambda network: network.rename(old, new), (new,))

    def _say(self, words: str) -> None:
        self._fault.setText(words)
        self._fault.setVisible(bool(words))


def _with_share(count: int, part: int, whole: int, note: str = "") -> str | tuple[str, str]:
    share = in_percent(part / whole) if part else ""
    return (with_thousands(count), f"{share}, {note}" if note else share) if part else with_thousands(count)
