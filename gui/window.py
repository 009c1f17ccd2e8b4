"""The window: which part stands where, and who hears whom. Nothing else; `gui.menu_tables` has what it can do."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QDateTime, Qt
from PySide6.QtGui import (
    QCloseEvent,
    QHideEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QGridLayout,
    QMainWindow,
    QStackedWidget,
    QWidget,
)

from engine.importers import is_model
from engine.project import Project
from engine.report import Problem, Report
from engine.templates import Template, can_adapt, templates
from gui import dialogs
from gui import theme as looks
from gui.actions import Actions
from gui.applicability import Applicability
from gui.block_shelf import BlockShelf
from gui.canvas import Canvas, zoom_menu
from gui.canvas.commands import gestures
from gui.code_view import CodeView
from gui.code_work import CodeWork
from gui.comparison import ComparisonDialog
from gui.cross_validation import CrossValidating
from gui.data.dropping import DropSign, FileDrops, is_drawn
from gui.data.opening import DataOpening
from gui.data_panel import DataPanel
from gui.data_view import DataView
from gui.docks import BOTTOM, LEFT, RIGHT, Docks, Panel
from gui.doctor_page import DoctorPage
from gui.documents import Documents
from gui.editor import Editor, Selection
from gui.enquiries import Enquiries
from gui.forking import Forking
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
from gui.run_work import RunWork
from gui.services import Services
from gui.settings import Settings, blocks_folder
from gui.shortcut_dialog import ShortcutDialog
from gui.shortcuts import Shortcuts, listed
from gui.start_page import StartPage
from gui.status import Status
from gui.template_dialog import TemplateDialog
from gui.theme import Appearance, Mode
from gui.tool_bar import ToolBar
from gui.training_control import TrainingControl
from gui.training_panel import TrainingPanel
from gui.waiting import Waiting
from gui.words import moment


class Window(QMainWindow):
    """Everything a person sees, wired together."""

    def __init__(self, settings: Settings, appearance: Appearance, services: Services) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setAcceptDrops(True)
        room = self.screen().availableSize() - looks.WINDOW_FRAME
        # On a small screen that is magnified, it would otherwise reach beyond, with its status line.
        self.setMinimumSize(looks.SMALLEST_WINDOW.boundedTo(room))
        self.resize(looks.WINDOW.boundedTo(room))
        self.settings = settings
        self.appearance = appearance
        self.services = services
        self.editor = Editor(self)
        self.documents = Documents(self.editor, settings, self)
        self.training = TrainingControl(services, self)
        self._make_parts()
        self.opening = DataOpening(self)
        self.drop_sign = DropSign(self.appearance, self._purpose_of_drop, self)
        self.file_drops = FileDrops(self, self.drop_sign, self.open_any)
        self.docks = self._make_docks()
        self.runs = RunWork(self)
        self.cross_validating = CrossValidating(self)
        self.waiting = Waiting(self)
        self.forking = Forking(self)
        self.actions_by_name = Actions(self)
        self.applicability = Applicability(self.canvas, self.actions_by_name)
        self.shortcuts = Shortcuts(listed(self.actions_by_name, self.canvas.commands), settings, self)
        self.shortcuts.changed.connect(self._use_shortcuts)
        self._use_shortcuts()
        self.tool_bar = ToolBar(self.actions_by_name, self.progress, appearance, self)
        self.addToolBar(self.tool_bar)
        self.code = CodeWork(self)
        self.enquiries = Enquiries(self)
        self._wire()
        self.runs.show_state()
        self.docks.restore()
        self.actions_by_name.show_theme(appearance.theme)
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
        self.doctor_page = DoctorPage(self.editor, self.appearance)
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
        self.data_view = DataView(self.services.look, self.appearance)
        self.pages.addWidget(self.data_view)
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
            Panel("doctorDock", self.tr("Data check"), self.doctor_page, BOTTOM),
            Panel("codeDock", self.tr("Code"), self.code_view, BOTTOM),
            Panel("historyDock", self.tr("History"), self.history, BOTTOM),
        ]
        return Docks(self, panels, self.settings)

    # Wires

    def _wire(self) -> None:
        self._wire_services()
        self._wire_document()
        self._wire_start_page()
        self._wire_canvas()
        self._wire_panels()
        self.appearance.changed.connect(self.actions_by_name.show_theme)

    def _wire_services(self) -> None:
        services = self.services
        self.editor.project_changed.connect(services.analyst.analyse)
        services.analyst.analysed.connect(self.editor.set_report)
        services.analyst.failed.connect(self.notices.show_error)
        services.ready.connect(self.status.show_engine_ready)
        services.trainer_ready.connect(self.status.show_trainer_ready)
        services.devices_found.connect(self.training_panel.show_devices)
        services.forecaster.analysed.connect(self.canvas.preview.show_forecast)

    def _wire_document(self) -> None:
        editor, actions = self.editor, self.actions_by_name
        editor.document_replaced.connect(self._show_document)
        editor.name_changed.connect(self._show_name)
        editor.project_changed.connect(self.runs.show_whether_current)
        editor.project_changed.connect(self.run_list.compare_with)
        editor.project_changed.connect(self.notices.pass_by)
        editor.report_expired.connect(self.notices.pass_by)
        editor.selection_changed.connect(self._show_layer)
        editor.report_changed.connect(self._show_report)
        editor.refused.connect(self.notices.show_refusal)
        editor.undo_stack.canUndoChanged.connect(actions["undo"].setEnabled)
        editor.undo_stack.canRedoChanged.connect(actions["redo"].setEnabled)
        editor.undo_stack.canUndoChanged.emit(False)
        editor.undo_stack.canRedoChanged.emit(False)
        self.documents.failed.connect(self.notices.show_error)
        self.documents.recent_changed.connect(self._show_recent)
        self._show_recent()

    def _wire_start_page(self) -> None:
        self.start_page.gallery.chosen.connect(self.choose_template)
        self.start_page.gallery.comparison_asked.connect(self.compare_templates)
        self.start_page.project_chosen.connect(self.open)
        self.start_page.open_asked.connect(self.open)
        self.start_page.new_asked.connect(self.documents.new)
        self.start_page.data_asked.connect(self.opening.ask_file)
        self.start_page.folder_asked.connect(self.opening.ask_folder)
        self.start_page.back_asked.connect(self.show_editor)

    def _wire_canvas(self) -> None:
        canvas, forecaster = self.canvas, self.services.forecaster
        canvas.covered = self.notices.covered
        self.notices.changed.connect(canvas.place_floating)
        self.notices.changed.connect(self._make_room)
        self.notices.keyboard_left.connect(self._focus_page)
        self.palette_panel.layer_chosen.connect(canvas.edits.stack)
        self.inspector.block.asked.connect(canvas.blocks.do)
        canvas.blocks.keep_asked.connect(self.shelf.keep)
        canvas.searching.offers = self.shelf.offers
        self.palette_panel.list.arriving = canvas.searching.arriving
        canvas.arranging.long_tidy.lay_out = self.services.tidy
        canvas.edit_asked.connect(self._edit_layer)
        self.inspector.left.connect(self._back_to_canvas)
        canvas.zoom_changed.connect(self.status.show_zoom)
        canvas.zoom_changed.connect(self.palette_panel.show_zoom)
        self.status.offer_zoom(zoom_menu(canvas, self))
        canvas.preview.asked.connect(forecaster.analyse)
        canvas.preview.ended.connect(forecaster.forget)

    def _wire_panels(self) -> None:
        self.problem_list.place_chosen.connect(self._go_to)
        self.problem_list.count_changed.connect(self._show_problem_count)
        self.code_view.layers_chosen.connect(self.canvas.reveal)
        self.data_panel.examine_asked.connect(self.examine_data)
        self.doctor_page.rows_asked.connect(self.show_rows)
        self.doctor_page.count_changed.connect(self._show_finding_count)
        self.data_panel.open_asked.connect(self.opening.ask_file)
        self.data_panel.open_folder_asked.connect(self.opening.ask_folder)
        self.data_panel.find_asked.connect(self.opening.ask_missing)
        self.data_panel.refresh_asked.connect(self.opening.refresh)
        self.data_panel.test_file_asked.connect(self.opening.use_test_file)
        self.data_panel.look_asked.connect(self.look_at_data)
        self.data_view.left.connect(self.show_editor)
        self.data_view.target_chosen.connect(self.opening.predict_column)
        self.editor.project_changed.connect(self._show_other_data)
        self.data_panel.columns.kind_chosen.connect(self.opening.use_column)
        self.data_panel.columns.target_chosen.connect(self.opening.predict_column)

    # The document

    def choose_template(self, template: Template) -> None:
        """A new document made from a template; where that suits any images, for those that a person asks for."""
        if not can_adapt(template.project):
            self.open_template(template)
            return
        dialog = TemplateDialog(template, self.services, self.appearance, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.created.connect(self.documents.show_project)
        dialog.open()

    def compare_templates(self, template: Template) -> None:
        """This template beside another."""
        dialog = ComparisonDialog(templates(), template, self.appearance, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self.choose_template)
        dialog.open()

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

    def open_any(self, path: Path) -> None:
        """Opens a project or a model, or data of a person."""
        if is_drawn(path):
            self.open(path)
        else:
            self.opening.open(path)

    def _purpose_of_drop(self, path: Path) -> str:
        if is_drawn(path):
            return self.tr("It takes the place of the project that is open.")
        return self.opening.purpose

    def _make_room(self) -> None:
        """The canvas can be moved under the notices; the head of the other pages must stay in view."""
        covered = self.notices.covered()
        self.data_view.setContentsMargins(0, covered, 0, 0)
        self.start_page.setViewportMargins(0, covered, 0, 0)

    def show_start(self) -> None:
        """The page of templates and recent projects, without the panels of the editor."""
        self.start_page.offer_back(self.documents.name if self.editor.network.nodes else "")
        self.notices.pass_by()
        self.docks.set_aside()
        self._turn_to(self.start_page)
        self.tool_bar.hide()
        self.status.hide()
        self.start_page.gallery.focus_search()

    def _turn_to(self, page: QWidget) -> None:
        self.pages.setCurrentWidget(page)
        self.applicability.show_canvas(self.is_editing)
        self.actions_by_name["lookAtData"].setEnabled(not self.is_at_start)
        self.runs.show_state()

    def _focus_page(self) -> None:
        """Puts the keyboard on the page in view."""
        if self.is_looking:
            self.data_view.focus_rows()
        elif page := self.pages.currentWidget():
            page.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def is_editing(self) -> bool:
        """Whether the canvas is in view."""
        return self.pages.currentWidget() is self.canvas

    @property
    def is_at_start(self) -> bool:
        """Whether the page of templates is in view."""
        return self.pages.currentWidget() is self.start_page

    @property
    def is_looking(self) -> bool:
        """Whether the rows of the data are in view."""
        return self.pages.currentWidget() is self.data_view

    def show_editor(self) -> None:
        """The canvas with its panels."""
        if self.is_editing:
            return
        self._turn_to(self.canvas)
        self.docks.bring_back()
        self.tool_bar.show()
        self.status.show()
        self.canvas.setFocus()

    def _show_document(self) -> None:
        self.show_editor()
        self.notices.clear()
        self.runs.show_document()

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
        self.runs.show_state()

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

    def _go_to(self, problem: Problem) -> None:
        if problem.node is None:
            return
        self.editor.enter(problem.place)
        # In this order: the card of its problem stands beside the node.
        self.canvas.centre_on(problem.node)
        self.editor.select(())
        self.editor.select([problem.node])

    # Data

    def show_data(self) -> None:
        """Brings the Data tab into view."""
        self.show_editor()
        self.docks["dataDock"].show()
        self.docks["dataDock"].raise_()

    def look_at_data(self) -> None:
        """The rows of the data and what is known of them, on a page of their own; of what must be downloaded first,
        where that is done.
        """
        dataset = self.editor.project.data.dataset
        if dataset.download_size and not dataset.is_here():
            self.show_data()
            return
        self.docks.set_aside()
        self._turn_to(self.data_view)
        self.tool_bar.hide()
        self.status.hide()
        self.data_view.look_at(self.editor.project.data)
        self.data_view.focus_rows()

    def show_rows(self, numbers: Sequence[int], words: str) -> None:
        """These rows of the data alone; ``words`` say which they are."""
        self.look_at_data()
        self.data_view.show_rows(numbers, words)

    def _show_other_data(self, project: Project) -> None:
        if self.is_looking:
            self.data_view.look_at(project.data)

    def examine_data(self) -> None:
        """Shows what will hurt in the data, once it is found."""
        self.docks["doctorDock"].show()
        self.docks["doctorDock"].raise_()
        self.doctor_page.examine()

    def _show_finding_count(self, count: int) -> None:
        title = self.tr("Data check")
        self.docks["doctorDock"].setWindowTitle(f"{title} {count}" if count else title)

    def export_picture(self) -> None:
        """Exports the network as it looks."""
        dialog = PictureDialog(self.editor, self.documents.name, self.settings, self.appearance, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    # The window itself

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.windowHandle().installEventFilter(self.file_drops)

    def hideEvent(self, event: QHideEvent) -> None:
        # It must not be called any more while the window of the system goes.
        self.windowHandle().removeEventFilter(self.file_drops)
        super().hideEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._may_close():
            event.ignore()
            return
        self.docks.keep()
        self.documents.close()
        self.training.close()
        self.runs.close()
        self.services.close()
        event.accept()

    def _may_close(self) -> bool:
        if self.training.is_busy or self.waiting.is_any_beside:
            answer = dialogs.ask_close(self, self.cross_validating.fold)
            if answer == "cancel":
                return False
            if answer == "stop":
                self.training.stop()
                self.waiting.stop_beside()
        return self.documents.may_close()

    def choose_theme(self, mode: Mode, _checked: bool = True) -> None:
        """Follows the system, or stays light or dark; remembered."""
        self.settings.mode = mode
        self.appearance.choose(mode)

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
            when = moment(QDateTime.fromSecsSinceEpoch(int(rescue.when)))
            match dialogs.ask_recover(self, name, when):
                case "recover" if self.documents.may_close():
                    self.documents.recover(rescue)
                case "discard":
                    self.documents.drop(rescue)
                case _:
                    # It waits for the next start.
                    pass
