"""Steps travel with the model: into the run, into predictions, into every export."""

import importlib.util
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from test_export import exported, python, trained
from test_source import assert_clean

from engine.data import Data, prepare
from engine.datasets import Digits
from engine.datasets.files import open_data
from engine.errors import DataError
from engine.evaluation import evaluate, predict
from engine.export.preparation import calls_of, prepared
from engine.graph import Graph
from engine.layers import Flatten, Input, Linear, Output
from engine.losses import MeanSquaredError
from engine.optimizers import Adam
from engine.preprocessing import Preprocessing
from engine.project import Project
from engine.runs import Run
from engine.steps import (
    Bins,
    Clip,
    DropColumns,
    DropMissing,
    Embed,
    FillMissing,
    Grey,
    Logarithm,
    NormaliseImages,
    OneHot,
    Resize,
    Robust,
    Standardise,
)
from engine.training import Training

STEPS = (
    DropMissing(columns=("Port",)),
    Embed(columns=("Deck",)),
    FillMissing(),
    Clip(columns=("Fare",), low_share=0.1, high_share=0.9),
    Logarithm(columns=("Fare",)),
    Bins(columns=("Age",), count=4),
    OneHot(),
    Robust(columns=("Fare",)),
    DropColumns(columns=("Cabin",)),
    Standardise(columns=("Fare",)),
)
ROW = {"Age": 22, "Sex": "male", "Port": "S", "Deck": "A", "Cabin": 5, "Fare": 7.25}


def table(folder: Path, target: str) -> Data:
    """A table with all that tables have, in a file, and every step upon it."""
    rng, rows = np.random.default_rng(0), ["Age,Sex,Port,Deck,Cabin,Fare,Target"]
    for number in range(300):
        age = "" if number % 7 == 0 else f"{rng.integers(1, 80)}.5"
        words = (rng.choice(["male", "female"]), "" if number % 50 == 0 else rng.choice(["S", "C", "Q"]))
        deck, cabin = rng.choice(["A", "B", "C"]), f"{rng.normal():.4f}"
        answer = rng.choice(["no", "yes"]) if target == "class" else f"{100 + 20 * rng.normal():.3f}"
        rows.append(",".join([age, *words, deck, cabin, f"{rng.exponential() * 30:.3f}", answer]))
    path = folder / "passengers.csv"
    path.write_text("\n".join(rows))
    return Data(open_data(str(path)), steps=STEPS)


