"""The command line: how it is read, where its failures are told, and the window where it names no command."""

import argparse
import difflib
import json
import logging
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import NoReturn

from engine import commands, run_commands, waiting
from engine.commands import Answer, Command
from engine.errors import LayerloomError, SettingError, UsageError, worded
from engine.logs import log_file, logging_to_file

DONE, FAILED, WRONG_USAGE = 0, 1, 2

logger = logging.getLogger("layerloom")


Window = Callable[[Path | None, bool], int]


def main(arguments: Sequence[str], window: Window | None = None) -> int:
    """Runs a command, or the window, and returns the exit status: 0 done, 1 failed, 2 wrong usage.

    ``window`` shows the window with a project, or None, and says whether training is to stay in its process.
    """
    words = list(arguments)
    waiting.prepare(trains=words[:1] in (["train"], ["preflight"]))
    _tame_streams()
    with logging_to_file():
        if not _is_command(words):
            return _guarded(lambda: _window(words, window), False)
        return _guarded(lambda: _command(words), "--json" in words)


def _command(words: list[str]) -> int:
    options = _parser().parse_args(_protected(words))
    # A document is all that is to stand there, whatever the code of a Python layer prints.
    with redirect_stdout(sys.stderr) if options.json else nullcontext():
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


# Reading the command line


