"""What every exporter writes: a trained network with all that belongs to it, and real samples to check it on."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np
import torch
from torch import Tensor

from engine import devices
from engine.analysis import analyse
from engine.build import Network, answers_with_values
from engine.data import Prepared, Scaling, prepare
from engine.datasets import Progress
from engine.ends import loss_at
from engine.environment import threads_for
from engine.evaluation import load_model
from engine.loading import brought
from engine.measure import compares_samples
from engine.preprocessing import Preprocessing
from engine.project import Project, to_json
from engine.report import Report
from engine.runs import Result, Run
from engine.scoring import reader
from engine.transcripts import blank_of

MOST_SAMPLES = 1000
BATCH = 50


@dataclass(frozen=True)
class Model:
    """A trained network in eval mode on the CPU; ``prepared`` are the samples of its dataset as they were read."""

    project: Project
    report: Report
    network: Network
    preprocessing: Preprocessing
    prepared: Prepared
    run: str
    checkpoint: str
    result: Result

    @cached_property
    def samples(self) -> np.ndarray:
        """Up to 1,000 samples of the test part, prepared as the network takes them: N × shape, float32."""
        return self.preprocessing.apply(self.prepared.test.inputs[:MOST_SAMPLES])

    @property
    def raw(self) -> np.ndarray:
        """The same samples as they were read, as float32."""
        return self.prepared.test.inputs[:MOST_SAMPLES].astype(np.float32)

    @cached_property
    def answers(self) -> np.ndarray:
        """What the trained network answers to `samples`."""
        return self.asked(self.network)

    @property
    def read_answers(self) -> np.ndarray:
        """The same as the numbers that are asked for, which `Loss.reading` makes of them."""
        return reader(self.project)(torch.from_numpy(self.answers)).numpy()

    @property
    def weight_bytes(self) -> int:
        """How large the weights are."""
        return sum(tensor.numel() * tensor.element_size() for tensor in self.network.state_dict().values())

    def asked(self, network: Callable[[Tensor], Tensor]) -> np.ndarray:
        """What a network answers to `samples`."""
        with torch.inference_mode():
            return self.asked_in_parts(lambda part: network(torch.from_numpy(part)).numpy())

    def asked_in_parts(
        self, answer: Callable[[np.ndarray], np.ndarray], samples: np.ndarray | None = None
    ) -> np.ndarray:
        """What a function of arrays answers to `samples` or to others, a few at a time so that large images fit into
        memory.
        """
        given = self.samples if samples is None else samples
        return np.concatenate([answer(given[start : start + BATCH]) for start in range(0, len(given), BATCH)])

    def labels(self, answers: np.ndarray) -> np.ndarray:
        """The class number that each answer stands for, or whether each label applies; of a regression, nothing."""
        if self.preprocessing.task == "regression":
            return np.zeros(0)
        if self.preprocessing.task == "multilabel":
            return answers >= self.threshold
        if self.outputs > 1:
            return answers.argmax(axis=1)
        return (answers[:, 0] >= self.threshold).astype(np.int64)

    @property
    def compares_samples(self) -> bool:
        """Whether it has a layer that a batch of one may not train."""
        return compares_samples(self.network)

    def description(self) -> dict[str, object]:
        """What a person must know to use the weights: the input, how it is scaled, the classes, how well it does."""
        return {
            "title": self.project.title,
            "run": self.run,
            "checkpoint": self.checkpoint,
            "input_shape": self.preprocessing.shape,
            "classes": self.preprocessing.classes,
            **({"blank": blank_of(self.project)} if self.preprocessing.task == "transcription" else {}),
            "preprocessing": {
                **self._preparation(),
                "formula": "(value - offset) / scale",
                "inputs": self.preprocessing.inputs,
                "targets": self.preprocessing.targets,
            },
            "metrics": {"validation": self.result.validation, "test": self.result.test},
        }

    def _preparation(self) -> dict[str, object]:
        """The columns of a table and the steps that come before the scaling, in the order in which they are applied."""
        known = self.preprocessing
        parts: dict[str, object] = {"columns": known.features, "steps": known.steps}
        return {name: part for name, part in parts.items() if part}

    def metadata(self) -> dict[str, str]:
        """The description and the project itself, each as text by name, for formats that carry no more."""
        known = self.description().items()
        words = {name: value if isinstance(value, str) else as_json(value) for name, value in known}
        return {**words, "project": to_json(self.project).decode()}

    def scaling_words(self, place: str) -> str:
        """What must be done to raw samples, and to the answers of a regression; empty where nothing is.

        ``place`` is where the numbers are found in full.
        """
        inputs, targets = self.preprocessing.inputs, self.preprocessing.targets
        words: list[str] = []
        if self.preprocessing.steps:
            words.append(f"Prepare samples by the {len(self.preprocessing.steps)} steps in {place} first.")
        if not inputs.is_identity:
            words.append(
                f"{_scaled(inputs, len(self.preprocessing.network_shape), place)} before you give it to the model."
            )
        loss = loss_at(self.project)
        if self.preprocessing.task == "regression" and loss.reading():
            words.append(f"The model answers with {loss.answers}.")
        if self.preprocessing.task == "transcription":
            words.append(
                f"The model answers with scores × steps, of which the {blank_of(self.project)} stands for no symbol: "
                "take the best at each step, each run of the same once, and leave out the blanks."
            )
        if self.preprocessing.task == "multilabel":
            words.append(f"A label applies where its answer is {self.threshold:g} or more; any number of them may.")
        if not targets.is_identity:
            words.append(f"The answers are scaled as well: {place} says by what.")
        return " ".join(words)

    @property
    def batch_size(self) -> int:
        """The samples of a step of its training."""
        samples, training = len(self.prepared.train), self.project.training
        return samples if training.optimizer.whole_set else min(training.batch_size, samples)

    @property
    def most_threads(self) -> int | None:
        """The threads of a processor that its training is worth; None where it is worth all of this machine."""
        threads = threads_for(self.project, self.batch_size, torch.device("cpu"))
        return threads if threads < devices.cores() else None

    @property
    def outputs(self) -> int:
        """How many numbers the network answers with."""
        return self.answers.shape[1]

    @property
    def answers_with_values(self) -> bool:
        """Whether the loss applies an activation that the network does not end in."""
        return answers_with_values(self.project)

    @property
    def threshold(self) -> float:
        """Where a network of one output, or of one for each label, says yes."""
        return 0.0 if self.answers_with_values else 0.5


def _scaled(scaling: Scaling, rank: int, place: str) -> str:
    """What to do to each value, or to each channel or feature where there is one number for each."""
    if max(len(scaling.offset), len(scaling.scale)) > 1:
        part = "channel" if rank > 1 else "feature"
        return f"Subtract its offset from each {part} of a sample and divide by its scale (all are in {place})"
    offset, scale = scaling.offset[0], scaling.scale[0]
    if not offset:
        return f"Divide each value by {scale:g}"
    divided = f" and divide by {scale:g}" if scale != 1 else ""
    return f"Subtract {offset:g} from each value{divided}"


def as_json(value: object) -> str:
    """As JSON text."""
    return msgspec.json.encode(value).decode()


def load(run: Run, checkpoint: str) -> Generator[Progress, None, Model]:
    """The model of a run. Raises `RunError`, `DataError`."""
    yield Progress("Reading the trained network")
    network, project = load_model(run, checkpoint)
    preprocessing = Preprocessing.read(run)
    yield Progress(f"Reading samples of {project.data.dataset.title}")
    yield from brought(project.data.dataset, project.data.loading)
    prepared = prepare(project.data, {})
    return Model(project, analyse(project), network, preprocessing, prepared, run.name, checkpoint, run.result())
