"""Python layers at work: what is allowed runs, what is not does not, and what is bad harms nobody."""

import pickle
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from drawings import project
from training_runs import trained
from written_layers import BAD, ENDLESS, WIDEN, allowing, layer, written

from engine import trust
from engine.analysis import analyse, shape_after
from engine.block_edits import made_block
from engine.build import build
from engine.datasets import Iris
from engine.errors import ExportError, ProjectError, TrainingError
from engine.examiner import SECONDS
from engine.export import Exported, Exporter, export, printed, source
from engine.export.source import class_name
from engine.layers import Input, Layer, Linear, Output, Python
from engine.layers.python import EXAMPLE
from engine.measure import function_of, measure
from engine.project import Project, from_json, to_json
from engine.report import Inside, Problem, ReadCode, Report
from engine.runs import Run


def drawn(*layers: Layer) -> Project:
    return project(Input(), *layers, Linear(3), Output(), dataset=Iris(), epochs=2)


def fault(report: Report) -> Problem:
    (found,) = report.faults
    return found


def test_an_allowed_layer_is_measured_on_samples() -> None:
    report = allowing(WIDEN, work=lambda: analyse(drawn(layer(WIDEN, times=3))))

    assert report.faults == ()
    known = report.nodes["python_1"]
    assert (known.input_shapes, known.output_shape) == (((4,),), (12,))
    assert (known.parameters, known.flops) == (4 * 4 + 4, 2 * 4 * 4)


@pytest.mark.parametrize("name", BAD)
def test_bad_code_is_a_sentence(name: str) -> None:
    code, words = BAD[name]
    found = fault(allowing(code, work=lambda: analyse(drawn(layer(code)))))

    assert found.node == "python_1"
    assert found.message.startswith("Trial ")
    assert words in found.message
    assert isinstance(found.fix, ReadCode)


@pytest.mark.parametrize("name", ENDLESS)
def test_code_without_an_end_is_given_up_once(name: str) -> None:
    code = ENDLESS[name]
    found = fault(allowing(code, work=lambda: analyse(drawn(layer(code)))))
    assert found.message == f"Trial gives no answer within {SECONDS:g} seconds."

    # Not tried again: this answers at once.
    misses = measure.cache_info().misses
    assert fault(allowing(code, work=lambda: analyse(drawn(layer(code))))) == found
    assert measure.cache_info().misses - misses <= 1


def test_what_it_prints_goes_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    loud = written("print('{}' * 1000); os.write(1, b'loud'); return x", "import os, sys\nprint('read')")
    report = allowing(loud, work=lambda: analyse(drawn(layer(loud))))

    assert report.faults == ()
    assert capfd.readouterr() == ("", "")


# Trust


