"""The peers of Layerloom's trainer, each as its documentation says one trains with it, in an environment of theirs.

``python benchmarks/_peers.py NAME`` says on standard output what it is, or why it is not there. Then for each line that
comes, ``{"folder", "layers", "batch_size", "seconds", "epochs"}``, it trains for so long, or so many epochs where these
come first, and answers with the seconds of each epoch but the first and with the last training loss. An epoch is the
training on all samples and the judging on those of validation, with the loss and the accuracy of both.
"""

import importlib
import json
import os
import resource
import sys
import time
import warnings
from pathlib import Path

import numpy as np

RATE, EPS = 1e-3, 1e-8
"""Of Adam, the same for all."""

PART_NAMES = ("x_train", "y_train", "x_validation", "y_validation")


class Clock:
    """The ends of the epochs, and whether it is time to stop."""

    def __init__(self, job):
        self._job, self._ends = job, [time.perf_counter()]

    def is_over(self):
        """Notes the end of an epoch. There is always one to measure after the first."""
        self._ends.append(time.perf_counter())
        done = len(self._ends) - 2
        return done >= 1 and (done >= self._job["epochs"] or self._ends[-1] - self._ends[0] > self._job["seconds"])

    @property
    def epochs(self):
        """The seconds of each epoch but the first."""
        return [after - before for before, after in zip(self._ends[1:-1], self._ends[2:], strict=True)]


def read(job):
    """Samples of both parts: inputs as float32 from 0 to 1, and class numbers."""
    parts = {name: np.load(Path(job["folder"]) / f"{name}.npy") for name in PART_NAMES}
    largest = np.float32(parts["x_train"].max())
    return {name: part.astype(np.float32) / largest if name[0] == "x" else part for name, part in parts.items()}


