"""The command line: every command, and the window where there is none.

Each command is one function: it takes the parsed options and returns the document that ``--json`` prints, together with
the lines that a person reads. torch is imported only by those that need it.
"""

import argparse
import json
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from engine.errors import LayerloomError, ProjectError, SettingError, UsageError, worded
from engine.logs import log_file, logging_to_file
from engine.metrics import in_words

if TYPE_CHECKING:
    from engine.project import Project
    from engine.report import Problem
    from engine.runs import Run

DONE, FAILED, WRONG_USAGE = 0, 1, 2

SPARE = "-"
"""What `train` takes for a run that it is told of later, on standard input."""

logger = logging.getLogger("layerloom")


class Answer(NamedTuple):
    """What a command has to say: to a program, and to a person."""

    document: Any
    lines: Sequence[str] = ()


Command = Callable[[argparse.Namespace], Answer]
Window = Callable[[Path | None, bool], int]


def main(arguments: Sequence[str], window: Window | None = None) -> int:
    """Runs a command, or the window, and returns the exit status: 0 done, 1 failed, 2 wrong usage.

    ``window`` shows the window with a project, or None, and says whether training is to stay in its process.
    """
    words = list(arguments)
    # torch's threads would spin while they wait; on a machine with other work each step took a hundred times as long.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    _tame_streams()
    with logging_to_file():
        if not _is_command(words):
            return _guarded(lambda: _window(words, window), False)
        return _guarded(lambda: _command(words), "--json" in words)


def _command(words: list[str]) -> int:
    options = _parser().parse_args(_protected(words))
    answer: Answer = options.command(options)
    _print(json.dumps(answer.document, ensure_ascii=False, indent=2) if options.json else "\n".join(answer.lines))
    return DONE


def _guarded(work: Callable[[], int], as_json: bool) -> int:
    """The exit status of the work; a failure is told."""
    try:
        return work()
    except LayerloomError as fault:
        return _told(fault, as_json)
    except KeyboardInterrupt:
        return _told(LayerloomError("Interrupted."), as_json)
    except BrokenPipeError:
        # Whoever read the output has gone. Python flushes once more at its end, which must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as fault:
        # The outermost border of this process: whoever asked gets a sentence, and the log has the rest.
        return _told(_unexpected(fault), as_json)


# Commands


def _templates(options: argparse.Namespace) -> Answer:
    del options
    import msgspec

    from engine.templates import templates

    found = templates()
    width = max(len(template.name) for template in found)
    return Answer(
        [
            {"name": item.name, "title": item.title, "description": item.description}
            | (msgspec.structs.asdict(item.facts) if item.facts else {})
            for item in found
        ],
        [f"{item.name:{width}}  {item.title}" for item in found],
    )


def _datasets(options: argparse.Namespace) -> Answer:
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
                "task": kind.task,
                "train_samples": train,
                "test_samples": test,
                "here": here,
            }
        )
        place = "here" if here else "to be downloaded"
        lines.append(
            f"{name:14} {shape_in_words(dataset.shape):>9}  {train + test:>6,} samples  {place:16}  {kind.title}"
        )
    return Answer(found, lines)


def _new(options: argparse.Namespace) -> Answer:
    from engine.project import save
    from engine.templates import template

    chosen = template(options.template)
    _check_free(options.output, options.overwrite)
    save(_adapted(chosen.project, options), options.output)
    return Answer({"project": str(options.output)}, [f"{options.output} holds the template “{chosen.title}”."])


def _adapted(project: "Project", options: argparse.Namespace) -> "Project":
    """The template for the classes and images asked for; without a wish as it is."""
    if options.classes is options.size is options.channels is None:
        return project
    from engine.adapting import adapted

    shape, classes = project.data.dataset.shape, len(project.data.dataset.classes)
    return adapted(project, options.classes or classes, options.size or shape[-1], options.channels or shape[0])