@pytest.mark.parametrize("where", ["module", "forward", "block"])
def test_code_that_is_not_allowed_never_runs(where: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    deed = f"open({str(mark)!r}, 'w').close()"
    code = written("return x", deed) if where == "module" else written(f"{deed}; return x")
    design = drawn(layer(code))
    if where == "block":
        design = design.with_network(made_block(design.network, ["python_1"], "Own")[0])
    again = from_json(to_json(pickle.loads(pickle.dumps(design))))

    found = fault(analyse(again))
    assert found.message == "This layer carries Python code that has not been allowed to run."
    assert isinstance(found.fix.fix if isinstance(found.fix, Inside) else found.fix, ReadCode)
    assert shape_after(layer(code), ((4,),)) is None
    for run in (
        lambda: build(again),
        lambda: measure(layer(code), ((4,),)),
        lambda: function_of(layer(code), (4,)),
        lambda: trust.check(again.network),
    ):
        with pytest.raises((TrainingError, ProjectError), match="not been allowed"):
            run()
    with pytest.raises(ExportError):
        source(again, analyse(again))
    assert not mark.exists()
    assert allowing(code, work=lambda: analyse(again)).faults == ()
    assert mark.exists() != (where == "forward") or mark.exists()


def test_yes_is_said_to_one_content() -> None:
    def report(code: str) -> Report:
        return allowing(WIDEN, work=lambda: analyse(drawn(layer(code))))

    assert report(WIDEN).faults == ()
    assert fault(report(WIDEN + "\n")).rule == "code-not-allowed"


def test_the_example_may_run_at_once() -> None:
    assert analyse(drawn(Python())).faults == ()
    build(drawn(layer(EXAMPLE, openness=2.0)))


# The document


def test_it_goes_into_a_file_and_to_another_process() -> None:
    design = drawn(layer(WIDEN, times=3, name="“a” \\ b"))

    assert from_json(to_json(design)) == design
    assert pickle.loads(pickle.dumps(design)) == design
    assert hash(pickle.loads(pickle.dumps(layer(WIDEN)))) == hash(layer(WIDEN))


def test_new_code_keeps_the_name_of_its_layer() -> None:
    changed = drawn(Python()).with_value("network.python_1.source", WIDEN).with_value("network.python_1.times", 5)

    assert changed.network.node("python_1").layer == layer(WIDEN, times=5)


# Training and exporting


def ran(text: str) -> SimpleNamespace:
    names: dict[str, object] = {"__name__": "exported"}
    exec(compile(text, "exported.py", "exec"), names)
    return SimpleNamespace(**names)


def test_its_source_stands_word_for_word_in_what_is_exported() -> None:
    design = drawn(layer(WIDEN, name='"quoted"\n'.strip()), layer(WIDEN, times=3), Python())

    def compared() -> None:
        report = analyse(design)
        text = source(design, report)
        assert text.count(WIDEN.strip()) == 1
        network = build(design).eval()
        module = getattr(ran(text), class_name(design))().eval()
        module.load_state_dict(network.state_dict())
        x = torch.rand(5, 4)
        torch.testing.assert_close(module(x), network(x), rtol=0, atol=0)

    allowing(WIDEN, work=compared)


def test_the_lines_of_its_class_speak_of_its_layer() -> None:
    design = drawn(layer(WIDEN))
    shown = allowing(WIDEN, work=lambda: printed(design, analyse(design)))
    lines = shown.text.split("\n")
    assert shown.nodes[lines.index("class Widen(nn.Module):")] == ("python_1",)


def test_two_classes_of_one_name_cannot_stand_in_one_file() -> None:
    other = WIDEN.replace("times: int = 2", "times: int = 3")
    design = drawn(layer(WIDEN), layer(other))
    report = allowing(WIDEN, other, work=lambda: analyse(design))

    assert report.faults == ()
    with pytest.raises(ExportError, match="defines “Widen” twice"):
        source(design, report)


def test_lazy_modules_learn_their_sizes() -> None:
    lazy = "class Trial(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.inner = nn.LazyLinear(7)\n    def forward(self, x):\n        return self.inner(x)\n"  # noqa: E501
    network = allowing(lazy, work=lambda: build(drawn(layer(lazy))))

    assert network.state_dict()["python_1.inner.weight"].shape == (7, 4)


def test_a_trained_layer_is_exported_in_every_format(tmp_path: Path) -> None:
    def work() -> None:
        run, _ = trained(tmp_path / "run", drawn(layer(WIDEN)))
        for name, kind in Exporter.kinds.items():
            *_, last = export(run, name, tmp_path / f"{name}-model{kind.suffix}")
            assert isinstance(last, Exported)
            assert last.max_difference <= 1e-5

    allowing(WIDEN, work=work)


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        ("self.nothing", "Trial raises AttributeError in line 5: 'Trial' object has no attribute 'nothing'."),
        ("x[:, :2]", "Trial now answers with 2, where it was 4 before."),
        ("(x, x)", "Trial now answers with tuple, where it was 4 before."),
    ],
)
def test_what_goes_wrong_while_training_is_told(deed: str, words: str, tmp_path: Path, quiet: None) -> None:
    late = written(f"Trial.calls += 1; return x if Trial.calls < 40 else {deed}")

    def work() -> Run:
        return trained(tmp_path / "run", drawn(layer(late)).with_value("training.epochs", 50))[0]

    result = allowing(late, work=work).result()
    assert (result.status, result.message) == ("failed", words)


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log of a training is not what is looked at here."""
    monkeypatch.setattr("engine.written.logger.exception", lambda _words: None)