@pytest.fixture(scope="session", params=["class", "number"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp(request.param)
    data = table(folder, request.param)
    width = len(data.dataset.classes) or 1
    training = Training(MeanSquaredError(), Adam())
    return trained(Project(Graph.chain(Input(), Linear(width), Output()), data, training), folder / "run")


def network_of(file: Path) -> Any:
    spec = importlib.util.spec_from_file_location("exported_table", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_run_keeps_what_was_fitted(run: Run) -> None:
    data = run.project().data
    known = Preprocessing.read(run)
    assert known.steps == prepare(data).steps
    assert known.network_shape == data.shape
    assert [one.name for one in known.features] == list(ROW)
    kept = json.loads((run.path / "preprocessing.json").read_bytes())
    assert [step["type"] for step in kept["steps"]][:3] == ["Complete", "Numbered", "Filled"]


def test_a_row_is_asked_as_people_write_it(run: Run, tmp_path: Path) -> None:
    cells = "22,male,S,A,5,7.25"
    file = tmp_path / "rows.csv"
    file.write_text(f"Note;{';'.join(ROW)}\nfirst;{cells.replace(',', ';')}\n\nsecond;;female;C;B;1;9\n")
    wanted = predict(run, [json.dumps(ROW)])[0].output
    for text in (cells, json.dumps([ROW]), json.dumps(list(ROW.values())), str(file)):
        assert predict(run, [text])[0].output == wanted
    assert [item.input for item in predict(run, [str(file)])] == ["rows.csv, row 2", "rows.csv, row 4"]
    assert not predict(run, [cells])[0].notes


def test_what_is_missing_is_filled_and_what_is_not_known_is_said(run: Run) -> None:
    (lacking,) = predict(run, [json.dumps(ROW | {"Age": None})])
    filled = Preprocessing.read(run).steps[2]
    median = dict(zip(filled.places, filled.values, strict=True))[0]  # pyright: ignore
    assert lacking.output == predict(run, [json.dumps(ROW | {"Age": median})])[0].output
    (strange,) = predict(run, [json.dumps(ROW | {"Sex": "other", "Deck": "Z"})])
    assert [note.split(":")[0] for note in strange.notes] == ["Row 1, column “Sex”", "Row 1, column “Deck”"]


@pytest.mark.parametrize(("pattern", "example"), [("%d/%m/%Y", "31/01/2024"), ("%Y-%m-%d", "2024-01-31")])
def test_a_row_holds_dates_as_the_table_does(pattern: str, example: str, tmp_path: Path) -> None:
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(120)]
    rows = [f"{day.strftime(pattern)},{number % 7}.5" for number, day in enumerate(days)]
    (tmp_path / "days.csv").write_text("\n".join(["When,Target", *rows]))
    data = Data(open_data(str(tmp_path / "days.csv")))
    drawn = Project(Graph.chain(Input(), Linear(1), Output()), data, Training(MeanSquaredError(), Adam()))
    run = trained(drawn, tmp_path / "run")

    (written,) = predict(run, [json.dumps({"When": days[40].strftime(pattern)})])
    (told,) = predict(run, [json.dumps({"When": days[40].isoformat()})])
    (other,) = predict(run, [json.dumps({"When": days[90].strftime(pattern)})])
    assert written.output == told.output != other.output
    with pytest.raises(DataError, match=f"“soon” is no number.* a date, such as {example},"):
        predict(run, [json.dumps({"When": "soon"})])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"Agee": 22}', "Row 1: there is no column “Agee”. Nearest to it: Age."),
        (json.dumps([ROW, ROW | {"Fare": "cheap"}]), "Row 2, column “Fare”: “cheap” is no number"),
        (json.dumps(ROW | {"Age": "2024-02-30"}), "“2024-02-30” is no number.* a date, such as 2024-01-31, or empty"),
        (json.dumps(ROW | {"Port": None}), "lacks “Port”, and rows without it were left out"),
        ('["22"]', "Row 1 holds 1 values"),
        ('{"Age": 22', "is not JSON"),
        ("nowhere.csv", "cannot be read"),
    ],
)
def test_a_row_that_cannot_be_asked_is_told_with_its_place(run: Run, text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        predict(run, [text])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("Age,Sex\n1,male\n", "rows.csv lacks the column “Port”"),
        (f"{','.join(ROW)}\n1,male\n", "rows.csv, row 2 has 2 cells"),
        (f"{','.join(ROW)}\n", "holds no rows"),
        ("", "is empty"),
        ("22,male,S,A,old,7.25\n", "rows.csv, row 1, column “Cabin”: “old” is no number"),
    ],
)
def test_a_file_of_rows_is_refused_with_row_and_column(run: Run, content: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(content)
    with pytest.raises(DataError, match=words):
        predict(run, [str(file)])


def test_the_evaluation_prepares_too(run: Run) -> None:
    found = evaluate(run)
    assert found.samples == len(prepare(run.project().data).test)
    assert np.isfinite(found.metrics["loss"])


def test_the_script_answers_as_predict_does(run: Run, tmp_path: Path) -> None:
    result = exported(run, "python", tmp_path / "model.py")
    assert_clean(result.file)
    module = network_of(result.file)
    rows = [ROW, ROW | {"Age": None, "Sex": "other"}, ROW | {"Deck": None, "Fare": 400, "Port": "Q"}]
    told = module.predict(module.load(), module.encode(rows))
    wanted = predict(run, [json.dumps(rows)])
    classes = run.project().data.dataset.classes
    if classes:
        assert [classes[int(number)] for number in told] == [item.label for item in wanted]
    answers = module.load()(module.preprocess(module.encode(rows))).detach().numpy()
    outputs = Preprocessing.read(run).targets.undo(answers)
    np.testing.assert_allclose(outputs, [item.output for item in wanted], rtol=1e-4, atol=1e-5)


def test_the_training_script_runs_with_torch_alone(run: Run, tmp_path: Path) -> None:
    exported(run, "python", tmp_path / "model.py")
    assert "test " in python(tmp_path / "model_train.py")


def test_onnx_with_preparation_takes_rows_as_they_are(run: Run, tmp_path: Path) -> None:
    result = exported(run, "onnx-raw", tmp_path / "model.onnx")
    assert not result.scaling
    raw = np.array([[22, 1, 0, 0, 5, 7.25], [np.nan, -1, 2, -1, 0, 9]], np.float32)
    session = onnxruntime.InferenceSession(result.file)
    answers = np.asarray(session.run(["output"], {"input": raw})[0])
    known = Preprocessing.read(run)
    words = [
        {one.name: _word(value, one.categories) for one, value in zip(known.features, row, strict=True)} for row in raw
    ]
    wanted = [item.output for item in predict(run, [json.dumps(words)])]
    np.testing.assert_allclose(answers, wanted, rtol=1e-4, atol=1e-5)


def _word(value: float, categories: tuple[str, ...]) -> Any:
    if np.isnan(value):
        return None
    return float(value) if not categories else "unheard of" if value < 0 else categories[int(value)]


@pytest.mark.parametrize("format", ["onnx", "pt", "safetensors"])
def test_every_file_tells_its_steps(run: Run, format: str, tmp_path: Path) -> None:
    result = exported(run, format, tmp_path / "model")
    assert "10 steps" in result.scaling
    assert b"OneHotted" in b"".join(file.read_bytes() for file in result.files)
    assert b"female" in b"".join(file.read_bytes() for file in result.files)


@pytest.mark.parametrize("steps", [(Resize(5, 11), NormaliseImages()), (Grey(), Resize(40, 20))], ids=["small", "grey"])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_images_are_prepared_alike_in_torch(steps: tuple[Any, ...], dtype: type[np.generic]) -> None:
    from engine.datasets.dataset import Layout

    channels = 3
    images = np.random.default_rng(0).integers(0, 256, (6, channels, 32, 24)).astype(dtype)
    values, layout, fits = images, Layout((channels, 32, 24)), []
    for step in steps:
        fits.append(step.fit(values, layout))
        values, layout = fits[-1].apply(values), step.layout(layout)
    known = Preprocessing((channels, 32, 24), "classification", steps=tuple(fits))
    made = prepared(torch.from_numpy(images.astype(np.float32)), calls_of(known))
    difference = np.abs(made.numpy() - known.apply(images))
    # Halves may be rounded either way; what is not whole is the same.
    assert np.median(difference) < 1e-4
    assert difference.max() < (1.1 if dtype == np.uint8 else 1e-2)


def test_images_are_prepared_in_the_script(tmp_path: Path) -> None:
    data = Data(Digits(), steps=(Resize(12, 12), NormaliseImages()))
    drawn = Project(Graph.chain(Input(), Flatten(), Linear(10), Output()), data)
    run = trained(drawn, tmp_path / "run")
    result = exported(run, "python", tmp_path / "model.py")
    assert_clean(result.file)
    module, test = network_of(result.file), prepare(data).test
    told = module.predict(module.load(), torch.from_numpy(test.inputs[:50]))
    np.save(tmp_path / "digits.npy", test.inputs[:50])
    assert [str(int(number)) for number in told] == [
        item.label for item in predict(run, [str(tmp_path / "digits.npy")])
    ]