def _describe(options: argparse.Namespace) -> Answer:
    from engine.analysis import analyse
    from engine.layers import in_words as shape_in_words

    report = analyse(_project(options.project))
    nodes = [report.nodes[node_id] for node_id in report.order]
    document = {
        "nodes": [
            {
                "id": node.id,
                "type": node.type,
                "output_shape": node.output_shape,
                "parameters": node.parameters,
                "flops": node.flops,
            }
            for node in nodes
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
    wide = max((len(node.id) for node in nodes), default=0)
    lines = [
        f"{node.id:{wide}}  {node.type:18} {shape_in_words(node.output_shape) if node.output_shape else '?':>14} "
        f"{node.parameters:>14,} {node.flops:>16,}"
        for node in nodes
    ]
    lines.insert(0, f"{'':{wide}}  {'':18} {'output shape':>14} {'parameters':>14} {'FLOPs':>16}")
    totals = report.totals
    lines.append(f"{'':{wide}}  {'total':18} {'':>14} {totals.parameters:>14,} {totals.flops:>16,}")
    lines += [_in_a_line(problem, problem.severity) for problem in report.problems]
    lines += [_in_a_line(problem, "ignored") for problem in report.silenced]
    return Answer(document, lines)


def _in_a_line(problem: "Problem", kind: str) -> str:
    place = f"{problem.path}: " if problem.path else ""
    fix = f" Fix: {problem.fix.label}." if problem.fix else ""
    return f"{kind}: {place}{problem.message}{fix}"


def _train(options: argparse.Namespace) -> Answer:
    if options.project == SPARE:
        return _train_when_told(options)
    changes = list(_changes(options))
    path = Path(options.project)
    if path.is_dir():
        return _trained(_run_to_go_on(path, options), dict(changes), options.json)
    return _trained(_new_run(path, options.run, changes), {}, options.json)


def _train_when_told(options: argparse.Namespace) -> Answer:
    """The warm spare: does all that is slow, says so, then trains the run whose folder it is told (in UTF-8)."""
    from engine.console import warm_up

    warm_up()
    _print("ready")
    line = sys.stdin.buffer.readline().decode().strip()
    if not line:
        return Answer(None)
    run = _open_run(Path(line))
    _print_into(run.path / "trainer.log")
    return _trained(run, {}, options.json)


def _print_into(file: Path) -> None:
    """What is printed from here on goes there: who started the spare may end before it, which would break the pipe."""
    log = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(log, stream.fileno())
    os.close(log)


def _trained(run: "Run", changes: dict[str, Any], as_json: bool) -> Answer:
    from engine.console import train

    result = train(run, changes, silent=as_json)
    document = {
        "run": str(run.path),
        "status": result.status,
        "epochs": result.epochs,
        "validation": result.validation,
        "test": result.test,
    }
    lines = [f"{run.path}: {result.status} after {result.epochs:,} epochs and {result.seconds:.1f} s."]
    judged = (("validation", result.validation), ("test", result.test))
    return Answer(document, lines + [f"{name}: {in_words(metrics)}" for name, metrics in judged if metrics])


def _evaluate(options: argparse.Namespace) -> Answer:
    run = _open_run(options.run)
    from engine.evaluation import evaluate

    found = evaluate(run, options.split, options.checkpoint)
    lines = [f"{run.name} on the {found.samples:,} samples of {found.split}: {in_words(found.metrics)}"]
    return Answer({"split": found.split, "samples": found.samples, "metrics": found.metrics}, lines)


def _predict(options: argparse.Namespace) -> Answer:
    run = _open_run(options.run)
    from engine.evaluation import predict

    found = predict(run, options.inputs, options.checkpoint)
    document = [
        {"input": item.input, "output": item.output, "label": item.label, "probabilities": item.probabilities}
        for item in found
    ]
    lines: list[str] = []
    for item in found:
        likely = sorted(item.probabilities.items(), key=lambda pair: -pair[1])[:3]
        words = ", ".join(f"{name} {share:.1%}" for name, share in likely)
        words = words or ", ".join(f"{value:.6g}" for value in item.output)
        lines.append(f"{item.input}: " + (f"{item.label} ({words})" if item.label is not None else words))
    return Answer(document, lines)


def _export(options: argparse.Namespace) -> Answer:
    run = _open_run(options.run)
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


def _import(options: argparse.Namespace) -> Answer:
    from engine import importers
    from engine.project import save

    project = importers.read(options.file)
    _check_free(options.output, options.overwrite)
    save(project, options.output)
    count = len(project.network.nodes)
    return Answer({"project": str(options.output), "nodes": count}, [f"{options.output} holds its {count:,} layers."])


def _run_to_go_on(path: Path, options: argparse.Namespace) -> "Run":
    if options.run is not None:
        raise UsageError(
            f"{path} is a run folder, so --run does not fit.", expected="--run is where a project's training goes."
        )
    return _open_run(path)


def _new_run(path: Path, folder: Path | None, changes: list[tuple[str, Any]]) -> "Run":
    from engine.runs import Run, new_run_path

    project = _project(path)
    for place, value in changes:
        project = project.with_value(place, value)
    if folder is not None and _never_began(folder, project):
        return Run.open(folder)
    return Run.create(folder or new_run_path(Path("runs"), project.title or path.stem), project)


def _never_began(folder: Path, project: "Project") -> bool:
    """Whether the folder is a run of this very project that came to nothing: a download failed, say."""
    from engine.project import to_json

    file = folder / "project.loom"
    same = file.is_file() and file.read_bytes() == to_json(project)
    return same and not any((folder / "checkpoints").glob("*.safetensors"))


# Reading the command line


class _Parser(argparse.ArgumentParser):
    """Tells a wrong usage in the form of every other fault."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:].rstrip('.')}.", fix=f"See “{self.prog} --help”.")


def _parser() -> _Parser:
    parser = _Parser(
        prog="layerloom",
        description="Design neural networks by dragging layers, train them with PyTorch and watch them learn.",
        epilog="Without a command, the window opens: layerloom [--in-thread] [PROJECT]. "
        "With --in-thread it trains in its own process, which is for debugging.",
    )
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, function: Command, help: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=help)
        sub.add_argument("--json", action="store_true", help="print one JSON document")
        sub.set_defaults(command=function)
        return sub

    command("templates", _templates, "List the templates, with their names.")
    command("datasets", _datasets, "List the datasets: names, shapes, whether they are here.")
    new = command("new", _new, "Make a project from a template.")
    new.add_argument("template", metavar="TEMPLATE")
    new.add_argument("--classes", metavar="N", type=int, help="so many classes, for a network made for ImageNet")
    new.add_argument("--size", metavar="N", type=int, help="images of N × N pixels, for such a network")
    new.add_argument("--channels", metavar="N", type=int, help="3 for colour, 1 for grey, for such a network")
    _add_output(new, "PROJECT")
    describe = command("describe", _describe, "Say shape, parameters and FLOPs of each layer, totals and problems.")
    describe.add_argument("project", metavar="PROJECT|MODEL", type=Path, help="a project, a run folder or a model")
    _add_train(command("train", _train, "Train a project, or go on with a run."))
    evaluate = command("evaluate", _evaluate, "Judge a trained network on a part of its data.")
    evaluate.add_argument("run", metavar="RUN", type=Path)
    evaluate.add_argument("--split", default="test", choices=("train", "validation", "test"))
    _add_checkpoint(evaluate)
    predict = command("predict", _predict, "Ask a trained network.")
    predict.add_argument("run", metavar="RUN", type=Path)
    predict.add_argument(
        "inputs", metavar="INPUT", nargs="+", help="an image file, an .npy file, a list such as [0, 1], or 5.1,3.5,1.4"
    )
    _add_checkpoint(predict)
    export = command("export", _export, "Write a trained network in a format that others use.")
    export.add_argument("run", metavar="RUN", type=Path)
    export.add_argument("--format", required=True, metavar="NAME", help="such as onnx; an unknown name lists all")
    _add_output(export, "FILE")
    _add_checkpoint(export)
    importing = command("import", _import, "Make a project from a model.")
    importing.add_argument("file", metavar="FILE", type=Path)
    _add_output(importing, "PROJECT")
    return parser


def _add_train(train: argparse.ArgumentParser) -> None:
    train.add_argument("project", metavar="PROJECT|RUN", help="a project to train, or a run to go on with")
    train.add_argument("--run", metavar="RUN", type=Path, help="the new folder of the run (default: one in runs/)")
    train.add_argument("--epochs", metavar="N", type=int, help="short for --set training.epochs=N")
    train.add_argument("--seed", metavar="N", type=int, help="short for --set training.seed=N")
    train.add_argument("--device", metavar="NAME", help="auto, cpu, cuda, cuda:1 or mps")
    train.add_argument(
        "--set",
        metavar="PATH=VALUE",
        action="append",
        default=[],
        help="change a setting, such as training.optimizer.learning_rate=0.01",
    )


def _add_output(command: argparse.ArgumentParser, metavar: str) -> None:
    command.add_argument("-o", "--output", required=True, metavar=metavar, type=Path)
    command.add_argument("--overwrite", action="store_true", help="replace what is there")


def _add_checkpoint(command: argparse.ArgumentParser) -> None:
    command.add_argument("--checkpoint", default="best", metavar="best|last|N")


COMMANDS = ("templates", "datasets", "new", "describe", "train", "evaluate", "predict", "export", "import")


def _is_command(words: list[str]) -> bool:
    """Whether the command line names a command; otherwise it asks for the window."""
    if not words:
        return False
    first = words[0]
    return first in COMMANDS or first in ("-h", "--help", "--version") or first == "--json"


def _protected(words: list[str]) -> list[str]:
    """Numbers below zero at the start of an input look like options, unless a space stands before them."""
    return [f" {word}" if re.match(r"-[\d.]", word) else word for word in words]


def _changes(options: argparse.Namespace) -> Iterator[tuple[str, Any]]:
    """The settings to change, by their paths. Raises `UsageError`."""
    for name in ("epochs", "seed", "device"):
        value = getattr(options, name)
        if value is not None:
            yield f"training.{name}", value
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
            yield path, value


def _project(path: Path) -> "Project":
    """The project of a file or of a run folder. Raises `LayerloomError`."""
    if path.is_dir():
        return _open_run(path).project()
    if not path.exists():
        raise ProjectError(f"There is no file {path}.", fix="Check the name; “layerloom new” makes a project.")
    from engine.project import SUFFIX, load

    if path.suffix == SUFFIX:
        return load(path)
    from engine import importers

    return importers.read(path)


def _open_run(path: Path) -> "Run":
    from engine.runs import Run

    return Run.open(path)


def _check_free(path: Path, overwrite: bool) -> None:
    if path.exists() and not overwrite:
        raise ProjectError(f"{path} is there already.", fix="Choose another name, or say --overwrite.")


# The window


def _window(words: list[str], window: Window | None) -> int:
    """Opens the window, with a project where one is named."""
    parser = _Parser(prog="layerloom", add_help=False)
    parser.add_argument("project", nargs="?", type=Path)
    parser.add_argument("--in-thread", action="store_true")
    options = parser.parse_args(words)
    if options.project is not None and not options.project.exists():
        raise UsageError(
            f"“{options.project}” is neither a command nor a file.", expected=f"Commands: {', '.join(COMMANDS)}."
        )
    shown = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    blind = sys.platform.startswith("linux") and not any(os.environ.get(name) for name in shown)
    if blind or window is None:
        raise LayerloomError(
            "There is no display to open the window on.",
            fix=f"Without one, use the commands: layerloom {' | '.join(COMMANDS)}.",
        )
    return window(options.project, options.in_thread)


# Telling


def _told(fault: LayerloomError, as_json: bool) -> int:
    if as_json:
        error = {"message": fault.message, "expected": fault.expected, "fix": fault.fix}
        _print(json.dumps({"error": error}, ensure_ascii=False, indent=2))
    else:
        print(f"layerloom: {fault}", file=sys.stderr)
    return WRONG_USAGE if isinstance(fault, UsageError | SettingError) else FAILED


def _unexpected(fault: Exception) -> LayerloomError:
    """What nobody foresaw, in a sentence, and in full in the log."""
    logger.error("unexpected", exc_info=fault)
    told = worded(fault)
    return LayerloomError(told.message, fix=told.fix or f"What happened is written in {log_file()}.")


def _print(words: str) -> None:
    if words:
        print(words, flush=True)


def _tame_streams() -> None:
    """A console that lacks a letter shows “?” for it."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # pyright: ignore[reportAttributeAccessIssue]


def _version() -> str:
    from engine.version import version

    return f"layerloom {version()}"
