"""The window: which part stands where, and who hears whom. Nothing else; `gui.actions` lists what it can be asked."""

from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale, QSize, Qt, QUrl
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDesktopServices,
    QDragEnterEvent,
    QDropEvent,
)
from PySide6.QtWidgets import (
    QGridLayout,
    QMainWindow,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QToolBar,
    QToolButton,
    QWidget,
)

from engine.data import Data
from engine.datasets import Dataset
from engine.errors import LayerloomError
from engine.importers import IMPORTERS, is_model
from engine.report import Problem, Report
from engine.runs import Run
from engine.templates import Template, templates
from gui import dialogs
from gui import theme as looks
from gui.actions import Actions
from gui.block_shelf import BlockShelf
from gui.canvas import Canvas, zoom_menu
from gui.canvas.commands import gestures
from gui.code_view import CodeView
from gui.data_panel import DataPanel
from gui.docks import BOTTOM, LEFT, RIGHT, Docks, Panel
from gui.documents import Documents
from gui.editor import Editor, Selection
from gui.export_dialog import ExportDialog
from gui.history import History
from gui.inspector import Inspector
from gui.library import Library
from gui.notice import Notices
from gui.palette import Palette
from gui.picture_dialog import PictureDialog
from gui.plots import Curves
from gui.problem_list import ProblemList
from gui.progress import TrainingProgress
from gui.result_view import ResultView
from gui.run_list import RunList
from gui.services import Services
from gui.settings import Settings, blocks_folder, runs_folder
from gui.shortcut_dialog import ShortcutDialog
from gui.shortcuts import Shortcuts, listed
from gui.start_page import StartPage
from gui.status import Status
from gui.theme import Appearance, Mode, Theme, icon
from gui.training_control import TrainingControl
from gui.training_panel import TrainingPanel


