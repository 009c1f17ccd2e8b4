"""The editor: every edit is one undo step, undo is exact, and what cannot be is refused without a change."""

import pytest

from engine.graph import Graph, Node
from engine.layers import Flatten, Input, Linear
from engine.project import Project
from engine.report import InsertBefore, Problem, Report
from gui.editor import Editor


@pytest.fixture
def editor(qapp):
    made = Editor()
    network = Graph().add(Node("input_1", Input()), Node("linear_1", Linear())).connect("input_1", "linear_1")
    made.open(Project(network))
    return made


def test_undo_and_redo_are_exact(editor):
    before = editor.project
    editor.edit_network("Delete", lambda network: network.remove(["linear_1"]))
    after = editor.project
    assert "linear_1" not in after.network
    editor.undo_stack.undo()
    assert editor.project is before
    editor.undo_stack.redo()
    assert editor.project is after


def test_typing_a_number_is_one_step(editor):
    for value in (1, 12, 128):
        editor.attempt(
            "Change",
            lambda project, value=value: project.with_value("network.linear_1.out_features", value),
            merge="linear_1.out_features",
        )
    assert editor.undo_stack.count() == 1
    editor.undo_stack.undo()
    assert editor.project.network.node("linear_1").layer == Linear()


def test_typing_back_to_the_first_value_leaves_no_step(editor):
    for value in (1, 64):
        editor.attempt(
            "Change",
            lambda project, value=value: project.with_value("network.linear_1.out_features", value),
            merge="linear_1.out_features",
        )
    assert editor.undo_stack.count() == 0
    assert not editor.is_modified


def test_a_refused_edit_changes_nothing_and_says_why(editor, qtbot):
    before = editor.project
    with qtbot.waitSignal(editor.refused) as refused:
        editor.edit_network("Wire", lambda network: network.connect("linear_1", "input_1"))
    assert "input_1" in refused.args[0].message
    assert editor.project is before
    assert editor.undo_stack.count() == 0


def test_a_fix_is_one_step(editor):
    editor.mend(Problem("…", "linear_1", InsertBefore("linear_1", Flatten())))
    assert editor.project.network.predecessors("linear_1") == ("flatten_1",)
    assert editor.undo_stack.count() == 1


def test_undo_brings_the_selection_back(editor):
    editor.select(["linear_1"])
    editor.edit_network("Delete", lambda network: network.remove(["linear_1"]), ())
    assert editor.selection == ()
    editor.undo_stack.undo()
    assert editor.selection == ("linear_1",)


def test_a_report_of_an_older_project_is_left_out(editor):
    older = editor.project
    editor.edit_network("Delete", lambda network: network.remove(["linear_1"]))
    late = Report(order=("input_1", "linear_1"))
    editor.set_report(older, late)
    assert editor.report is not late


def test_opening_forgets_the_history(editor):
    editor.edit_network("Delete", lambda network: network.remove(["linear_1"]))
    editor.open(Project())
    assert not editor.is_modified
    assert not editor.undo_stack.canUndo()


def test_recovered_work_counts_as_unsaved(editor, tmp_path):
    editor.open(Project(), modified=True)
    assert editor.is_modified
    editor.save(tmp_path / "saved.loom")
    assert not editor.is_modified
