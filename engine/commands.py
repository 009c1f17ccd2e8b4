"""What each command of the command line does.

Each is one function: it takes the parsed options and returns the document that ``--json`` prints, together with the
lines that a person reads. torch is imported only by those that need it.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from engine.errors import ProjectError, RunError, UsageError
from engine.metrics import in_rows, in_words

if TYPE_CHECKING:
    from engine.copies import LogCopy
    from engine.data import Data
    from engine.facts import Facts
    from engine.project import Project
    from engine.report import Problem, Report
    from engine.runs import Result, Run

SPARE = "-"
"""What `train` takes for a run that it is told of later, on standard input."""


class Answer(NamedTuple):
    """What a command has to say: to a program, and to a person."""

    document: Any
    lines: Sequence[str] = ()


Command = Callable[[argparse.Namespace], Answer]


def list_templates(options: argparse.Namespace) -> Answer:
    """The templates, by their names."""
    del options
    from engine.templates import templates

    found = templates()
    width = max(len(template.name) for template in found)
    return Answer(
        [
            {"name": item.name, "title": item.title, "description": item.description} | _costs(item.facts)
            for item in found
        ],
        [f"{item.name:{width}}  {item.title}" for item in found],
    )


def _costs(facts: "Facts | None") -> dict[str, int]:
    """What is known of a template in numbers, less its portrait, which is for the eye."""
    names = ("layers", "depth", "parameters", "multiply_adds", "training_bytes")
    return {name: getattr(facts, name) for name in names} if facts is not None else {}


def list_datasets(options: argparse.Namespace) -> Answer:
    """The datasets, and which of them are here."""
    del options
    from engine.datasets import Dataset
    from engine.layers import in_words as shape_in_words

    found: list[dict[str, Any]] = []
    lines: list[str] = []
    for name, kind in Dataset.kinds.items():
        dataset = kind()
        train, test = dataset.sizes
        here = dataset.is_here()
        found.append(
            {
                "name": name,
                "title": kind.title,
                "group": kind.group,
                "shape": dataset.shape,
                "classes": dataset.classes,
                "task": dataset.task,
                "train_samples": train,
                "test_samples": test,
                "here": here,
            }
        )
        place = "here" if here else "to be downloaded" if dataset.download_size else "to be opened"
        # What a person opens is known once it is open.
        shape, samples = (shape_in_words(dataset.shape), f"{train + test:,} samples") if train else ("", "")
        lines.append(f"{name:14} {shape:>9}  {samples:>14}  {place:16}  {kind.title}")
    return Answer(found, lines)


def new_project(options: argparse.Namespace) -> Answer:
    """Writes a project made from a template, or a small network that fits data."""
    from engine.project import save
    from engine.templates import template, templates

    _check_free(options.output, options.overwrite)
    path = Path(options.template)
    if path.exists() and options.template not in {known.name for known in templates()}:
        from engine.proposing import proposed

        project, words = proposed(_data_in(path.absolute()), path.stem), f"a network that fits {path}"
    elif path.suffix:
        raise ProjectError(
            f"There is no file {path}.", fix="Check the name; “layerloom templates” lists the templates."
        )
    else:
        chosen = template(options.template)
        project, words = chosen.project, f"the template “{chosen.title}”"
    save(_adapted(project, options), options.output)
    return Answer({"project": str(options.output)}, [f"{options.output} holds {words}."])


def _adapted(project: "Project", options: argparse.Namespace) -> "Project":
    """The template for the classes and images asked for; without a wish as it is."""
    if options.classes is options.size is options.channels is None:
        return project
    from engine.adapting import adapted

    shape, classes = project.data.shape, len(project.data.dataset.classes)
    return adapted(project, options.classes or classes, options.size or shape[-1], options.channels or shape[0])


def describe_project(options: argparse.Namespace) -> Answer:
    """What the engine says of a project, a run or a model."""
    from engine.analysis import analyse

    project = _project(options.project)
    check_code(options, project)
    report = analyse(project)
    lines = [*_table_of(report), *(_in_a_line(problem, problem.severity) for problem in report.problems)]
    return Answer(_record_of(report), [*lines, *(_in_a_line(problem, "ignored") for problem in report.silenced)])


def _record_of(report: "Report") -> dict[str, Any]:
    return {
        "nodes": [
            {
                "id": node.id,
                "type": node.type,
                "output_shape": node.output_shape,
                "parameters": node.parameters,
                "flops": node.flops,
            }
            for node in map(report.nodes.__getitem__, report.order)
        ],
        "totals": {
            "parameters": report.totals.parameters,
            "trainable_parameters": report.totals.trainable_parameters,
            "flops": report.totals.flops,
            "multiply_adds": report.totals.multiply_adds,
        },
        "problems": [
            {
                "node": problem.path,
                "message": problem.message,
                "fix": problem.fix.label if problem.fix else None,
                "severity": problem.severity,
                "rule": problem.rule,
                "silenced": problem in report.silenced,
            }
            for problem in (*report.problems, *report.silenced)
        ],
    }


def _table_of(report: "Report") -> Iterator[str]:
    """A row for each layer, between the heads of the columns and the totals."""
    from engine.layers import in_words as shape_in_words

    wide = max(map(len, report.order), default=0)
    yield f"{'':{wide}}  {'':18} {'output shape':>14} {'parameters':>14} {'FLOPs':>16}"
    for node in map(report.nodes.__getitem__, report.order):
        shape = shape_in_words(node.output_shape) if node.output_shape else "?"
        yield f"{node.id:{wide}}  {node.type:18} {shape:>14} {node.parameters:>14,} {node.flops:>16,}"
    yield f"{'':{wide}}  {'total':18} {'':>14} {report.totals.parameters:>14,} {report.totals.flops:>16,}"


def _in_a_line(problem: "Problem", kind: str) -> str:
    place = f"{problem.path}: " if problem.path else ""
    fix = f" Fix: {problem.fix.label}." if problem.fix else ""
    return f"{kind}: {place}{problem.message}{fix}"


def examine_data(options: argparse.Namespace) -> Answer:
    """What will hurt in the data of a project, a run or a file."""
    from engine.datasets.dataset import outcome
    from engine.doctor import examine

    project = _project(options.project) if _holds_project(options.project) else None
    findings = outcome(examine(project.data if project else _data_in(options.project)))
    heard, _ = findings.heard(project.silenced if project else ())
    document = [
        {
            "rule": one.rule,
            "severity": one.severity,
            "message": one.message,
            "column": one.column,
            "count": one.count,
            "rows": one.rows,
            "fix": one.fix.label if one.fix else None,
            "silenced": one not in heard,
        }
        for one in findings.findings
    ]
    lines = [f"{one.severity}: {one.message}" + (f" Fix: {one.fix.label}." if one.fix else "") for one in heard]
    closing = f"{findings.samples:,} samples were examined. " + " ".join(findings.notes)
    return Answer(
        {"samples": findings.samples, "notes": findings.notes, "findings": document}, [*lines, closing.strip()]
    )


def try_project(options: argparse.Namespace) -> Answer:
    """What a training would do, found in seconds."""
    from engine.datasets.dataset import outcome
    from engine.preflight import preflight

    project = _project(options.project)
    check_code(options, project)
    found = outcome(preflight(project))
    lines = [
        f"{one.verdict}: {one.message}" + (f" Fix: {one.fix.label}." if one.fix and one.verdict != "good" else "")
        for one in found.checks
    ]
    return Answer(msgspec.to_builtins(found), lines)


def _holds_project(path: Path) -> bool:
    from engine.project import SUFFIX

    return path.suffix == SUFFIX or (path / "project.loom").exists()


def _data_in(path: Path) -> "Data":
    """The data in a file or folder, prepared as is proposed for it. Raises `DataError`."""
    from engine.data import Data
    from engine.datasets.files import open_data
    from engine.steps import proposed_steps

    dataset = open_data(str(path))
    return Data(dataset, steps=proposed_steps(dataset))


def train_project(options: argparse.Namespace) -> Answer:
    """Trains a project, goes on with a run, or waits as a spare."""
    if options.project == SPARE:
        return _train_when_told(options)
    changes = list(changes_of(options))
    path = Path(options.project)
    if path.is_dir():
        run = _run_to_go_on(path, options)
        check_code(options, run.project())
        return trained(run, dict(changes), options)
    return trained(_run_of(path, options, changes), {}, options)


def follow_run(options: argparse.Namespace) -> Answer:
    """Follows a training that another process does."""
    from engine.console import follow, telling

    run = open_run(options.run)
    result = follow(run, telling(options.json, options.plain))
    if result is None:
        document = {"run": str(run.path), "status": "running"}
        return Answer(document, [f"{run.path} trains on. To see it again: layerloom attach {run.path}"])
    return _answer_of(run, result)


def _train_when_told(options: argparse.Namespace) -> Answer:
    """The warm spare: does all that is slow, says so, then trains the run that it is told: a list in JSON of the folder
    and the digests of the code that may run.
    """
    from engine.console import warm_up

    warm_up()
    print("ready", flush=True)  # noqa: T201 — whoever keeps the spare waits for this word.
    line = sys.stdin.buffer.readline().strip()
    if not line:
        return Answer(None)
    folder, *options.allow = json.loads(line)
    run = open_run(Path(folder))
    run.check_own()
    _print_into(run.path / "trainer.log")
    check_code(options, run.project())
    return trained(run, {}, options)


def _print_into(file: Path) -> None:
    """What is printed from here on goes there: who started the spare may end before it, which would break the pipe."""
    log = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(log, stream.fileno())
    os.close(log)


def trained(run: "Run", changes: dict[str, Any], options: argparse.Namespace) -> Answer:
    """Trains a run, or goes on with it, and says what it came to."""
    from engine.console import telling, train

    return _answer_of(run, train(run, changes, telling(options.json, options.plain)))


def _answer_of(run: "Run", result: "Result") -> Answer:
    """What a training has come to."""
    document = {
        "run": str(run.path),
        "status": result.status,
        "epochs": result.epochs,
        "validation": result.validation,
        "test": result.test,
    }
    epochs = f"{result.epochs:,} epoch{'s' * (result.epochs != 1)}"
    lines = [f"{run.path}: {result.status} after {epochs} and {result.seconds:.1f} s."]
    lines += in_rows({"validation": result.validation, "test": result.test}, "best weights")
    if result.status == "stopped":
        from engine.console import how_to_go_on

        lines.append(f"Go on with the same command, or with: {how_to_go_on(run)}")
    return Answer(document, lines)


def cross_validate_project(options: argparse.Namespace) -> Answer:
    """Trains a project fold after fold; what is trained already is not trained again."""
    from engine import console, folds
    from engine.data import MOST_FOLDS
    from engine.taking_up import check_there

    project = _project(Path(options.project))
    check_code(options, project)
    count = options.folds or project.data.folds or folds.USUAL
    if not 2 <= count <= MOST_FOLDS:
        raise UsageError(f"There cannot be {count} folds.", expected=f"There can be 2 to {MOST_FOLDS}.")
    check_there(project)
    runs = [folds.run_of_fold(project, options.runs, fold, count) for fold in range(1, count + 1)]
    for fold, run in enumerate(runs, 1):
        if not folds.is_finished(run):
            print(f"Fold {fold} of {count}.", file=sys.stderr)  # noqa: T201 — no part of the answer.
            result = console.train(run, {}, console.telling(options.json, options.plain))
            if result.status != "finished":
                raise RunError(f"{run.path} was stopped.", fix="Ask the same again to go on with it.")
    found = folds.summary(runs)
    folds.write(found, options.runs)
    lines = [f"{run.path}: {in_words(run.result().test)}" for run in runs]
    return Answer(folds.as_document(found), [*lines, f"Over {count} folds:", *found.in_words()])


def evaluate_run(options: argparse.Namespace) -> Answer:
    """Judges a trained network on a part of its data."""
    run = _trusted_run(options)
    from engine.evaluation import evaluate

    found = evaluate(run, options.split, options.checkpoint)
    lines = [f"{run.name} on the {found.samples:,} samples of {found.split}: {in_words(found.metrics)}"]
    return Answer({"split": found.split, "samples": found.samples, "metrics": found.metrics}, lines)


def ask_run(options: argparse.Namespace) -> Answer:
    """Asks a trained network."""
    run = _trusted_run(options)
    from engine.evaluation import predict

    found = predict(run, options.inputs, options.checkpoint, options.tokens)
    document = [
        {
            "input": item.input,
            "output": item.output,
            "label": item.label,
            "probabilities": item.probabilities,
            **({"labels": item.labels} if item.labels else {}),
            **({"notes": item.notes} if item.notes else {}),
            **({"continuation": item.continuation} if item.continuation else {}),
        }
        for item in found
    ]
    lines = [line for item in found for line in (f"{item.input}: {item.in_words()}", *item.notes)]
    return Answer(document, lines)


def export_run(options: argparse.Namespace) -> Answer:
    """Writes a trained network in a format that others use."""
    run = _trusted_run(options)
    from engine.export import Exported, export

    done: Exported | None = None
    for item in export(run, options.format, options.output, options.checkpoint, options.overwrite):
        if isinstance(item, Exported):
            done = item
    assert done is not None
    names = ", ".join(str(file) for file in done.files)
    document = {
        "file": str(done.file),
        "format": done.format,
        "max_difference": done.max_difference,
        "samples": done.samples,
        "files": [str(file) for file in done.files],
        "scaling": done.scaling,
    }
    words = f"{names}: differs from the trained network by at most {done.max_difference:.2g}"
    return Answer(document, [f"{words} on {done.samples:,} samples.", *filter(None, [done.scaling])])


def copy_log(options: argparse.Namespace) -> Answer:
    """Writes the log of a run in the format of another tool."""
    from engine.copies import Mlflow
    from engine.copying import copied
    from engine.datasets.dataset import outcome

    run = open_run(options.run)
    (kind,) = _copies([options.format])
    copy = next((copy for copy in run.project().training.copies if type(copy) is kind), kind())
    if isinstance(copy, Mlflow) and options.output:
        copy = msgspec.structs.replace(copy, tracking_uri=options.output)
    place = outcome(copied(run, copy, Path(options.output) if options.output else None))
    return Answer({"run": str(run.path), "format": kind.name, "written": place}, [f"{kind.title}: {place}"])


def _copies(names: Sequence[str]) -> "list[type[LogCopy]]":
    from engine.copies import by_name

    known = by_name()
    for name in names:
        if name not in known:
            raise UsageError(f"There is no log format “{name}”.", expected=f"There are: {', '.join(known)}.")
    return [known[name] for name in dict.fromkeys(names)]


def import_model(options: argparse.Namespace) -> Answer:
    """Writes a project made from a model."""
    from engine import importers
    from engine.project import save

    project = importers.read(options.file)
    _check_free(options.output, options.overwrite)
    save(project, options.output)
    count = len(project.network.nodes)
    return Answer({"project": str(options.output), "nodes": count}, [f"{options.output} holds its {count:,} layers."])


def _run_to_go_on(path: Path, options: argparse.Namespace) -> "Run":
    from engine.taking_up import check_there

    if options.run is not None:
        raise UsageError(
            f"{path} is a run folder, so --run does not fit.", expected="--run is where a project's training goes."
        )
    run = open_run(path)
    check_there(run.project(), has_begun=True)
    return run


def _run_of(path: Path, options: argparse.Namespace, changes: list[tuple[str, Any]]) -> "Run":
    """The run that this command begins or, where the very same was interrupted, goes on with."""
    from engine.taking_up import check_there, run_for

    project = _project(path)
    check_code(options, project)
    for place, value in changes:
        project = project.with_value(place, value)
    check_there(project)
    return run_for(project, options.run, path.stem, anew=options.new)


def changes_of(options: argparse.Namespace) -> Iterator[tuple[str, Any]]:
    """The settings to change, by their paths. Raises `UsageError`."""
    for name in ("epochs", "seed", "device"):
        value = getattr(options, name)
        if value is not None:
            yield f"training.{name}", value
    if options.log:
        yield "training.copies", [{"type": kind.__name__, "settings": {}} for kind in _copies(options.log)]
    for words in options.set:
        path, equals, value = words.partition("=")
        if not equals or not path:
            raise UsageError(
                f"“{words}” does not say what to set.",
                expected="It must be PATH=VALUE, such as training.optimizer.learning_rate=0.01.",
            )
        try:
            yield path, json.loads(value)
        except json.JSONDecodeError:
            # A project may be opened from anywhere.
            yield path, str(Path(value).absolute()) if path == "data.dataset.path" else value


def _project(path: Path) -> "Project":
    """The project of a file or of a run folder. Raises `LayerloomError`."""
    if path.is_dir():
        return open_run(path).project()
    if not path.exists():
        raise ProjectError(f"There is no file {path}.", fix="Check the name; “layerloom new” makes a project.")
    from engine.project import SUFFIX, load

    if path.suffix == SUFFIX:
        return load(path)
    from engine import importers

    return importers.read(path)


def open_run(path: Path) -> "Run":
    """The run in a folder. Raises `RunError`."""
    from engine.runs import Run

    return Run.open(path)


def _trusted_run(options: argparse.Namespace) -> "Run":
    run = open_run(options.run)
    check_code(options, run.project())
    return run


def check_code(options: argparse.Namespace, project: "Project") -> None:
    """Lets the code that a project carries run where that is asked for. Raises `ProjectError` where it is not."""
    from engine import trust

    trust.allow(options.allow)
    if options.trust:
        trust.allow(map(trust.digest, trust.sources(project.network).values()))
    trust.check(project.network)


def _check_free(path: Path, overwrite: bool) -> None:
    if path.exists() and not overwrite:
        raise ProjectError(f"{path} is there already.", fix="Choose another name, or say --overwrite.")