class Torch:
    """The loop of PyTorch's tutorials: a DataLoader, and `.item()` after each step."""

    def __init__(self):
        import torch

        self.torch, self.version = torch, torch.__version__.split("+")[0]

    def network(self, job, channels, size):
        """The layers as torch's, for so many channels (or values) and images of this size."""
        nn, made, values = self.torch.nn, [], channels
        for layer in job["layers"]:
            kind, _, width = layer.partition(" ")
            match kind:
                case "linear":
                    made.append(nn.Linear(values, int(width)))
                case "conv":
                    made.append(nn.Conv2d(values, int(width), 3, padding=1))
                case "pool":
                    made.append(nn.MaxPool2d(2))
                    size //= 2
                case _:
                    made.append({"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "flatten": nn.Flatten}[kind]())
            values = int(width) if width else values * size * size if kind == "flatten" else values
        return nn.Sequential(*made)

    def prepared(self, job):
        """Network, loss and the two loaders."""
        torch = self.torch
        parts, single = {name: torch.from_numpy(part) for name, part in read(job).items()}, is_single(job)
        shape = parts["x_train"].shape[1:]
        network = self.network(job, shape[0], shape[-1] if len(shape) == 3 else 1)
        loss_of = torch.nn.BCEWithLogitsLoss() if single else torch.nn.CrossEntropyLoss()
        loaders = []
        for name in ("train", "validation"):
            truth = parts[f"y_{name}"]
            samples = torch.utils.data.TensorDataset(parts[f"x_{name}"], truth[:, None].float() if single else truth)
            loaders.append(torch.utils.data.DataLoader(samples, job["batch_size"], shuffle=name == "train"))
        return network, loss_of, loaders

    def train(self, job):
        """Answers the clock and the last training loss."""
        torch, decided = self.torch, decider(job)
        network, loss_of, (training, validation) = self.prepared(job)
        optimizer = torch.optim.Adam(network.parameters(), RATE, eps=EPS)
        clock, over = Clock(job), False
        while not over:
            network.train()
            total = correct = 0.0
            for inputs, truth in training:
                answers = network(inputs)
                loss = loss_of(answers, truth)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(inputs)
                correct += (decided(answers) == truth).sum().item()
            network.eval()
            judged = right = 0.0
            with torch.no_grad():
                for inputs, truth in validation:
                    answers = network(inputs)
                    judged += loss_of(answers, truth).item() * len(inputs)
                    right += (decided(answers) == truth).sum().item()
            over = clock.is_over()
        return clock, total / len(training.dataset)

    def rate(self):
        """Floating-point operations a second of the machine: a product of large matrices, the best of many."""
        torch, size, best = self.torch, 2048, 0.0
        left, right = torch.rand(size, size), torch.rand(size, size)
        for _ in range(12):
            begun = time.perf_counter()
            left @ right
            best = max(best, 2 * size**3 / (time.perf_counter() - begun))
        return best


class Lightning(Torch):
    """Lightning's Trainer, with nothing on that can be left off."""

    def __init__(self):
        super().__init__()
        import logging

        import lightning

        logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
        self.lightning, self.version = lightning, lightning.__version__

    def train(self, job):
        torch, decided = self.torch, decider(job)
        network, loss_of, (training, validation) = self.prepared(job)
        clock = Clock(job)

        class Module(self.lightning.LightningModule):
            def __init__(self):
                super().__init__()
                self.network = network

            def training_step(self, batch, _):
                return self._judged(batch, "train")

            def validation_step(self, batch, _):
                self._judged(batch, "validation")

            def _judged(self, batch, name):
                inputs, truth = batch
                answers = self.network(inputs)
                loss = loss_of(answers, truth)
                right = (decided(answers) == truth).float().mean()
                both = {f"{name}_loss": loss, f"{name}_accuracy": right}
                self.log_dict(both, on_step=False, on_epoch=True, batch_size=len(inputs))
                return loss

            def on_train_epoch_end(self):
                if clock.is_over():
                    self.trainer.should_stop = True

            def configure_optimizers(self):
                return torch.optim.Adam(self.parameters(), RATE, eps=EPS)

        quiet = ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary")
        trainer = self.lightning.Trainer(
            accelerator="cpu", devices=1, max_epochs=-1, num_sanity_val_steps=0, **dict.fromkeys(quiet, False)
        )
        trainer.fit(Module(), training, validation)
        return clock, float(trainer.callback_metrics["train_loss"])


class Keras:
    """Keras's `fit` on arrays, on the backend that ``KERAS_BACKEND`` names."""

    def __init__(self):
        import keras

        backend = keras.backend.backend()
        self.keras = keras
        self.version = f"{keras.__version__} on {backend} {importlib.import_module(backend).__version__}"

    def train(self, job):
        keras, clock, parts, single = self.keras, Clock(job), read(job), is_single(job)
        # Keras has the channels of a pixel side by side.
        images = {
            name: np.ascontiguousarray(np.moveaxis(part, 1, -1)) if part.ndim == 4 else part
            for name, part in parts.items()
        }
        network = keras.Sequential([keras.Input(images["x_train"].shape[1:]), *map(self._layer, job["layers"])])
        losses = keras.losses
        loss = losses.BinaryCrossentropy(True) if single else losses.SparseCategoricalCrossentropy(True)
        accuracy = keras.metrics.BinaryAccuracy("accuracy", threshold=0) if single else "accuracy"
        network.compile(keras.optimizers.Adam(RATE, epsilon=EPS), loss, metrics=[accuracy])

        class Watch(keras.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):  # noqa: ARG002 — Keras calls it by these names.
                if clock.is_over():
                    self.model.stop_training = True

        truth = {name: images[name][:, None] if single else images[name] for name in ("y_train", "y_validation")}
        history = network.fit(
            images["x_train"],
            truth["y_train"],
            batch_size=job["batch_size"],
            epochs=10**9,
            validation_data=(images["x_validation"], truth["y_validation"]),
            verbose=0,
            callbacks=[Watch()],
        )
        return clock, history.history["loss"][-1]

    def _layer(self, layer):
        layers = self.keras.layers
        kind, _, width = layer.partition(" ")
        match kind:
            case "linear":
                return layers.Dense(int(width))
            case "conv":
                return layers.Conv2D(int(width), 3, padding="same")
            case "pool":
                return layers.MaxPooling2D(2)
            case "flatten":
                return layers.Flatten()
        return layers.Activation(kind)


def is_single(job):
    """Whether the network answers with one value."""
    return job["layers"][-1] == "linear 1"


def decider(job):
    """What makes the chosen class of answers."""
    return (lambda answers: answers >= 0) if is_single(job) else (lambda answers: answers.argmax(1))


PEERS = {"torch": Torch, "lightning": Lightning, "keras-tensorflow": Keras, "keras-torch": Keras}


def main():
    """Serves one peer."""
    name = sys.argv[1]
    os.environ["KERAS_BACKEND"] = name.partition("-")[2] or "torch"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    warnings.simplefilter("ignore")
    try:
        peer = PEERS[name]()
    except ImportError as fault:
        print(json.dumps({"missing": str(fault)}), flush=True)
        return
    print(json.dumps({"version": peer.version}), flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        if job.get("rate"):
            print(json.dumps({"rate": peer.rate()}), flush=True)
            continue
        clock, loss = peer.train(job)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(json.dumps({"epochs": clock.epochs, "loss": loss, "peak": peak * 1024}), flush=True)


if __name__ == "__main__":
    main()
