"""Sounds: brought to one rate and length, seen as spectrograms, told apart by folder or table."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import looking
from engine.analysis import analyse
from engine.data import Data
from engine.datasets import Sounds
from engine.datasets.files import open_data
from engine.datasets.sound.waves import mel_filters, resampled, spectrogram
from engine.datasets.symbols import text_of
from engine.errors import DataError, LayerloomError
from engine.looking.view import Query
from engine.proposing import proposed


def tone(pitch: float, seconds: float = 0.5, rate: int = 8000) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * pitch * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def write(path: Path, values: np.ndarray, rate: int = 8000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, values, rate)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Low and high tones, eight of each."""
    for number in range(8):
        write(tmp_path / f"tones/high/{number}.wav", tone(2000 + 50 * number))
        write(tmp_path / f"tones/low/{number}.wav", tone(200 + 10 * number, 0.4))
    return tmp_path / "tones"


def opened(path: Path) -> Sounds:
    dataset = open_data(str(path))
    assert isinstance(dataset, Sounds)
    return dataset


def test_a_folder_for_each_class_is_found_with_its_rate_and_length(folder: Path) -> None:
    sounds = opened(folder)
    assert (sounds.classes, sounds.sizes, sounds.rate, sounds.seconds) == (("high", "low"), (16, 0), 8000, 0.5)
    loaded = sounds.load()
    assert sounds.shape == loaded.train.inputs.shape[1:] == (1, 64, 51)
    assert loaded.train.targets.tolist() == [0] * 8 + [1] * 8
    assert loaded.names[8] == "low/0.wav"
    assert Sounds.read(sounds.settings(), "here") == sounds


def test_a_waveform_is_padded_with_silence_and_shown_as_one_curve(folder: Path) -> None:
    sounds = opened(folder).with_setting("given", "waveform")
    curves = looking.rows(Data(sounds), Query(count=2)).curves
    assert curves is not None
    assert curves.shape == (2, 1, 64)
    inputs = sounds.load().train.inputs
    assert sounds.shape == inputs.shape[1:] == (1, 4000)
    assert np.allclose(inputs[0, 0], tone(2000), atol=1e-4)
    assert inputs[8, 0, 3150:3199].any()
    assert not inputs[8, 0, 3200:].any()


def test_long_sounds_are_cut(folder: Path) -> None:
    assert opened(folder).with_settings({"given": "waveform", "seconds": 0.1}).load().train.inputs.shape == (16, 1, 800)


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "aiff"])
def test_other_formats_rates_and_channels_are_read(suffix: str, tmp_path: Path) -> None:
    stereo = np.column_stack([tone(440, 1, 44_100), tone(440, 1, 44_100)])
    write(tmp_path / f"a/one.{suffix}", stereo, 44_100)
    write(tmp_path / f"b/one.{suffix}", tone(440, 1, 22_050), 22_050)
    sounds = opened(tmp_path).with_settings({"given": "waveform", "rate": 16_000})
    first, second = sounds.load().train.inputs[:, 0, 500:15_000]
    assert np.abs(first - tone(440, 1, 16_000)[500:15_000]).max() < 0.02
    assert np.abs(second - tone(440, 1, 16_000)[500:15_000]).max() < 0.02


@pytest.mark.parametrize(("before", "after"), [(44_100, 16_000), (8000, 16_000), (48_000, 11_025), (8000, 8000)])
def test_a_tone_keeps_its_pitch_at_another_rate(before: int, after: int) -> None:
    answer = resampled(tone(1000, 1, before), before, after)
    assert len(answer) == after
    assert np.abs(answer - tone(1000, 1, after))[200:-200].max() < 0.01
    assert answer.dtype == np.float32


def test_what_is_too_high_for_the_new_rate_is_silent() -> None:
    assert np.abs(resampled(tone(7000, 1, 44_100), 44_100, 8000))[200:-200].max() < 0.01


@pytest.mark.parametrize("rate", [8000, 44_100])
@pytest.mark.parametrize("bands", [4, 64, 512])
def test_every_band_hears_something(rate: int, bands: int) -> None:
    filters = mel_filters(rate, bands, 512)
    assert filters.shape == (bands, 257)
    assert (filters.sum(axis=1) > 0).all()


def test_a_tone_is_loudest_in_its_band() -> None:
    seen = spectrogram(tone(1000, 1), 8000, 40, 200, 80)
    assert seen.shape == (40, 101)
    corners = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 4000 / 700), 42) / 2595) - 1)
    assert abs(corners[1 + seen[:, 50].argmax()] - 1000) < 60


