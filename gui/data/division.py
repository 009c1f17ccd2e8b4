"""How the samples are divided: by chance, by group, by time or by a column, in which shares, and what that gives."""

from collections.abc import Mapping

from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.data import Data
from engine.errors import DataError
from engine.project import Project
from engine.spec import carried_over
from engine.splits import Split
from gui import theme as looks
from gui.editor import Editor
from gui.form import Form, in_words
from gui.kind_box import KindBox
from gui.page import Facts, label
from gui.words import translated


class Dividing(QWidget):
    """The kind of split with its settings, the shares, and how many samples come to each part."""

    def __init__(self, editor: Editor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._box = KindBox(Split.kinds)
        self._box.setObjectName("splitBox")
        self._box.setAccessibleName(self.tr("How samples are divided"))
        self._box.kind_chosen.connect(self._choose)
        self._help = label(kind="dim", wraps=True)
        self._fault = label(kind="fault", wraps=True)
        self._fault.setObjectName("splitFault")
        self._split = Form(title=in_words)
        self._split.edit(editor, "data.split")
        self._shares = Form(title=in_words, leaves_out=lambda _kind: ("excluded_as",))
        self._shares.edit(editor, "data")
        self._parts = Facts()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(looks.GRID * 2)
        for part in (self._box, self._help, self._split, self._fault, self._shares, self._parts):
            column.addWidget(part)

    def show_data(self, data: Data) -> None:
        """Shows how these are divided. Where the files bring a part, nobody is asked for its share."""
        dataset, split = data.dataset, data.split
        self._box.show_kind(type(split))
        self._help.setText(translated(split.help()))
        self._split.show_specs(split)
        self._split.setVisible(not self._split.is_empty)
        for name, field in split.declared.items():
            if field.kind == "text":
                self._split.offer(name, dataset.keys)
                self._split.show_hint(name, self.tr("Name of a column"))
        fault = _refusal(data)
        self._fault.setText(translated(fault))
        self._fault.setVisible(bool(fault))
        self._shares.show_specs(data)
        self._shares.show_row("test", not dataset.sizes[1])
        self._shares.show_row("validation", not dataset.brings_validation)

    def show_parts(self, parts: Mapping[str, str | tuple[str, str]]) -> None:
        """How many samples come to each part."""
        self._parts.show_facts(parts)

    def _choose(self, kind: type[Split]) -> None:
        keys = self._editor.project.data.dataset.keys
        split = carried_over(self._editor.project.data.split, kind())
        if "column" in split.declared and len(keys) == 1:
            split = split.with_setting("column", keys[0])

        def edit(project: Project) -> Project:
            return project.with_data(project.data.with_setting("split", split))

        self._editor.attempt(self.tr("Divide: {kind}").format(kind=translated(kind.title)), edit)


def _refusal(data: Data) -> str:
    """Why the samples cannot be divided so; empty: they can."""
    try:
        data.check_split()
    except DataError as fault:
        return " ".join(part for part in (fault.message, fault.expected) if part)
    return ""
