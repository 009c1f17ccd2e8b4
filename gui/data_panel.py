"""The Data tab: which dataset, how it is divided and scaled, and a look at its real samples."""

from typing import Any

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QPushButton, QWidget

from engine.advice import is_counted, part_sizes
from engine.data import SPLITS, Data
from engine.datasets import Dataset, DrawnPoints, Progress
from engine.datasets.files import FromFile
from engine.errors import DataError, LayerloomError
from engine.preview import Preview
from engine.project import Project
from engine.spec import Spec, carried_over
from gui.data.augmenting import Augmenting
from gui.data.columns import ColumnsEditor
from gui.data.division import Dividing
from gui.data.download import Download, progress_in_words
from gui.data.painting import PointPainter
from gui.data.preparation import Preparation
from gui.data.skipped import SkippedList
from gui.data.source import Source
from gui.editor import Editor
from gui.form import Form, in_words
from gui.kind_box import KindBox
from gui.page import Facts, Page, label
from gui.samples import Balance, FeatureTable, ImageGrid, Scatter, TargetHistogram
from gui.theme import Appearance
from gui.words import classes_in_words, in_percent, shape_in_words, translated, with_thousands

MOST_TEXTS = 6
PREVIEW_MILLISECONDS = 200


class DataPanel(Page):
    """Everything about the data of a project."""

    preview_asked = Signal(object)
    """The `Data` that is to be looked at."""
    download_asked = Signal(object)
    """The `Dataset` that is to be brought to this machine."""
    cancel_asked = Signal()
    examine_asked = Signal()
    """The data are to be examined for what will hurt."""
    open_asked = Signal()
    """A file of data is to be opened."""
    open_folder_asked = Signal()
    """A folder of data is to be opened."""
    find_asked = Signal()
    """The file that the dataset is read from is missing and to be chosen."""
    refresh_asked = Signal(object)
    """The `Dataset` whose settings have changed so that its file is to be looked through anew."""
    test_file_asked = Signal(str)
    """This file is to be for the test of the table; empty: none."""
    look_asked = Signal()
    """All rows of the data are to be shown."""

    def __init__(self, editor: Editor, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dataPanel")
        self.setAccessibleName(self.tr("Data"))
        self._editor = editor
        self._data: Data | None = None
        self._preview: Preview | None = None
        self._asked: Data | None = None
        self._presence = (False, "")
        """Whether the data were here, and what they lacked, when that was shown."""
        self._timer = QTimer(self, singleShot=True, interval=PREVIEW_MILLISECONDS)
        self._timer.timeout.connect(self._ask_preview)
        self._make_dataset_section(appearance)
        self._make_sample_sections(appearance)
        editor.project_changed.connect(self._show_project)
        self._show_data(editor.project.data)

    # What others tell

    def show_preview(self, preview: Preview) -> None:
        """A look at the data, as was asked for. One of another dataset comes too late and is left out."""
        if preview.title != self._editor.project.data.dataset.title:
            return
        self._preview = preview
        self._status.hide()
        self._notes.setText("\n".join(map(translated, preview.notes)))
        self._notes.setVisible(bool(preview.notes))
        self._skipped.show_skipped(preview.skipped, preview.skipped_count)
        self._preparation.show_preview(preview)
        self._show_pictures(preview)
        self._show_parts()

    def show_failure(self, error: LayerloomError) -> None:
        """Why the data cannot be read."""
        self._clear_preview()
        self._say(_in_words(error), "fault")

    def show_download_failure(self, error: LayerloomError) -> None:
        """Why the data cannot be brought here: said where it was asked for."""
        self.refresh()
        self._download.show_failure(_in_words(error))

    def show_settings(self) -> None:
        """Shows the settings as they are in the project: what was asked for instead came to nothing."""
        self._form.show_specs(self._editor.project.data.dataset)

    def show_progress(self, progress: Progress) -> None:
        """How far a download is."""
        self._download.show_progress(progress)

    def show_reading(self, progress: Progress) -> None:
        """How far the samples are that must be decoded before they can be shown."""
        self._say(progress_in_words(progress))

    def refresh(self) -> None:
        """Looks again at what is on this machine: a download has ended."""
        self._download.show_idle()
        self._box.retitle()
        self._data = None
        self._show_data(self._editor.project.data)

    def look_again(self) -> None:
        """Shows what has come meanwhile, or gone: a training brings what it needs, and files are moved by others."""
        dataset = self._editor.project.data.dataset
        if self._presence != (dataset.is_here(), dataset.lacks):
            self.refresh()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.WindowActivate:
            # From where files are moved.
            self.look_again()
        return super().event(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.look_again()
        if self._asked is not self._data:
            self._timer.start()
        self.augmenting.show_data(self._editor.project.data)

    # Sections

    def _make_dataset_section(self, appearance: Appearance) -> None:
        self._box = KindBox(Dataset.kinds, title=self._title, group=lambda kind: kind.group)
        self._box.setObjectName("datasetBox")
        self._box.setAccessibleName(self.tr("Dataset"))
        self._box.kind_chosen.connect(self._choose)
        self._help = label(kind="dim", wraps=True)
        self._source = Source()
        self._source.open_asked.connect(self.open_asked)
        self._source.open_folder_asked.connect(self.open_folder_asked)
        self._source.find_asked.connect(self.find_asked)
        self._download = Download()
        self._download.asked.connect(self._begin_download)
        self._download.cancelled.connect(self._cancel_download)
        self._form = Form(title=in_words, leaves_out=_found_out)
        # How many rows a file for the test holds must be counted, beside the window.
        self._form.edit(self._editor, "data.dataset", but=("test_path",))
        self._form.changed.connect(self._take_setting)
        self._facts = Facts()
        section = self.add_section(self.tr("Dataset"))
        self._painter = PointPainter(self._editor, appearance)
        section.add(self._box, self._help, self._source, self._download, self._form, self._painter, self._facts)
        self.columns = ColumnsEditor(appearance)
        self._columns_section = self.add_section(self.tr("Columns"))
        self._columns_section.add(self.columns)

    def _make_sample_sections(self, appearance: Appearance) -> None:
        self._status = label(wraps=True)
        self._status.setObjectName("previewStatus")
        self._notes = label(kind="doubt", wraps=True)
        self._notes.setObjectName("dataNotes")
        self._skipped = SkippedList()
        self._images = ImageGrid(appearance)
        self._scatter = Scatter(appearance)
        self._balance = Balance(appearance)
        self._histogram = TargetHistogram(appearance)
        self._texts = label(wraps=True)
        self._texts.setObjectName("sampleTexts")
        self._table = FeatureTable(appearance)
        self._look = QPushButton(self.tr("Look at the data"))
        self._look.setObjectName("lookAtData")
        self._look.clicked.connect(self.look_asked)
        self._examine = QPushButton(self.tr("Examine the data"))
        self._examine.setObjectName("examineData")
        self._examine.setProperty("kind", "outline")
        self._examine.setToolTip(
            self.tr("Look for what will hurt the training, before it: copies, leaks, wrong labels")
        )
        self._examine.clicked.connect(self.examine_asked)
        section = self.add_section(self.tr("Samples"))
        section.add(self._look, self._examine, self._status, self._notes, self._skipped)
        section.add(self._images, self._texts, self._scatter, self._table)
        self._preparation = Preparation(self._editor, appearance)
        self.add_section(self.tr("Preparation")).add(self._preparation)
        self.augmenting = Augmenting(self._editor, appearance)
        self.add_section(self.tr("Augmentation")).add(self.augmenting)
        self._make_split_section()
        self._balance_section = self.add_section(self.tr("Classes in the training part"))
        self._balance_section.add(self._balance)
        self._histogram_section = self.add_section(self.tr("Values to predict"))
        self._histogram_section.add(self._histogram)
        self._clear_preview()

    def _make_split_section(self) -> None:
        self._division = Dividing(self._editor)
        self.add_section(self.tr("Split and scale")).add(self._division)

    # The project

    def _show_project(self, project: Project) -> None:
        self._show_data(project.data)

    def _show_data(self, data: Data) -> None:
        if data == self._data:
            return
        dataset = data.dataset
        if self._data is None or type(self._data.dataset) is not type(dataset):
            self._clear_preview()
        self._show_form(dataset)
        self._data, self._preview = data, None
        self._box.show_kind(type(dataset))
        self._help.setText(translated(dataset.help()))
        self._form.setVisible(not self._form.is_empty)
        self._source.show_dataset(dataset)
        self._painter.show_dataset(dataset)
        self._columns_section.setVisible(self.columns.show_dataset(dataset))
        self._preparation.show_data(data)
        self.augmenting.show_data(data)
        self._division.show_data(data)
        self._facts.show_facts(self._dataset_facts(data))
        self._show_parts()
        is_here, lacks = self._presence = (dataset.is_here(), dataset.lacks)
        for button in (self._look, self._examine):
            button.setEnabled(is_here and not dataset.lacks_to_look)
        self._download.offer(0 if is_here else dataset.download_size)
        if isinstance(dataset, FromFile) and dataset.is_stale:
            self.refresh_asked.emit(dataset)
        elif lacks:
            self._clear_preview()
            self._say(self._what_is_lacking(dataset), "doubt")
        elif is_here:
            self._timer.start()
        else:
            self._clear_preview()
            self._say(self.tr("Download it to see its samples and to train on it."))

    def _show_form(self, dataset: Dataset) -> None:
        """The settings of a dataset. What names a part of a file offers those there are."""
        self._form.show_specs(dataset)
        if isinstance(dataset, DrawnPoints):
            self._form.show_row("class_count", dataset.predicts == "classes")
        elif isinstance(dataset, FromFile):
            for name, words in dataset.offers.items():
                self._form.offer(name, words)
            self._form.show_all_but(dataset.idle)

    def _what_is_lacking(self, dataset: Dataset) -> str:
        """Before a preview can be had; where it is the file, `Source` says so itself."""
        return "" if self._source.is_asking else translated(dataset.lacks)

    def _dataset_facts(self, data: Data) -> dict[str, str]:
        dataset = data.dataset
        train, test = dataset.sizes
        words = self.tr("{train} and {test} to test") if test else "{train}"
        classes = len(dataset.classes)
        # A dataset that is made to measure says above how many it has.
        samples = "" if "samples" in dataset.declared else words
        return {
            self.tr("Samples"): samples.format(train=with_thousands(train), test=with_thousands(test)),
            self.tr("Shape"): self._shape_in_words(data),
            classes_in_words(dataset.task): with_thousands(classes) if classes else "",
            self.tr("Predicts"): self._answer_in_words(dataset),
            self.tr("Source"): (isinstance(dataset, FromFile) and dataset.host) or translated(dataset.source),
        }

    def _shape_in_words(self, data: Data) -> str:
        """The shape of a sample, and what the steps make of it."""
        read = shape_in_words(data.dataset.shape)
        try:
            prepared = shape_in_words(data.shape)
        except DataError:
            # Preparation says which step does not fit.
            return read
        return read if prepared == read else self.tr("{read}, prepared {prepared}").format(read=read, prepared=prepared)

    def _answer_in_words(self, dataset: Dataset) -> str:
        """What is asked for; empty where that is one class for each sample."""
        places = {1: self.tr("a class for each step"), 2: self.tr("a class for each pixel")}
        if dataset.task == "transcription":
            words = self.tr("a sequence of up to {count} symbols")
            return words.format(count=with_thousands(dataset.longest))
        if dataset.task == "multilabel":
            return self.tr("any number of labels")
        if dataset.classes:
            return places.get(len(dataset.places), "")
        shape = dataset.target_shape
        if len(shape) != 1:
            return shape_in_words(shape)
        (count,) = shape
        return self.tr("one number") if count == 1 else self.tr("{count} numbers").format(count=with_thousands(count))

    def _show_parts(self) -> None:
        data = self._editor.project.data
        sizes = tuple(self._preview.sizes[name] for name in SPLITS) if self._preview else part_sizes(data)
        is_exact = self._preview is not None or is_counted(data)
        words = self.tr("{count} samples") if is_exact else self.tr("about {count} samples")
        whole = max(1, sum(sizes))
        names = (self.tr("Training"), self.tr("Validation"), self.tr("Test"))
        self._division.show_parts(
            {
                name: (
                    words.format(count=with_thousands(size)),
                    in_percent(size / whole),
                )
                for name, size in zip(names, sizes, strict=True)
            }
        )

    # The preview

    def _ask_preview(self) -> None:
        data = self._data
        if not self.isVisible() or data is None or data.dataset.lacks or not data.dataset.is_here():
            return
        self._asked = self._data
        if not self._images.isVisible() and not self._balance_section.isVisible():
            self._say(self.tr("Reading the samples…"))
        self.preview_asked.emit(self._data)

    def _show_pictures(self, preview: Preview) -> None:
        is_images = len(preview.shape) == 3
        if is_images:
            self._images.show_preview(preview)
        self._images.setVisible(is_images)
        is_text = len(preview.shape) == 1 and not preview.columns and preview.points is None
        texts = (words.replace("\n", "↵") for words in preview.labels[:MOST_TEXTS])
        self._texts.setText("\n".join(f"“{words}”" for words in texts))
        self._texts.setVisible(is_text)
        if preview.points is not None:
            self._scatter.show_points(preview.points)
        # Drawn points are seen where they are drawn.
        self._scatter.setVisible(preview.points is not None and self._painter.isHidden())
        is_table = bool(preview.columns) and preview.points is None
        if is_table:
            self._table.show_preview(preview)
        self._table.setVisible(is_table)
        if preview.classes:
            self._balance.show_preview(preview)
        self._balance_section.setVisible(bool(preview.classes))
        if preview.histogram is not None:
            self._histogram.show_histogram(preview.histogram)
        self._histogram_section.setVisible(preview.histogram is not None)

    def _clear_preview(self) -> None:
        self._asked = None
        for part in (self._status, self._notes, self._skipped, self._images, self._texts, self._scatter, self._table):
            part.hide()
        self._balance_section.hide()
        self._histogram_section.hide()

    def _say(self, words: str, kind: str = "dim") -> None:
        self._status.setText(words)
        self._status.setProperty("kind", kind)
        self._status.style().polish(self._status)
        self._status.setVisible(bool(words))

    # Edits

    def _take_setting(self, name: str, value: Any) -> None:
        if name == "test_path":
            self.test_file_asked.emit(value)

    def _title(self, kind: type[Dataset]) -> str:
        title = translated(kind.title)
        is_here = issubclass(kind, FromFile) or kind().is_here()
        return title if is_here else self.tr("{title} (download)").format(title=title)

    def _choose(self, kind: type[Dataset]) -> None:
        words = self.tr("Use {dataset}").format(dataset=translated(kind.title))

        def edit(project: Project) -> Project:
            dataset = carried_over(project.data.dataset, kind())
            return project.with_data(project.data.with_other(dataset))

        self._editor.attempt(words, edit)

    def _begin_download(self) -> None:
        self._say(self.tr("They are shown here once they have arrived."))
        self._download.show_progress(Progress(self.tr("Connecting…")))
        self.download_asked.emit(self._editor.project.data.dataset)

    def _cancel_download(self) -> None:
        self.cancel_asked.emit()
        self.refresh()


def _in_words(error: LayerloomError) -> str:
    return " ".join(translated(part) for part in (error.message, error.expected, error.fix) if part)


def _found_out(kind: type[Spec]) -> tuple[str, ...]:
    """The settings of a dataset that nobody types. Another file, say, has other columns: it is opened."""
    return kind.finds if issubclass(kind, FromFile) else ()
