"""The Training tab: what is made small, how, how long and where."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QHBoxLayout, QWidget

from engine.advice import against_task
from engine.averaging import Averaging
from engine.chosen_metrics import metrics_of, refusal
from engine.clipping import Clipping
from engine.copies import LogCopy
from engine.layers import Input, Output
from engine.losses import Loss, WeightedSum
from engine.metrics import Metric
from engine.optimizers import Optimizer
from engine.penalties import Penalty
from engine.project import Project
from engine.report import Report
from engine.schedules import ByHand, Schedule
from engine.spec import Spec, carried_over
from engine.stopping import StopRule
from gui import theme as looks
from gui.editor import Editor
from gui.form import Form, change, in_words
from gui.formula import Formula
from gui.kind_box import ChoiceBox, KindBox
from gui.page import Page, Problems, Section, label
from gui.preflight import PreflightView
from gui.rate_curve import RateCurve, traced
from gui.spec_list import SpecList
from gui.steer_view import SteerView
from gui.theme import Appearance
from gui.words import translated

if TYPE_CHECKING:
    # The devices are found with torch, which the window never loads.
    from engine.devices import Device


PLAN = (
    *("batch_size", "epochs", "seed", "accumulation", "decay_all", "precision", "deterministic"),
    *("validate_every", "validate_unit", "best_by", "keep_every", "watch_gradients"),
)
"""The settings of a training that are no choices of their own."""


class TrainingPanel(Page):
    """Loss, optimizer, schedule and the plan of a training, with what does not fit together on top."""

    def __init__(self, editor: Editor, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingPanel")
        self.setAccessibleName(self.tr("Training"))
        self._editor = editor
        self._steering = self.add_section(self.tr("Now training"))
        self.steer = SteerView(editor)
        self._steering.add(self.steer)
        self._steering.hide()
        self._problems = Problems(appearance)
        self._problems.fix_asked.connect(editor.mend)
        self._problems.ignore_asked.connect(editor.ignore)
        self._problem_section = self.add_section(self.tr("Before training"))
        self._problem_section.add(self._problems)
        self.preflight = PreflightView(editor, appearance)
        self.add_section(self.tr("Pre-flight")).add(self.preflight)
        of_loss = self.add_section(self.tr("Loss"))
        self._loss = Choice("loss", Loss, of_loss, editor, appearance)
        self._loss.box.setAccessibleName(self.tr("Loss"))
        self._losses = SpecList(
            editor, "training.loss.losses", Loss, appearance, add=self.tr("Add a loss"), folds=False
        )
        of_loss.add(self._losses)
        self._optimizer = Choice("optimizer", Optimizer, self.add_section(self.tr("Optimizer")), editor, appearance)
        self._optimizer.box.setAccessibleName(self.tr("Optimizer"))
        over_time = self.add_section(self.tr("Learning rate over time"))
        self._schedule = Choice("schedule", Schedule, over_time, editor, appearance)
        self._schedule.box.setAccessibleName(self.tr("Learning rate over time"))
        self._rates = RateCurve(editor, appearance)
        over_time.add(self._rates)
        self._plan = Form(title=in_words, names=PLAN)
        self._plan.edit(editor, "training")
        self._whole_set = label(
            self.tr("Each step sees all training samples, whatever the batch size."), "dim", wraps=True
        )
        self._device = ChoiceBox()
        self._device.setObjectName("deviceBox")
        self._device.setAccessibleName(self.tr("Device"))
        self._device.activated.connect(lambda _index: change(editor, "training.device", self._device.currentData()))
        plan = self.add_section(self.tr("Plan"))
        plan.add(self._whole_set, self._plan)
        plan.column.addLayout(self._device_row())
        ending = self.add_section(self.tr("End early"))
        self._stops = SpecList(editor, "training.stops", StopRule, appearance, add=self.tr("Add a rule"))
        self._stops.setAccessibleName(self.tr("End early"))
        ending.add(self._stops)
        self._metrics = SpecList(editor, "training.metrics", Metric, appearance, add=self.tr("Add a metric"))
        self._metrics.setAccessibleName(self.tr("Metrics"))
        self.add_section(self.tr("Metrics")).add(self._metrics)
        clipping = self.add_section(self.tr("Gradient clipping"))
        self._clipping = Choice("clipping", Clipping, clipping, editor, appearance)
        self._clipping.box.setAccessibleName(self.tr("Gradient clipping"))
        self._penalties = SpecList(editor, "training.penalties", Penalty, appearance, add=self.tr("Add a penalty"))
        self.add_section(self.tr("Penalties for large values")).add(self._penalties)
        averaging = self.add_section(self.tr("Mean of the weights"))
        self._averaging = Choice("averaging", Averaging, averaging, editor, appearance)
        self._averaging.box.setAccessibleName(self.tr("Mean of the weights"))
        self._copies = SpecList(editor, "training.copies", LogCopy, appearance, add=self.tr("Write the log also as"))
        self._copies.setAccessibleName(self.tr("Log for other tools"))
        self.add_section(self.tr("Log for other tools")).add(self._copies)
        self.show_devices([])
        editor.project_changed.connect(self._show_project)
        editor.report_changed.connect(self._show_report)
        self._show_project(editor.project)
        self._show_report(editor.report)

    def show_training(self, trained: Project | None) -> None:
        """Offers to steer the training under way, of this design as it is now; None: there is none."""
        self.steer.show_training(trained)
        self._steering.setVisible(trained is not None)

    def _device_row(self) -> QHBoxLayout:
        head = label(self.tr("Device"), "dim")
        head.setFixedWidth(looks.with_font(looks.LABEL_WIDTH))
        row = QHBoxLayout()
        row.setSpacing(looks.GRID * 2)
        row.addWidget(head)
        row.addWidget(self._device, 1)
        return row

    def show_devices(self, devices: list[Device]) -> None:
        """The devices of this machine, by the names that people know them by."""
        with QSignalBlocker(self._device):
            self._device.clear()
            self._device.addItem(self.tr("Automatic"), "auto")
            for device in devices:
                self._device.addItem(device.title, device.id)
        self._show_device(self._editor.project.training.device)

    def _show_project(self, project: Project) -> None:
        training = project.training
        self._show_metrics(project)
        self._loss.show_spec(training.loss)
        layers = [node.id for node in project.network.nodes if not isinstance(node.layer, Input | Output)]
        self._penalties.show_specs(training.penalties, layers)
        self._losses.setVisible(isinstance(training.loss, WeightedSum))
        self._losses.show_specs(
            training.loss.losses if isinstance(training.loss, WeightedSum) else (), (), partial(_in_a_sum, project)
        )
        self._optimizer.show_spec(training.optimizer)
        self._schedule.show_spec(training.schedule)
        self._rates.show_project(project)
        self._stops.show_specs(training.stops)
        self._copies.show_specs(training.copies, (), self._refuse_copy)
        lacking = ((number, copy.lacks) for number, copy in enumerate(training.copies) if copy.lacks)
        self._copies.show_fault(*next(lacking, (-1, "")))
        self._clipping.show_spec(training.clipping)
        self._averaging.show_spec(training.averaging)
        self._plan.show_specs(training)
        self._plan.show_row("batch_size", not training.optimizer.whole_set)
        self._whole_set.setVisible(training.optimizer.whole_set)
        self._show_device(training.device)

    def _refuse_copy(self, spec: LogCopy) -> str:
        chosen = {type(copy) for copy in self._editor.project.training.copies}
        return self.tr("It is written already.") if type(spec) in chosen else spec.lacks

    def _show_metrics(self, project: Project) -> None:
        self._metrics.show_specs(project.training.metrics, (), lambda spec: _refused(spec, project))
        titles = {name: figure.title for name, figure in metrics_of(project).items()}
        for part in (self._plan, self._stops, self._schedule):
            part.offer_metrics(titles)

    def _show_device(self, name: str) -> None:
        with QSignalBlocker(self._device):
            if self._device.findData(name) < 0:
                self._device.addItem(self.tr("{name}, not on this machine").format(name=name), name)
            self._device.setCurrentIndex(self._device.findData(name))
        best = self.tr("A graphics card where there is one, or else the processor")
        self._device.setToolTip(best if name == "auto" else self._device.currentText())

    def _show_report(self, report: Report) -> None:
        problems = [problem for problem in report.problems if problem.node is None]
        self._problems.show_problems(problems)
        self._problem_section.setVisible(bool(problems))


def _refused(spec: Spec, project: Project) -> str:
    """Why a metric cannot be added, however it is set."""
    if not isinstance(spec, Metric):
        return ""
    variants = (*spec.variants(), spec.named("top_1_accuracy"))
    return "" if any(each and not refusal(each, project) for each in variants) else refusal(spec, project)


def _in_a_sum(project: Project, loss: Loss) -> str:
    """Why a loss cannot be one of a sum."""
    if isinstance(loss, WeightedSum):
        return "A sum cannot be a part of a sum."
    return "" if project.data.dataset.task in loss.tasks else against_task(loss, project)


class Choice:
    """A kind of a family with its help, its settings and its formula, in a section of their own."""

    def __init__(self, name: str, family: type[Spec], section: Section, editor: Editor, appearance: Appearance) -> None:
        self._name = name
        self._editor = editor
        self.box = KindBox(family.kinds, group=lambda kind: getattr(kind, "group", ""))
        self.box.setObjectName(f"{name}Box")
        self.box.kind_chosen.connect(self._choose)
        self._help = label(kind="dim", wraps=True)
        # What a loss counts in a sum is set there.
        self._form = Form(title=in_words, leaves_out=lambda kind: ("weight",) if issubclass(kind, Loss) else ())
        self._form.edit(editor, f"training.{name}")
        self._formula = Formula(appearance)
        section.add(self.box, self._help, self._formula, self._form)

    def offer_metrics(self, titles: Mapping[str, str]) -> None:
        """Offers these where a metric is asked for: their titles, by their names."""
        self._form.offer_metrics(titles)

    def show_spec(self, spec: Loss | Optimizer | Schedule | Clipping | Averaging) -> None:
        """Shows what is chosen."""
        self.box.show_kind(type(spec))
        self._help.setText(translated(spec.help()))
        self._form.show_specs(spec)
        self._form.setVisible(not self._form.is_empty)
        self._formula.setVisible(bool(spec.formula))
        self._formula.show_formula(spec.formula)

    def _choose(self, kind: type[Spec]) -> None:
        def edit(project: Project) -> Project:
            old = getattr(project.training, self._name)
            if kind is ByHand and isinstance(old, Schedule):
                new = traced(project, old)
            else:
                new = WeightedSum((old,)) if kind is WeightedSum else carried_over(old, kind())
            return project.with_training(project.training.with_setting(self._name, new))

        self._editor.attempt(self.box.tr("Use {kind}").format(kind=translated(kind.title)), edit)
