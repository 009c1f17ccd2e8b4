"""Editor: the one mutable document. Panels ask it for edits and hear of changes; they never know each other.

A project is immutable, so undo is to show the one before: one command class serves every edit.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from engine import project as projects
from engine.errors import LayerloomError
from engine.graph import Graph
from engine.project import Project
from engine.report import Problem, Report

Selection = tuple[str, ...]


class Editor(QObject):
    """Holds the project being edited, its file, the selection, the undo history and the engine's newest report."""

    project_changed = Signal(object)
    """The project, after every edit, undo and redo."""
    document_replaced = Signal(object)
    """Another document was opened; views fit themselves to it. Follows `project_changed`."""
    report_changed = Signal(object)
    """The engine's `Report` of the project as it is now."""
    selection_changed = Signal(tuple)
    """The ids of the selected nodes."""
    name_changed = Signal()
    """The file or whether it is saved."""
    history_changed = Signal()
    """A step was made, undone, redone or forgotten."""
    refused = Signal(object)
    """A `LayerloomError`: an edit that could not be made."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project = Project()
        self.report = Report()
        self._reported: Project | None = None
        self.selection: Selection = ()
        self._is_travelling = False
        self.path: Path | None = None
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(2000)
        self.undo_stack.cleanChanged.connect(self._say_saved)
        self.undo_stack.indexChanged.connect(self._say_history)

    @property
    def network(self) -> Graph:
        """The network that is being edited."""
        return self.project.network

    @property
    def is_report_current(self) -> bool:
        """Whether the report speaks of the project as it is now; after an edit it takes a moment."""
        return self._reported is self.project

    # The document

    @property
    def is_modified(self) -> bool:
        """Whether there are edits that no file holds."""
        return not self.undo_stack.isClean()

    def open(self, project: Project, path: Path | None = None, *, modified: bool = False) -> None:
        """Replaces the document. ``modified``: it holds edits that no file has, as after a recovery."""
        self.undo_stack.clear()
        if modified:
            self.undo_stack.resetClean()
        self.path = path
        self._show(project, ())
        self.document_replaced.emit(project)
        self.name_changed.emit()

    def save(self, path: Path) -> None:
        """Writes the document and goes on under that name. Raises `ProjectError`."""
        projects.save(self.project, path)
        self.path = path
        self.undo_stack.setClean()
        self.name_changed.emit()

    # Edits: each is one undo step

    def apply(self, words: str, project: Project, selection: Selection | None = None, *, merge: str = "") -> None:
        """Makes an edit. Edits in a row with the same ``merge`` become one step, as when a number is typed."""
        chosen = self.selection if selection is None else selection
        if project != self.project:
            self.undo_stack.push(_Edit(self, words, project, chosen, merge))
        elif chosen != self.selection:
            self.select(chosen)

    def edit_network(self, words: str, edit: Callable[[Graph], Graph], selection: Selection | None = None) -> None:
        """Makes an edit of the network; where it cannot be, says so with `refused` and changes nothing."""
        self.attempt(words, lambda project: project.with_network(edit(project.network)), selection)

    def attempt(
        self, words: str, edit: Callable[[Project], Project], selection: Selection | None = None, *, merge: str = ""
    ) -> bool:
        """Makes an edit and answers whether it was made; where it cannot be, says so with `refused`."""
        try:
            project = edit(self.project)
        except LayerloomError as error:
            self.refused.emit(error)
            return False
        self.apply(words, project, selection, merge=merge)
        return True

    def mend(self, problem: Problem) -> None:
        """Applies the fix of a problem."""
        if problem.fix is not None:
            self.attempt(problem.fix.label, problem.fix.apply)

    # The history

    def go_to(self, step: int) -> None:
        """Shows the document as it was after so many steps. However many lie between, it is shown once."""
        before, self._is_travelling = (self.project, self.selection), True
        self.undo_stack.setIndex(step)
        self._is_travelling = False
        project, selection = self.project, self.selection
        self.project, self.selection = before
        if project is not self.project or selection != self.selection:
            self._show(project, selection)

    def change(self, step: int) -> tuple[Project, Project]:
        """The document before and after a step of the history; the first step is 0."""
        edit = self.undo_stack.command(step)
        assert isinstance(edit, _Edit)
        return edit.before, edit.after

    # What goes with it

    def select(self, node_ids: Iterable[str]) -> None:
        """Selects nodes; ids that are not there are left out."""
        selection = tuple(node_id for node_id in dict.fromkeys(node_ids) if node_id in self.network)
        if selection != self.selection:
            self.selection = selection
            self.selection_changed.emit(selection)

    def set_report(self, project: Project, report: Report) -> None:
        """Takes the engine's word, unless the project has changed since it was asked."""
        if project is self.project:
            self.report, self._reported = report, project
            self.report_changed.emit(report)

    def _say_saved(self, _clean: bool) -> None:
        self.name_changed.emit()

    def _say_history(self, _step: int) -> None:
        self.history_changed.emit()

    def _show(self, project: Project, selection: Selection) -> None:
        if self._is_travelling:
            self.project, self.selection = project, selection
            return
        # The history keeps every project. What this one has worked out of itself would be most of its weight.
        self.network.forget()
        self.project = project
        self.project_changed.emit(project)
        self.select(selection)


class _Edit(QUndoCommand):
    """From one project to the next, and back."""

    def __init__(self, editor: Editor, words: str, after: Project, selection: Selection, merge: str) -> None:
        super().__init__(words)
        self._editor = editor
        self.before = editor.project
        self._before_selection = editor.selection
        self.after = after
        self._after_selection = selection
        self._merge = merge

    def id(self) -> int:
        return 1 if self._merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _Edit) or other._merge != self._merge:
            return False
        self.after = other.after
        self._after_selection = other._after_selection
        if self.after == self.before:
            self.setObsolete(True)
        return True

    def redo(self) -> None:
        self._editor._show(self.after, self._after_selection)  # pyright: ignore[reportPrivateUsage]

    def undo(self) -> None:
        self._editor._show(self.before, self._before_selection)  # pyright: ignore[reportPrivateUsage]
