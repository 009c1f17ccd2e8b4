"""The states of the window while networks train: steered, watched, side by side, in the queue, forked, gone wrong."""

import math
from collections.abc import Iterator

from stage import Stage

LONG = 2_000
"""Epochs that do not end while pictures are made."""
ALL_PLOTS = ("metric", "gradient", "updates", "gradients", "learning_rate", "speed", "memory")


class TrainingStates(Stage):
    """Trainings brought into one state after the other."""

    def steering(self) -> Iterator[str]:
        self._train("digits", {"training.epochs": LONG})
        self._show_dock("trainingDock")
        yield "steering"
        self._type("steer_learning_rate", "0.003")
        self.until(lambda: self.window.training.trained.training.optimizer.learning_rate == 0.003)
        self.settle(2_000)
        self._type("steer_batch_size", "64")
        self.until(lambda: self.window.training.trained.training.batch_size == 64)
        self.settle(2_000)
        yield "steering-changed"
        self._point_at_change()
        yield "steering-change-read"
        self.window.curves._show_step(math.nan)
        self.window.actions_by_name["pause"].trigger()
        self.until(lambda: self.window.training.state == "paused")
        yield "steering-paused"
        self.window.actions_by_name["oneStep"].trigger()
        self.settle(1_000)
        yield "steering-one-step"
        self._type("steer_epochs", "many")
        yield "steering-refused"
        self._type("steer_epochs", str(LONG))
        project = self.editor.project.with_value("training.epochs", 40).with_value("data.validation", 0.3)
        project = project.with_value("network.dropout_1.p", 0.2).with_value("network.conv2d_1.frozen", True)
        self.editor.apply("Edit", project)
        self._wait_for_report()
        yield "steering-edited"
        self._end()

    def watching(self) -> Iterator[str]:
        curves = self.window.curves
        self._train("digits", {"training.epochs": LONG}, seconds=8)
        chosen = self.window.settings.plots
        for names in (("metric", "gradient"), ("metric", "gradient", "updates", "gradients"), ALL_PLOTS):
            curves.choose(names)
            self.settle(600)
            yield f"watching-{len(names)}"
        curves.choose(chosen)
        self.editor.select(["conv2d_1"])
        self._show_dock("layerDock")
        yield "watching-layer"
        self._end()

    def several(self) -> Iterator[str]:
        from gui.question import Question

        Question.ask = Question.open
        window = self.window
        self._train("digits", {"training.epochs": LONG})
        window.runs.train()
        yield "second-training"
        self._close_all()
        window.waiting.set_aside()
        window.training.train(self.editor.project.with_value("training.optimizer.learning_rate", 0.01), "Digits fast")
        self.until(lambda: window.training.state == "running")
        for title in ("Digits later", "A third with a rather long name to see"):
            window.waiting.add(window.training.prepare(self.editor.project, title))
        window.notices.clear()
        self._show_dock("runsDock")
        self.settle(4_000)
        yield "several"
        window.actions_by_name["pause"].trigger()
        self._choose_run(lambda row: row.waits == 2)
        window.run_list._more.click()
        yield "several-menu"
        self._close_all()
        window.actions_by_name["pause"].trigger()
        for run in window.waiting.queue.runs():
            window.waiting.queue.remove(run.path)
        window.waiting.show()
        window.waiting.stop_beside()
        self._end()

    def forks(self) -> Iterator[str]:
        from gui.question import Question

        Question.ask = Question.open
        window = self.window
        self._train("digits", {"training.epochs": 12})
        self.until(lambda: not window.training.is_busy)
        parent = window.training.run
        self._show_menu_of_curves()
        yield "fork-menu"
        self._close_all()
        faster = self.editor.project.with_value("training.optimizer.learning_rate", 0.01)
        self.editor.apply("Edit", faster.with_value("data.validation", 0.2))
        window.forking.ask(parent, round(0.4 * window.curves._history.last_step))
        yield "fork-question"
        self._close_all()
        window.runs._ask_for_more(parent.path)
        yield "more-epochs"
        self._close_all()
        self._fork(parent, 0.5)
        child = window.training.run
        self._fork(child, 0.7)
        self._fork(parent, 0.0)
        self._show_dock("runsDock")
        window.run_list.tick(parent.path)
        window.run_list.tick(child.path)
        self.settle(800)
        yield "forks"

    def rate_dragged(self) -> Iterator[str]:
        from engine.schedules import ByHand, Cosine
        from engine.templates import template
        from gui.rate_curve import traced

        project = template("digits").project
        project = project.with_training(project.training.with_setting("schedule", Cosine()))
        for name, schedule in (("cosine", None), ("by-hand", ByHand)):
            if schedule is not None:
                project = project.with_training(project.training.with_setting("schedule", traced(project, Cosine())))
            self._open(project)
            self._show_dock("trainingDock")
            self._drag_rate()
            yield f"rate-{name}"

    def amiss(self) -> Iterator[str]:
        self._train("digits", {"training.epochs": LONG, "training.optimizer.learning_rate": 0.6}, seconds=6)
        yield "amiss-doubt"
        self._end()
        leaping = {"training.optimizer": "SGD", "training.optimizer.learning_rate": 10, "training.epochs": LONG}
        self._train("diabetes", leaping, seconds=0)
        self.until(lambda: not self.window.training.is_busy)
        self.settle(800)
        yield "amiss-not-finite"
        self.window.notices.clear()

    # Steps

    def _train(self, name: str, settings: dict[str, object], seconds: float = 4) -> None:
        from engine.templates import template

        project = template(name).project
        for path, value in settings.items():
            project = project.with_value(path, value)
        self.window.notices.clear()
        self._open(project)
        self._show_dock("curvesDock")
        self.window.runs.train()
        self.until(lambda: self.window.training.state != "starting")
        self.settle(int(1000 * seconds))

    def _end(self) -> None:
        self.window.actions_by_name["stop"].trigger()
        self.until(lambda: not self.window.training.is_busy and not self.window.waiting.is_any_beside)
        self.window.notices.clear()

    def _type(self, name: str, words: str) -> None:
        line = self._part(name)
        line.selectAll()
        line.insert(words)
        line.setModified(True)
        line.editingFinished.emit()
        self.settle(300)

    def _point_at_change(self) -> None:
        """Lets the pointer stand on the first change that is marked on the curves."""
        curves = self.window.curves
        curves._show_step(curves._history.changes[0].step)
        self.settle(100)

    def _show_menu_of_curves(self) -> None:
        view = self.window.curves._plots[0].view
        view.menu_asked.emit(view.mapToGlobal(view.rect().center()))
        self.settle(300)

    def _choose_run(self, is_meant) -> None:
        view = self._part("runList")
        model = view.model()
        rows = [model.index(number, 0) for number in range(model.rowCount())]
        view.setCurrentIndex(next(index for index in rows if is_meant(model.row_at(index))))
        self.settle(200)

    def _fork(self, run, share: float) -> None:
        from engine.forking import point_at

        forking, training = self.window.forking, self.window.training
        forking._fork(run, point_at(run, step=round(share * point_at(run).step)), ())
        self.until(lambda: training.run.path != run.path and training.is_busy)
        self.until(lambda: not training.is_busy)

    def _drag_rate(self) -> None:
        """Takes a handle of the curve of learning rates and lets it go elsewhere."""
        from PySide6.QtCore import QPointF, Qt
        from PySide6.QtTest import QTest

        from gui.rate_curve import RateCurve

        curve = self.window.findChild(RateCurve)
        self._part("trainingPanel").ensureWidgetVisible(curve)
        self.settle(200)
        place = curve._place_of(curve._handles[len(curve._handles) // 2])
        QTest.mousePress(curve, Qt.MouseButton.LeftButton, pos=place.toPoint())
        QTest.mouseMove(curve, (place + QPointF(-12, -20)).toPoint())
        self.settle(200)
        QTest.mouseRelease(curve, Qt.MouseButton.LeftButton, pos=(place + QPointF(-12, -20)).toPoint())
        self.settle(200)