class _Parser(argparse.ArgumentParser):
    """Tells a wrong usage in the form of every other fault."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:].rstrip('.')}.", fix=f"See “{self.prog} --help”.")


def _parser() -> _Parser:
    parser = _Parser(
        prog="layerloom",
        description="Design neural networks by dragging layers, train them with PyTorch and watch them learn.",
        epilog="Without a command, the window opens: layerloom [--in-thread] [PROJECT or data]. "
        "With --in-thread it trains in its own process, which is for debugging.",
    )
    parser.add_argument("--version", action="version", version=_version())
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, function: Command, help: str) -> argparse.ArgumentParser:
        sub = subparsers.add_parser(name, help=help, description=help)
        sub.add_argument("--json", action="store_true", help="print one JSON document")
        sub.set_defaults(command=function, trust=False, allow=[], plain=False)
        return sub

    command("templates", commands.list_templates, "List the templates, with their names.")
    command("datasets", commands.list_datasets, "List the datasets: names, shapes, whether they are here.")
    _add_new(command("new", commands.new_project, "Make a project from a template, or from data of your own."))
    words = "Say shape, parameters and FLOPs of each layer, totals and problems."
    _add_describe(command("describe", commands.describe_project, words))
    words = "Say what will hurt in data: copies, leaks, missing values, labels that are likely wrong."
    examine = command("examine", commands.examine_data, words)
    examine.add_argument("project", metavar="PROJECT|FILE", type=Path, help="a project, a run folder, or data")
    words = "Try a training out in seconds: first loss, gradients, time, memory, and a learning rate to begin with."
    preflight = command("preflight", commands.try_project, words)
    preflight.add_argument("project", metavar="PROJECT", type=Path, help="a project or a run folder")
    _add_trust(preflight)
    _add_train(command("train", commands.train_project, "Train a project, or go on with a run."))
    attach = command("attach", commands.follow_run, "Follow a run that is being trained, here or by the window.")
    attach.add_argument("run", metavar="RUN", type=Path)
    _add_plain(attach)
    _add_steer(command("steer", run_commands.steer_run, "Change, pause, step or stop a training that is under way."))
    words = "Go on from a checkpoint of a run as a run of its own, with other settings."
    _add_fork(command("fork", run_commands.fork_run, words))
    runs = command("runs", run_commands.list_runs, "List runs, each below the one that it was forked from.")
    runs.add_argument("folder", metavar="FOLDER", type=Path, nargs="?", default=Path("runs"), help="(default: runs)")
    words = "Train a project once for each fold of its samples, and say how good it is on those left out."
    _add_folds(command("cross-validate", commands.cross_validate_project, words))
    _add_evaluate(command("evaluate", commands.evaluate_run, "Judge a trained network on a part of its data."))
    _add_predict(command("predict", commands.ask_run, "Ask a trained network."))
    _add_export(command("export", commands.export_run, "Write a trained network in a format that others use."))
    _add_log(command("log", commands.copy_log, "Write the log of a run as CSV, for TensorBoard or for MLflow."))
    _add_import(command("import", commands.import_model, "Make a project from a model."))
    return parser


def _add_new(new: argparse.ArgumentParser) -> None:
    new.add_argument("template", metavar="TEMPLATE|DATA", help="the name of a template, or a file or folder with data")
    new.add_argument("--classes", metavar="N", type=int, help="so many classes, for a network made for ImageNet")
    new.add_argument("--size", metavar="N", type=int, help="images of N × N pixels, for such a network")
    new.add_argument("--channels", metavar="N", type=int, help="3 for colour, 1 for grey, for such a network")
    _add_output(new, "PROJECT")


def _add_describe(describe: argparse.ArgumentParser) -> None:
    describe.add_argument("project", metavar="PROJECT|MODEL", type=Path, help="a project, a run folder or a model")
    _add_trust(describe)


def _add_steer(steer: argparse.ArgumentParser) -> None:
    steer.add_argument("run", metavar="RUN", type=Path)
    for name, help in (
        ("pause", "wait after the current step"),
        ("resume", "go on"),
        ("one-step", "go on by one step, and wait"),
        ("one-epoch", "go on to the end of the epoch, and wait"),
        ("stop", "end after the current step, keeping everything"),
        ("stop-after-epoch", "end with the epoch"),
        ("checkpoint", "write a checkpoint, and keep its weights"),
    ):
        steer.add_argument(f"--{name}", action="store_true", help=help)
    steer.add_argument("--epochs", metavar="N", type=int, help="short for --set training.epochs=N")
    steer.add_argument(
        "--set",
        metavar="PATH=VALUE",
        action="append",
        default=[],
        help="change a setting from the next step on, such as training.optimizer.learning_rate=0.01",
    )
    steer.set_defaults(seed=None, device=None, log=[])


def _add_fork(fork: argparse.ArgumentParser) -> None:
    fork.add_argument("source", metavar="RUN", type=Path, help="the run to fork")
    fork.add_argument("--epoch", metavar="N", type=int, help="from the checkpoint nearest to the end of this epoch")
    fork.add_argument("--step", metavar="N", type=int, help="from the checkpoint nearest to this step")
    fork.add_argument("--points", action="store_true", help="only list the checkpoints that it can be forked from")
    fork.add_argument("--run", metavar="RUN", type=Path, help="the new folder (default: one beside the run)")
    fork.add_argument("--epochs", metavar="N", type=int, help="short for --set training.epochs=N")
    fork.add_argument(
        "--set",
        metavar="PATH=VALUE",
        action="append",
        default=[],
        help="change a setting before the first step, such as training.optimizer.learning_rate=0.01",
    )
    fork.set_defaults(seed=None, device=None, log=[])
    _add_plain(fork)
    _add_trust(fork)


def _add_train(train: argparse.ArgumentParser) -> None:
    train.add_argument("project", metavar="PROJECT|RUN", help="a project to train, or a run to go on with")
    train.add_argument("--run", metavar="RUN", type=Path, help="the new folder of the run (default: one in runs/)")
    train.add_argument("--new", action="store_true", help="begin anew, even if the same was interrupted in runs/")
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
    words = "write the log also as csv, tensorboard or mlflow, beside it; may be said several times"
    train.add_argument("--log", metavar="NAME", action="append", default=[], help=words)
    _add_plain(train)
    _add_trust(train)
    # How the window hands on what a person has allowed there: by its digest.
    train.add_argument("--allow", action="append", default=[], help=argparse.SUPPRESS)


def _add_folds(folds: argparse.ArgumentParser) -> None:
    folds.add_argument("project", metavar="PROJECT", help="a project to train")
    words = "the folder of the runs; those that are there are gone on with"
    folds.add_argument("--runs", metavar="FOLDER", type=Path, required=True, help=words)
    folds.add_argument("--folds", metavar="N", type=int, help="how many (default: the project's, or 5)")
    _add_plain(folds)
    _add_trust(folds)


def _add_evaluate(evaluate: argparse.ArgumentParser) -> None:
    evaluate.add_argument("run", metavar="RUN", type=Path)
    evaluate.add_argument("--split", default="test", choices=("train", "validation", "test"))
    _add_checkpoint(evaluate)
    _add_trust(evaluate)


def _add_predict(predict: argparse.ArgumentParser) -> None:
    predict.add_argument("run", metavar="RUN", type=Path)
    words = (
        'an image or .npy file, a list such as [0, 1], 5.1,3.5,1.4; of a table also {"Age": 22} or a .csv file of rows'
        "; of texts a text or a .txt file, of sounds a file of sound"
    )
    predict.add_argument("inputs", metavar="INPUT", nargs="+", help=words)
    words = "go on with a text for so many tokens, where the network learned what comes next"
    predict.add_argument("--continue", dest="tokens", metavar="N", type=int, default=0, help=words)
    _add_checkpoint(predict)
    _add_trust(predict)


def _add_export(export: argparse.ArgumentParser) -> None:
    export.add_argument("run", metavar="RUN", type=Path)
    export.add_argument("--format", required=True, metavar="NAME", help="such as onnx; an unknown name lists all")
    _add_output(export, "FILE")
    _add_checkpoint(export)
    _add_trust(export)


def _add_log(log: argparse.ArgumentParser) -> None:
    log.add_argument("run", metavar="RUN", type=Path)
    log.add_argument("--format", required=True, metavar="NAME", help="csv, tensorboard or mlflow")
    words = "another folder than one in the run; of MLflow, the address of a server or a folder"
    log.add_argument("-o", "--output", metavar="PLACE", help=words)


def _add_import(importing: argparse.ArgumentParser) -> None:
    importing.add_argument("file", metavar="FILE", type=Path)
    _add_output(importing, "PROJECT")


def _add_output(command: argparse.ArgumentParser, metavar: str) -> None:
    command.add_argument("-o", "--output", required=True, metavar=metavar, type=Path)
    command.add_argument("--overwrite", action="store_true", help="replace what is there")


def _add_checkpoint(command: argparse.ArgumentParser) -> None:
    command.add_argument("--checkpoint", default="best", metavar="best|last|N")


def _add_plain(command: argparse.ArgumentParser) -> None:
    command.add_argument("--plain", action="store_true", help="say it in lines, without a picture that moves")


def _add_trust(command: argparse.ArgumentParser) -> None:
    command.add_argument("--trust", action="store_true", help="run the Python code that the project carries")


COMMANDS = (
    "templates",
    "datasets",
    "new",
    "describe",
    "examine",
    "preflight",
    "train",
    "attach",
    "steer",
    "fork",
    "runs",
    "cross-validate",
    "evaluate",
    "predict",
    "export",
    "log",
    "import",
)


def _is_command(words: list[str]) -> bool:
    """Whether the command line names a command; otherwise it asks for the window."""
    if not words:
        return False
    first = words[0]
    return first in COMMANDS or first in ("-h", "--help", "--version") or first == "--json"


def _protected(words: list[str]) -> list[str]:
    """Numbers below zero at the start of an input look like options, unless a space stands before them."""
    return [f" {word}" if re.match(r"-[\d.]", word) else word for word in words]


# The window


def _window(words: list[str], window: Window | None) -> int:
    """Opens the window, with a project where one is named."""
    parser = _Parser(prog="layerloom", add_help=False)
    parser.add_argument("project", nargs="?", type=Path)
    parser.add_argument("--in-thread", action="store_true")
    options, unknown = parser.parse_known_args(words)
    if options.project is not None and not options.project.exists():
        alike = difflib.get_close_matches(str(options.project), COMMANDS, 1)
        raise UsageError(
            f"“{options.project}” is neither a command nor a file.",
            expected=f"Commands: {', '.join(COMMANDS)}.",
            fix=f"Did you mean “{alike[0]}”?" if alike else "",
        )
    if unknown:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
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