class Window(QMainWindow):
    """Everything a person sees, wired together."""

    def __init__(self, settings: Settings, appearance: Appearance, services: Services) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setAcceptDrops(True)
        self.setMinimumSize(looks.SMALLEST_WINDOW)
        self.resize(looks.WINDOW.boundedTo(self.screen().availableSize() - looks.WINDOW_FRAME))
        self.settings = settings
        self.appearance = appearance
        self.services = services
        self.editor = Editor(self)
        self.documents = Documents(self.editor, settings, self)
        self.training = TrainingControl(services, self)
        self._make_parts()
        self.docks = self._make_docks()
        self.actions_by_name = Actions(self)
        self.shortcuts = Shortcuts(listed(self.actions_by_name, self.canvas.commands), settings, self)
        self.shortcuts.changed.connect(self._use_shortcuts)
        self._use_shortcuts()
        self._make_tool_bar()
        self._wire()
        self.docks.restore()
        self._show_theme(appearance.theme)
        self.show_start()

    # Parts

    def _make_parts(self) -> None:
        self.canvas = Canvas(self.editor, self.appearance)
        self.notices = Notices(self.appearance)
        self.start_page = StartPage(templates(), self.appearance)
        self.palette_panel = Palette(self.appearance)
        self.library = Library(blocks_folder(), self)
        self.shelf = BlockShelf(self.editor, self.library, self.palette_panel, self.notices, self.settings, self)
        self.inspector = Inspector(self.editor, self.appearance)
        self.data_panel = DataPanel(self.editor, self.appearance)
        self.training_panel = TrainingPanel(self.editor, self.appearance)
        self.run_list = RunList(self.appearance)
        self.curves = Curves(self.appearance)
        self.result_view = ResultView(self.appearance)
        self.history = History(self.editor, self.appearance)
        self.problem_list = ProblemList(self.editor, self.appearance)
        self.code_view = CodeView(self.editor, self.appearance)
        self.progress = TrainingProgress()
        self.status = Status(self.editor)
        self.setStatusBar(self.status)
        self.pages = QStackedWidget(self)
        self.pages.addWidget(self.start_page)
        self.pages.addWidget(self.canvas)
        centre = QWidget(self)
        # One over the other: a notice that comes or goes must not move the canvas under the pointer.
        grid = QGridLayout(centre)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(self.pages, 0, 0)
        grid.addWidget(self.notices, 0, 0, Qt.AlignmentFlag.AlignTop)
        self.setCentralWidget(centre)

    def _make_docks(self) -> Docks:
        panels = [
            Panel("paletteDock", self.tr("Layers"), self.palette_panel, LEFT),
            Panel("layerDock", self.tr("Layer"), self.inspector, RIGHT),
            Panel("dataDock", self.tr("Data"), self.data_panel, RIGHT),
            Panel("trainingDock", self.tr("Training"), self.training_panel, RIGHT),
            Panel("runsDock", self.tr("Runs"), self.run_list, RIGHT),
            Panel("curvesDock", self.tr("Curves"), self.curves, BOTTOM),
            Panel("resultDock", self.tr("Test result"), self.result_view, BOTTOM),
            Panel("problemsDock", self.tr("Problems"), self.problem_list, BOTTOM),
            Panel("codeDock", self.tr("Code"), self.code_view, BOTTOM),
            Panel("historyDock", self.tr("History"), self.history, BOTTOM),
        ]
        return Docks(self, panels, self.settings)

    def _make_tool_bar(self) -> None:
        bar = QToolBar(self.tr("Tools"), self)
        bar.setObjectName("toolBar")
        bar.setMovable(False)
        bar.setIconSize(QSize(looks.TOOL_ICON, looks.TOOL_ICON))
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.addToolBar(bar)
        for name in ("undo", "redo", "", "tidy", "fit", "colourBy", ""):
            bar.addAction(self.actions_by_name[name]) if name else bar.addSeparator()
        _open_at_once(bar, self.actions_by_name["colourBy"])
        self._buttons = {
            name: self._button(name, kind)
            for name, kind in (("train", "primary"), ("pause", ""), ("stop", ""), ("export", ""))
        }
        for name in ("train", "pause", "stop"):
            bar.addWidget(self._buttons[name])
        gap = QWidget(self)
        gap.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(gap)
        bar.addWidget(self.progress)
        bar.addWidget(self._buttons["export"])
        self.tool_bar = bar

    def _button(self, name: str, kind: str) -> QPushButton:
        action = self.actions_by_name[name]
        button = QPushButton(action.text(), self)
        button.setObjectName(f"{name}Button")
        button.setAccessibleName(action.text().replace("…", ""))
        button.setIconSize(QSize(looks.TOOL_ICON, looks.TOOL_ICON))
        # A click must not take the keyboard from the canvas, or hand it on when the button is disabled by it.
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if kind:
            button.setProperty("kind", kind)
        button.clicked.connect(action.trigger)

        def follow() -> None:
            button.setEnabled(action.isEnabled())
            button.setText(action.text())
            button.setToolTip(action.toolTip())
            token = "on_accent" if kind == "primary" and action.isEnabled() else "text"
            button.setIcon(icon(self._symbol(name), self.appearance.theme, token))

        action.changed.connect(follow)
        follow()
        return button

    # Wires

    def _wire(self) -> None:
        editor, services, training = self.editor, self.services, self.training
        editor.project_changed.connect(services.analyst.analyse)
        services.analyst.analysed.connect(editor.set_report)
        services.analyst.failed.connect(self.notices.show_error)
        services.ready.connect(lambda: self.status.show_engine_ready())
        services.trainer_ready.connect(lambda: self.status.show_trainer_ready())
        services.devices_found.connect(self.training_panel.show_devices)
        services.template_measured.connect(self.start_page.show_size)
        editor.document_replaced.connect(lambda: self._show_document())
        editor.name_changed.connect(self._show_name)
        editor.project_changed.connect(self._show_whether_current)
        editor.selection_changed.connect(self._show_layer)
        editor.refused.connect(self.notices.show_refusal)
        editor.project_changed.connect(lambda _project: self.notices.pass_by())
        editor.report_changed.connect(self._show_report)
        editor.undo_stack.canUndoChanged.connect(self.actions_by_name["undo"].setEnabled)
        editor.undo_stack.canRedoChanged.connect(self.actions_by_name["redo"].setEnabled)
        self.documents.failed.connect(self.notices.show_error)
        self.documents.recent_changed.connect(self._show_recent)

        self.start_page.template_chosen.connect(self.open_template)
        self.start_page.project_chosen.connect(self.open)
        self.start_page.open_asked.connect(lambda: self.open())
        self.start_page.new_asked.connect(self.documents.new)
        self.start_page.back_asked.connect(self.show_editor)
        self.inspector.block.asked.connect(self.canvas.blocks.do)
        self.canvas.blocks.keep_asked.connect(self.shelf.keep)
        self.canvas.searching.offers = self.shelf.offers
        self.palette_panel.layer_chosen.connect(self.canvas.edits.stack)
        self.canvas.edit_asked.connect(self._edit_layer)
        self.inspector.left.connect(self._back_to_canvas)
        self.canvas.zoom_changed.connect(self.status.show_zoom)
        self.canvas.zoom_changed.connect(self.palette_panel.show_zoom)
        self.status.offer_zoom(zoom_menu(self.canvas, self))
        self.canvas.preview.asked.connect(services.forecaster.analyse)
        self.canvas.preview.ended.connect(services.forecaster.forget)
        services.forecaster.analysed.connect(self.canvas.preview.show_forecast)
        self.problem_list.place_chosen.connect(self._go_to)
        self.code_view.layers_chosen.connect(self.canvas.reveal)
        self.problem_list.count_changed.connect(self._show_problem_count)
        self.data_panel.preview_asked.connect(self._preview)
        self.data_panel.download_asked.connect(self._download)
        self.data_panel.cancel_asked.connect(services.cancel_download)

        training.events.connect(self.curves.show_events)
        training.events.connect(self.progress.show_events)
        training.checkpoint_written.connect(self._show_training_state)
        training.state_changed.connect(self._training_state_changed)
        training.failed.connect(self.notices.show_error)
        training.started.connect(self._training_started)
        training.ended.connect(self._training_ended)
        training.interrupted.connect(self._offer_resume)
        self.run_list.overlay_toggled.connect(self._overlay)
        self.run_list.run_opened.connect(self._open_run)
        self.run_list.resume_asked.connect(self._resume_run)
        self.run_list.export_asked.connect(lambda path: self._export_run(Run(path)))
        self.run_list.failed.connect(self.notices.show_error)
        self.curves.failed.connect(self.notices.show_error)
        self.run_list.deleted.connect(lambda path: self.curves.remove_overlay(path.name))
        self.appearance.changed.connect(self._show_theme)
        self.editor.undo_stack.canUndoChanged.emit(False)
        self.editor.undo_stack.canRedoChanged.emit(False)
        self._show_training_state()
        self._show_recent()

    # The document

    def open_template(self, template: Template) -> None:
        """A new document made from a template."""
        self.documents.show_project(template.project)

    def open(self, path: Path | None = None) -> None:
        """Opens a project or draws a model, asking for the file where none is given."""
        path = path or dialogs.ask_open(self, self.settings.folder)
        if path is None:
            return
        if not is_model(path):
            self.documents.open(path)
            return
        job = self.services.import_model(path)
        job.done.connect(self.documents.show_project)
        job.failed.connect(self.notices.show_error)

    def show_start(self) -> None:
        """The page of templates and recent projects, without the panels of the editor."""
        self.start_page.offer_back(self.documents.name if self.editor.network.nodes else "")
        self.docks.set_aside()
        self.pages.setCurrentWidget(self.start_page)
        self.tool_bar.hide()
        self.status.hide()

    def show_editor(self) -> None:
        """The canvas with its panels."""
        if self.pages.currentWidget() is self.canvas:
            return
        self.pages.setCurrentWidget(self.canvas)
        self.docks.bring_back()
        self.tool_bar.show()
        self.status.show()
        self.canvas.setFocus()

    def _show_document(self) -> None:
        self.show_editor()
        self.notices.clear()
        if not self.training.is_busy:
            self.training.look_at(None)
            self._show_whether_current()
            self.run_list.untick()
            self.run_list.mark(None)
            self.curves.clear()
            self.result_view.clear()
            self.progress.clear()
        self._show_training_state()

    def _show_name(self) -> None:
        self.setWindowTitle(f"{self.documents.name}[*] — Layerloom")
        self.setWindowModified(self.editor.is_modified)

    def _show_recent(self) -> None:
        self.actions_by_name.recent_menu.clear()
        for path in self.settings.recent:
            action = self.actions_by_name.recent_menu.addAction(path.name, lambda path=path: self.open(path))
            action.setToolTip(str(path))
        self.actions_by_name.recent_menu.setEnabled(bool(self.settings.recent))
        self.start_page.show_recent(self.settings.recent)

    def _show_report(self, report: Report) -> None:
        self.status.show_report(report)
        self._show_training_state()

    def _show_problem_count(self, count: int) -> None:
        title = self.tr("Problems")
        self.docks["problemsDock"].setWindowTitle(f"{title} {count}" if count else title)

    def _show_layer(self, selection: Selection) -> None:
        if selection and self.canvas.hasFocus():
            self.docks["layerDock"].raise_()

    def _edit_layer(self) -> None:
        self.docks["layerDock"].show()
        self.docks["layerDock"].raise_()
        self.inspector.focus_first()

    def _back_to_canvas(self) -> None:
        self.canvas.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _show_whether_current(self) -> None:
        """Says so where curves and result are not of the design as it is now."""
        trained = self.training.trained
        differs = trained is not None and not trained.trains_as(self.editor.project)
        note = self.tr("This is from before your last edits. Train again to see the design as it is now.")
        self.curves.show_note(note if differs else "")
        self.result_view.show_note(note if differs else "")

    def _go_to(self, problem: Problem) -> None:
        if problem.node is None:
            return
        self.editor.enter(problem.place)
        # In this order: the card of its problem stands beside the node.
        self.canvas.centre_on(problem.node)
        self.editor.select(())
        self.editor.select([problem.node])

    # Data

    def _preview(self, data: Data) -> None:
        job = self.services.preview(data)
        job.done.connect(self.data_panel.show_preview)
        job.failed.connect(self.data_panel.show_failure)

    def _download(self, dataset: Dataset) -> None:
        job = self.services.download(dataset)
        job.progress.connect(self.data_panel.show_progress)
        job.done.connect(self.data_panel.refresh)
        job.failed.connect(self.data_panel.show_failure)

    # Training

    def train(self) -> None:
        """Trains the design as it is; with faults in it, shows them instead."""
        if faults := self.editor.report.faults:
            self.docks["problemsDock"].raise_()
            self.notices.show_refusal(
                LayerloomError(faults[0].message, fix=self.tr("Mend this before training; see Problems."))
            )
            return
        self.training.train(self.editor.project, self.documents.name)

    def _show_training_state(self) -> None:
        state, actions = self.training.state, self.actions_by_name
        busy = state != "idle"
        editing = self.pages.currentWidget() is self.canvas
        actions["train"].setEnabled(not busy and editing)
        actions["pause"].setEnabled(state in ("running", "paused"))
        actions["pause"].setText(self.tr("Resume") if state == "paused" else self.tr("Pause"))
        actions["stop"].setEnabled(state in ("running", "paused", "starting"))
        actions["export"].setEnabled(self.training.exportable is not None)
        self.status.show_training(busy)
        if state == "starting":
            self.progress.show_starting()

    def _training_state_changed(self, state: str) -> None:
        self._show_training_state()
        self._paint_icons(self.appearance.theme)
        if state == "running" and self.training.run is not None:
            self.run_list.refresh(self.training.run.path)

    def _training_started(self, run: object) -> None:
        assert isinstance(run, Run)
        self.curves.clear()
        self.result_view.clear()
        self.notices.clear()
        self.docks["curvesDock"].raise_()
        self.run_list.refresh(run.path)
        self.run_list.mark(run.path)
        self._show_whether_current()

    def _training_ended(self, run: object, _result: object) -> None:
        assert isinstance(run, Run)
        self.run_list.refresh(run.path)
        self.result_view.show_run(run)
        self._show_training_state()

    def _offer_resume(self, run: object, error: object) -> None:
        assert isinstance(run, Run)
        assert isinstance(error, LayerloomError)
        offer = (self.tr("Go on"), lambda: self._resume_run(run.path)) if run.has_checkpoint() else None
        self.notices.show_error(error, offer)

    def _resume_run(self, path: Path) -> None:
        self.show_editor()
        self.training.resume_run(Run(path))

    def _open_run(self, path: Path) -> None:
        run = Run(path)
        try:
            project, events = run.project(), run.events()
        except LayerloomError as error:
            self.notices.show_error(error)
            return
        if not self.documents.show_project(project):
            return
        if self.training.is_busy:
            words = self.tr("A network is training, whose curves stay. Tick {name} in the runs to lay its curves over.")
            self.notices.show_text(words.format(name=run.name), kind="doubt")
            return
        self.curves.show_events(events)
        self.result_view.show_run(run)
        self.training.look_at(run)
        self.run_list.mark(run.path)
        self._show_whether_current()

    def _overlay(self, path: Path, shown: bool) -> None:
        if not shown:
            self.curves.remove_overlay(path.name)
            return
        try:
            self.curves.overlay(path.name, Run(path).events())
        except LayerloomError as error:
            self.notices.show_error(error)

    def export(self) -> None:
        """Exports the run that was trained or opened last."""
        if self.training.exportable is not None:
            self._export_run(self.training.exportable)

    def _export_run(self, run: Run) -> None:
        dialog = ExportDialog(run, self.settings.folder, self.services.jobs, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def export_picture(self) -> None:
        """Exports the network as it looks."""
        dialog = PictureDialog(self.editor, self.documents.name, self.settings, self.appearance, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def show_runs_folder(self) -> None:
        """Shows where runs are kept, in the system's own view of files."""
        runs_folder().mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(runs_folder())))

    # The window itself

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = _dropped(event)
        if path is not None:
            event.acceptProposedAction()
            self.open(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._may_close():
            event.ignore()
            return
        self.docks.keep()
        self.documents.close()
        self.training.close()
        self.services.close()
        event.accept()

    def _may_close(self) -> bool:
        if self.training.is_busy:
            answer = dialogs.ask_close(self)
            if answer == "cancel":
                return False
            if answer == "stop":
                self.training.stop()
        return self.documents.may_close()

    def choose_theme(self, mode: Mode, _checked: bool = True) -> None:
        """Follows the system, or stays light or dark; remembered."""
        self.settings.mode = mode
        self.appearance.choose(mode)

    def _show_theme(self, theme: Theme) -> None:
        self._paint_icons(theme)

    def _paint_icons(self, theme: Theme) -> None:
        for name, action in self.actions_by_name.items():
            if symbol := self._symbol(name):
                action.setIcon(icon(symbol, theme, "text"))

    def _symbol(self, name: str) -> str:
        """The icon of an action; that of Pause while paused is the one for going on."""
        if name == "pause" and self.training.state == "paused":
            return "play"
        return self.actions_by_name[name].property("symbol")

    def show_history(self) -> None:
        """Brings the history of edits to the front, to step through it with the arrow keys."""
        self.docks["historyDock"].show()
        self.docks["historyDock"].raise_()
        self.history.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_shortcuts(self) -> None:
        """Lists every shortcut, to be changed there."""
        dialog = ShortcutDialog(self.shortcuts, gestures(), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _use_shortcuts(self) -> None:
        for row in self.actions_by_name.rows:
            self.actions_by_name.use(row.name, self.shortcuts.keys(row.name))
        self.canvas.commands.use(self.shortcuts.all_keys())

    def show_about(self) -> None:
        """What this is."""
        dialogs.show_about(self)

    # After the start

    def offer_rescue(self) -> None:
        """Offers unsaved work of a window that ended unexpectedly."""
        for rescue in self.documents.rescues():
            name = rescue.path.name if rescue.path else rescue.project.title or self.tr("Untitled")
            when = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(rescue.when)), QLocale.FormatType.ShortFormat)
            match dialogs.ask_recover(self, name, when):
                case "recover" if self.documents.may_close():
                    self.documents.recover(rescue)
                case "discard":
                    self.documents.drop(rescue)
                case _:
                    # It waits for the next start.
                    pass

    def find_running(self) -> None:
        """Follows a training again that an earlier window left running."""
        self.run_list.show_folder(runs_folder())
        found = self.training.attach_running(runs_folder()) is not None
        # A document that was asked for or rescued stays.
        if found and self.pages.currentWidget() is not self.canvas and self.training.trained is not None:
            self.show_editor()
            self.editor.open(self.training.trained)


def _open_at_once(bar: QToolBar, action: QAction) -> None:
    """A click on the button of an action that has a menu shows the menu."""
    button = bar.widgetForAction(action)
    assert isinstance(button, QToolButton)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)


def _dropped(event: QDropEvent) -> Path | None:
    """The first of the files that are dropped which can be opened."""
    paths = [Path(url.toLocalFile()) for url in event.mimeData().urls()]
    return next((path for path in paths if path.name.lower().endswith(tuple(IMPORTERS))), None)
