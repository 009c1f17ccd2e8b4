"""Editor: the one mutable document. Panels ask it for edits and hear of changes; they never know each other.

A project is immutable, so undo is to show the one before: one command class serves every edit. What is edited is the
drawing at a place: the network, or the inside of a block, where the place is the ids of the blocks that lead there.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from engine import project as projects
from engine.blocks import Block, Blueprint
from engine.errors import LayerloomError
from engine.graph import Graph
from engine.project import Project
from engine.report import Inside, Problem, ReadCode, Report, mended, places_of, silencing
from engine.room import with_room

Selection = tuple[str, ...]
Place = tuple[str, ...]


class Editor(QObject):
    """Holds the project being edited, its file, the selection, the undo history and the engine's newest report."""

    project_changed = Signal(object)
    """The project, after every edit, undo and redo."""
    document_replaced = Signal(object)
    """Another document was opened; views fit themselves to it. Follows `project_changed`."""
    report_changed = Signal(object)
    """The engine's `Report` of the project as it is now."""
    report_expired = Signal()
    """The newest report no longer holds, though the project is as it was: the engine has been asked again."""
    place_changed = Signal(tuple)
    """The ids of the blocks that lead to the drawing in view; comes before whatever else changes with it."""
    selection_changed = Signal(tuple)
    """The ids of the selected nodes."""
    name_changed = Signal()
    """The file or whether it is saved."""
    history_changed = Signal()
    """A step was made, undone, redone or forgotten."""
    code_asked = Signal(tuple, str)
    """The place of a layer and its id: a person is to read its code."""
    refused = Signal(object)
    """A `LayerloomError`: an edit that could not be made."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project = Project()
        self.opened = self.project
        """The project with the drawing in view as its network."""
        self.place: Place = ()
        self.report = Report()
        self.here = self.report
        """The part of the report that speaks of the drawing in view."""
        self._reported: Project | None = None
        self.selection: Selection = ()
        self._is_travelling = False
        self._arrival: tuple[Project, Selection, Place] | None = None
        self.path: Path | None = None
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(2000)
        self.undo_stack.cleanChanged.connect(self._say_saved)
        self.undo_stack.indexChanged.connect(self._say_history)

    @property
    def network(self) -> Graph:
        """The drawing that is being edited."""
        return self.opened.network

    @property
    def block(self) -> Blueprint | None:
        """The block whose inside is in view; None: it is the network."""
        if not self.place:
            return None
        layer = self.project.opened(self.place[:-1]).network.node(self.place[-1]).layer
        assert isinstance(layer, Block)
        return layer.blueprint

    @property
    def selected_nodes(self) -> Selection:
        """The selected layers, without the notes and frames among what is selected."""
        return tuple(name for name in self.selection if name in self.network)

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
        self._show(project, (), ())
        self.document_replaced.emit(project)
        self.name_changed.emit()

    def save(self, path: Path) -> None:
        """Writes the document and goes on under that name. Raises `ProjectError`."""
        projects.save(self.project, path)
        self.path = path
        self.undo_stack.setClean()
        self.name_changed.emit()

    # Where one is in it

    def enter(self, place: Place) -> None:
        """Opens the drawing at a place, or the nearest around it that is there. Nothing is selected then."""
        if self._look_at(place):
            self.select(())

    def _look_at(self, place: Place) -> bool:
        """Whether that is another place than before."""
        before = self.place
        self.place = _nearest(self.project, place)
        self.opened = self.project.opened(self.place)
        self.here = self.report.opened(self.place)
        if self.place != before:
            self.place_changed.emit(self.place)
        return self.place != before

    # Edits: each is one undo step

    def apply(self, words: str, project: Project, selection: Selection | None = None, *, merge: str = "") -> None:
        """Makes an edit. Edits in a row with the same ``merge`` become one step, as when a number is typed."""
        chosen = self.selection if selection is None else selection
        if project != self.project:
            self.undo_stack.push(_Edit(self, words, self._with_room(project), chosen, merge))
        elif chosen != self.selection:
            self.select(chosen)

    def apply_along(self, words: str, project: Project) -> None:
        """Makes what follows from the newest edit a part of it, so that both are one undo step. Where there is no such
        edit, or it is saved already, this is a step of its own.
        """
        index = self.undo_stack.index()
        newest = self.undo_stack.command(index - 1) if index else None
        if isinstance(newest, _Edit) and newest.after is self.project and not self.undo_stack.isClean():
            newest.after = project
            self._show(project, self.selection, self.place)
        else:
            self.apply(words, project)

    def _with_room(self, project: Project) -> Project:
        """The project with room for the blocks that the edit has made taller where their inside is shown."""
        network = with_room(self.project.network, project.network)
        return project if network is project.network else project.with_network(network)

    def edit_network(self, words: str, edit: Callable[[Graph], Graph], selection: Selection | None = None) -> None:
        """Makes an edit of the drawing in view; where it cannot be, says so with `refused` and changes nothing."""
        self.attempt(words, lambda project: project.with_network(edit(project.network)), selection)

    def project_with(self, network: Graph) -> Project:
        """The project as it would be with this drawing in place of the one in view. Raises `LayerloomError`."""
        return self.project.closed(self.place, self.opened.with_network(network))

    def attempt(
        self, words: str, edit: Callable[[Project], Project], selection: Selection | None = None, *, merge: str = ""
    ) -> bool:
        """Makes an edit and answers whether it was made; where it cannot be, says so with `refused`.

        The project that is handed to the edit has the drawing in view as its network.
        """
        try:
            project = self.project.closed(self.place, edit(self.opened))
        except LayerloomError as error:
            self.refused.emit(error)
            return False
        self.apply(words, project, selection, merge=merge)
        return True

    def attempt_whole(self, words: str, edit: Callable[[Project], Project]) -> bool:
        """As `attempt`, but hands over the whole project, wherever in it one is."""
        try:
            project = edit(self.project)
        except LayerloomError as error:
            self.refused.emit(error)
            return False
        self.apply(words, project)
        return True

    def mend(self, problem: Problem) -> None:
        """Applies the fix of a problem, or asks for the person whose it is."""
        fix = problem.fix.fix if isinstance(problem.fix, Inside) else problem.fix
        if isinstance(fix, ReadCode):
            self.code_asked.emit(self._from_outside(problem).place, fix.node)
        elif problem.fix is not None:
            self.attempt_whole(problem.fix.label, problem.fix.apply)

    def mend_all(self, problems: Sequence[Problem]) -> None:
        """Applies the fixes of several problems as one step. What the ones before have mended already is left out."""
        fixes = [problem.fix for problem in problems if problem.fix is not None]
        if fixes:
            self.apply(fixes[0].label, mended(self.project, fixes))

    def ignore(self, problem: Problem, everywhere: bool = False) -> None:
        """Silences a doubt, at its place or in the whole project."""
        here, anywhere = places_of(self._from_outside(problem))
        self.apply(self.tr("Ignore a problem"), self.project.with_silence(anywhere if everywhere else here))

    def consider(self, problem: Problem) -> None:
        """Lets a doubt be heard again, wherever it was silenced."""
        silences = silencing(self._from_outside(problem), self.project.silenced, self.project.network)
        self.apply(self.tr("Consider a problem again"), self.project.without_silence(*silences))

    def _from_outside(self, problem: Problem) -> Problem:
        """The problem as the whole project has it, when it may be as the drawing in view has it."""
        if problem in self.report.problems or problem in self.report.silenced:
            return problem
        return replace(problem, place=(*self.place, *problem.place))

    # The history

    def go_to(self, step: int) -> None:
        """Shows the document as it was after so many steps. However many lie between, it is shown once."""
        self._is_travelling = True
        self.undo_stack.setIndex(step)
        self._is_travelling = False
        arrival, self._arrival = self._arrival, None
        if arrival is not None:
            self._show(*arrival)

    def change(self, step: int) -> tuple[Project, Project]:
        """The document before and after a step of the history; the first step is 0."""
        edit = self.undo_stack.command(step)
        assert isinstance(edit, _Edit)
        return edit.before, edit.after

    # What goes with it

    def select(self, node_ids: Iterable[str]) -> None:
        """Selects nodes, notes and frames; ids that are not there are left out."""
        selection = tuple(name for name in dict.fromkeys(node_ids) if self.network.has(name))
        if selection != self.selection:
            self.selection = selection
            self.selection_changed.emit(selection)

    def set_report(self, project: Project, report: Report) -> None:
        """Takes the engine's word, unless the project has changed since it was asked."""
        if project is self.project:
            self.report, self._reported = report, project
            self.here = report.opened(self.place)
            self.report_changed.emit(report)

    def expire_report(self) -> None:
        """Lets the newest report hold no longer: code that was not allowed to run now is."""
        self._reported = None
        self.report_expired.emit()

    def _say_saved(self, _clean: bool) -> None:
        self.name_changed.emit()

    def _say_history(self, _step: int) -> None:
        self.history_changed.emit()

    def _show(self, project: Project, selection: Selection, place: Place) -> None:
        if self._is_travelling:
            self._arrival = (project, selection, place)
            return
        before = (self.project.network, self.network)
        is_renamed = project.title != self.project.title
        self.project = project
        self._look_at(place)
        after = (project.network, self.network)
        for shown, earlier in zip(after, before, strict=True):
            shown.recall(earlier)
        self.project_changed.emit(project)
        if is_renamed:
            self.name_changed.emit()
        self.select(selection)
        for shown, earlier in zip(after, before, strict=True):
            # The history keeps every project. What one has worked out of itself would be most of its weight.
            if earlier is not shown:
                earlier.forget()


def _nearest(project: Project, place: Place) -> Place:
    """The place, or as much of the way there as can be gone."""
    while place:
        try:
            project.opened(place)
        except LayerloomError:
            place = place[:-1]
        else:
            break
    return place


class _Edit(QUndoCommand):
    """From one project to the next, and back."""

    def __init__(self, editor: Editor, words: str, after: Project, selection: Selection, merge: str) -> None:
        super().__init__(words)
        self._editor = editor
        self.before = editor.project
        self._before_selection = editor.selection
        self.after = after
        self._after_selection = selection
        self._place = editor.place
        self._merge = merge

    def id(self) -> int:
        return 1 if self._merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _Edit) or (other._merge, other._place) != (self._merge, self._place):
            return False
        self.after = other.after
        self._after_selection = other._after_selection
        if self.after == self.before:
            self.setObsolete(True)
        return True

    def redo(self) -> None:
        self._editor._show(self.after, self._after_selection, self._place)  # pyright: ignore[reportPrivateUsage]

    def undo(self) -> None:
        self._editor._show(self.before, self._before_selection, self._place)  # pyright: ignore[reportPrivateUsage]