@pytest.mark.parametrize("ending", [".wav", ""])
def test_a_table_names_the_label_of_each_sound(ending: str, tmp_path: Path) -> None:
    rows = ["filename,fold,target,category"]
    for number in range(10):
        write(tmp_path / f"audio/{number}-x.wav", tone(300 + 100 * number, 0.1))
        rows.append(f"{number}-x{ending},{number % 5},{number % 2},{'dog' if number % 2 else 'rain'}")
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta/about.csv").write_text("\n".join(rows))
    sounds = opened(tmp_path)
    assert (sounds.classes, sounds.sizes) == (("dog", "rain"), (10, 0))
    assert sounds.load().train.targets.tolist() == [1, 0] * 5


def test_folders_for_training_and_test_are_kept_apart(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    folder.rename(tmp_path / "all/train")
    for label in ("high", "low"):
        write(tmp_path / f"all/test/{label}/a.wav", tone(500))
    sounds = opened(tmp_path / "all")
    assert sounds.sizes == (16, 2)
    test = sounds.load().test
    assert test is not None
    assert sounds.load().names[16:] == ("test/high/a.wav", "test/low/a.wav")
    assert test.targets.tolist() == [0, 1]


def test_broken_sounds_are_left_out_and_named(folder: Path) -> None:
    (folder / "high/broken.wav").write_bytes(b"RIFF and no more")
    (folder / "high/empty.wav").write_bytes(b"")
    write(folder / "low/silent.wav", np.zeros(0, np.float32))
    loaded = opened(folder).load()
    assert len(loaded.train) == 16
    assert {(skipped.place, skipped.reason) for skipped in loaded.skipped} == {
        ("high/broken.wav", "broken.wav cannot be read: it is no sound, or is damaged."),
        ("high/empty.wav", "empty.wav cannot be read: it is no sound, or is damaged."),
        ("low/silent.wav", "silent.wav is empty."),
    }


def test_one_sound_is_refused(folder: Path) -> None:
    with pytest.raises(DataError, match=r"0.wav is one sound: there is nothing to tell it from. Open the folder"):
        open_data(str(folder / "high/0.wav"))


def test_a_folder_without_one_good_sound_is_refused(tmp_path: Path) -> None:
    for label in "ab":
        (tmp_path / label).mkdir()
        (tmp_path / label / "x.wav").write_text("no sound")
    with pytest.raises(DataError, match="holds no sound that can be read"):
        open_data(str(tmp_path))


def test_a_sound_with_a_new_label_is_left_out(folder: Path) -> None:
    sounds = opened(folder)
    write(folder / "middle/0.wav", tone(700))
    loaded = sounds.load()
    assert len(loaded.train) == 16
    assert loaded.skipped[0].reason == "its label “middle” is new: open the folder again"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_sounds_are_read_or_refused(data: st.DataObject, folder: Path) -> None:
    content = bytearray((folder / "high/0.wav").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, 60))] = data.draw(st.integers(0, 255))
    (folder / "low/0.wav").write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with suppress(LayerloomError):
        opened(folder).load()


def spelled(folder: Path, texts: list[str], column: str = "transcript") -> Path:
    """Sounds of one tone for each letter, and a table of what each says."""
    for number, text in enumerate(texts):
        tones = [tone(400 + 200 * "abc".index(letter), 0.1) for letter in text if letter in "abc"]
        write(folder / f"{number}.wav", np.concatenate([*tones, np.zeros(400, np.float32)]))
    lines = [f"file,{column}", *(f"{number}.wav,{text}" for number, text in enumerate(texts))]
    (folder / "said.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder


TEXTS = ["ab", "ba", "abc", "cab", "c", "acb", "bb", "cc"]


def test_what_is_said_is_a_sequence_of_symbols(tmp_path: Path) -> None:
    sounds = opened(spelled(tmp_path / "said", TEXTS))
    assert (sounds.task, sounds.classes, sounds.longest, sounds.sizes) == ("transcription", ("a", "b", "c"), 3, (8, 0))
    assert sounds.seconds >= 0.35
    loaded = sounds.load()
    assert [text_of(target, sounds.classes) for target in loaded.train.targets] == TEXTS
    assert Sounds.read(sounds.settings(), "here") == sounds
    drawn = proposed(Data(sounds))
    assert not analyse(drawn).faults


def test_texts_that_are_new_since_are_left_out(tmp_path: Path) -> None:
    sounds = opened(spelled(tmp_path / "said", TEXTS))
    spelled(tmp_path / "said", [*TEXTS[:-1], "aé"])
    (skipped,) = sounds.load().skipped
    assert (skipped.place, skipped.reason) == ("7.wav", "“é” of its text “aé” is in no text for training")
