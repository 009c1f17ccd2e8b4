"""Texts: divided into tokens and put together again, read whatever their encoding, refused in a sentence."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.data import Data, prepare
from engine.datasets import LabelledTexts, TextFile, TinyShakespeare
from engine.datasets.files import open_data
from engine.datasets.text import vocabulary as vocabularies
from engine.datasets.text.vocabulary import UNKNOWN, Tokens, Vocabulary, counted, vocabulary_of
from engine.datasets.text.whole import sample_of
from engine.errors import DataError, LayerloomError

PROSE = "The quick brown fox, she said, doesn't jump over (the) lazy dog.\nÄnderungen überall: ça va?\n" * 40
TOKENS: tuple[Tokens, ...] = ("characters", "words", "byte pairs")


def a_text(folder: Path, text: str = PROSE, encoding: str = "utf-8") -> TextFile:
    (folder / "a.txt").write_bytes(text.encode(encoding))
    dataset = open_data(str(folder / "a.txt"))
    assert isinstance(dataset, TextFile)
    return dataset


def test_shakespeare_from_his_file_is_tiny_shakespeare(shared_data: Path) -> None:
    ours, theirs = open_data(str(shared_data / "text/tinyshakespeare.txt")), TinyShakespeare()
    assert isinstance(ours, TextFile)
    assert (ours.shape, ours.classes, ours.sizes) == (theirs.shape, theirs.classes, theirs.sizes)
    mine, his = ours.load(), theirs.load()
    assert np.array_equal(mine.train.inputs, his.train.inputs)
    assert mine.test is not None
    assert his.test is not None
    assert np.array_equal(mine.test.targets, his.test.targets)
    assert ours.words_of(mine.train.inputs[5]) == theirs.words_of(his.train.inputs[5])


def test_a_published_text_is_found_by_its_relative_path(shared_data: Path) -> None:
    text = TextFile(path="text/tinyshakespeare.txt").refreshed()
    assert (text.lacks, len(text.classes), text.download_size) == ("", 65, 1_115_394)


@pytest.mark.parametrize("tokens", TOKENS)
def test_what_comes_next_is_asked_for(tokens: str, tmp_path: Path) -> None:
    text = a_text(tmp_path).with_settings({"tokens": tokens, "steps": 8, "windows": 50, "vocabulary_size": 300})
    assert text.is_stale == (tokens != "characters")
    text = text.refreshed()
    assert not text.lacks
    assert TextFile.read(json.loads(json.dumps(text.settings())), "here") == text
    prepared = prepare(Data(text))
    assert prepared.train.inputs.shape == prepared.train.targets.shape == (50, 8)
    assert np.array_equal(prepared.train.inputs[:, 1:], prepared.train.targets[:, :-1])
    assert prepared.train.targets.max() < len(text.classes)
    assert (len(prepared.validation) > 0, len(prepared.test)) == (True, text.sizes[1])
    assert text.words_of(prepared.train.inputs[0]) in PROSE


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_any_encoding_is_read(encoding: str, tmp_path: Path) -> None:
    assert "Ä" in a_text(tmp_path, encoding=encoding).classes


def test_line_ends_of_every_system_are_the_same(tmp_path: Path) -> None:
    assert a_text(tmp_path, PROSE.replace("\n", "\r\n")).counts == a_text(tmp_path).counts


def test_a_folder_of_texts_is_one_text(tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    for name in ("b.txt", "a.md"):
        (tmp_path / "all" / name).write_text(name[0] * 700)
    text = open_data(str(tmp_path / "all"))
    assert isinstance(text, TextFile)
    assert text.counts[0].total == 1401
    assert set(text.classes) == {"a", "b", "↵"}


@pytest.mark.parametrize("tokens", ["characters", "words", "byte pairs"])
def test_what_only_the_last_tenth_holds_is_in_no_vocabulary(tmp_path: Path, tokens: str) -> None:
    path = tmp_path / "ends.txt"
    path.write_text("The cat sat on the mat. " * 90 + "Zyzzyva zoos! " * 17, encoding="utf-8")
    found = open_data(str(path))
    assert isinstance(found, TextFile)
    text = found.with_settings({"tokens": tokens, "steps": 4, "windows": 20, "vocabulary_size": 300}).refreshed()
    names = "".join(text.vocabulary.found)
    assert "zyz" not in names.lower()
    assert "z" not in names or tokens == "byte pairs", "of byte pairs every byte is known"
    loaded = text.load()
    assert len(text.vocabulary.numbers("Zyzzyva")) > 0
    if tokens != "byte pairs":
        assert text.vocabulary.names[0] == UNKNOWN
        assert (loaded.test.targets == 0).any()
        assert not (loaded.train.targets == 0).any()


def test_rare_tokens_become_unknown(tmp_path: Path) -> None:
    text = a_text(tmp_path, "all the same " * 300 + "once").with_settings({"tokens": "words", "minimum_count": 2})
    assert text.refreshed().classes == (UNKNOWN, "all", "same", "the")


@pytest.mark.parametrize("tokens", TOKENS)
@settings(max_examples=50, deadline=None)
@given(words=st.text(min_size=1, max_size=60))
@example(words="a\r\n\n  b\t\u2028c")
def test_characters_and_byte_pairs_lose_nothing(tokens: Tokens, words: str) -> None:
    counts = counted([words, PROSE], tokens, lower_case=False, size=300)
    vocabulary = vocabulary_of(counts, 10_000, 1)
    again = vocabulary.text(vocabulary.numbers(words))
    assert (
        (again == words) if tokens != "words" else (again.split() == vocabulary.text(vocabulary.numbers(again)).split())
    )


def test_words_are_put_together_as_they_were_written() -> None:
    line = "First Citizen:\nBefore we proceed (any further), hear me don't speak."
    vocabulary = vocabulary_of(counted([line], "words", lower_case=False, size=0), 100, 1)
    assert vocabulary.text(vocabulary.numbers(line)) == line


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "a.txt is empty."),
        (b" \n\n", "a.txt is empty."),
        (b"\x00\x01\x02\xff" * 100, "a.txt is no text: its encoding cannot be told."),
    ],
)
def test_no_text_is_refused(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(DataError, match=re.escape(words)):
        TextFile.opened(tmp_path / "a.txt")


def test_a_text_that_is_too_short_says_how_long_it_must_be(tmp_path: Path) -> None:
    text = a_text(tmp_path, "To be, or not to be")
    assert "19 characters, too few for windows of 64: it takes 1,408" in text.lacks


def test_a_text_that_has_changed_is_noticed(tmp_path: Path) -> None:
    text = a_text(tmp_path)
    (tmp_path / "a.txt").write_text(PROSE[:-7])
    with pytest.raises(DataError, match="has changed since it was opened"):
        text.load()
    (tmp_path / "a.txt").write_text(PROSE[:-7] + "日本")
    with pytest.raises(DataError, match="characters that the vocabulary does not have"):
        text.load()


# Texts with labels


REVIEWS = [
    ("a film that moves you to tears", "good"),
    ("what a waste, of two hours", "bad"),
    ("she said “well done” and left the hall", "good"),
    ("it never ends, it never begins", "bad"),
] * 5
AS_FILES = {
    "a.csv": "text,label\n" + "".join(f'"{text}",{label}\n' for text, label in REVIEWS),
    "b.csv": "".join(f'{label};"{text}"\n' for text, label in REVIEWS),
    "a.tsv": "sentiment\treview\n" + "".join(f"{label}\t{text}\n" for text, label in REVIEWS),
    "a.txt": "".join(f"__label__{label} {text}\n" for text, label in REVIEWS),
    "b.txt": "".join(f"{label}\t{text}\n" for text, label in REVIEWS),
    "a.jsonl": "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in REVIEWS),
}


def labelled(path: Path) -> LabelledTexts:
    dataset = open_data(str(path))
    assert isinstance(dataset, LabelledTexts)
    return dataset


@pytest.mark.parametrize("name", AS_FILES)
def test_texts_and_labels_are_found(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(AS_FILES[name], encoding="utf-8")
    texts = labelled(tmp_path / name)
    assert (texts.classes, texts.sizes, texts.lacks) == (("bad", "good"), (20, 0), "")
    loaded = texts.load()
    assert loaded.train.inputs.shape == (20, texts.steps)
    assert loaded.train.targets[:4].tolist() == [1, 0, 1, 0]
    assert texts.words_of(loaded.train.inputs[0]).split() == REVIEWS[0][0].split()
    assert loaded.train.inputs[0].tolist() == sample_of(REVIEWS[0][0], texts.vocabulary, texts.steps).tolist()
    assert f"{len(texts.vocabulary)} tokens" in loaded.note
    assert LabelledTexts.read(json.loads(json.dumps(texts.settings())), "here") == texts


def test_folders_of_texts_are_classes_and_a_test_part(tmp_path: Path) -> None:
    for part, count in (("train", 6), ("test", 2)):
        for label in ("neg", "pos"):
            (tmp_path / part / label).mkdir(parents=True)
            for number in range(count):
                (tmp_path / part / label / f"{number}.txt").write_text(f"{label} number {number} of all")
    (tmp_path / "train/pos/empty.txt").write_text("")
    texts = labelled(tmp_path)
    assert (texts.classes, texts.sizes) == (("neg", "pos"), (12, 4))
    loaded = texts.load()
    assert loaded.names[0] == "neg/0.txt"
    assert loaded.names[12:] == ("test/neg/0.txt", "test/neg/1.txt", "test/pos/0.txt", "test/pos/1.txt")
    assert loaded.test is not None
    assert [(skipped.place, skipped.reason) for skipped in loaded.skipped] == [("pos/empty.txt", "It is empty.")]
    assert labelled(tmp_path / "test").sizes == (4, 0)


def test_padding_is_zero_and_what_is_new_is_one(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(AS_FILES["a.csv"], encoding="utf-8")
    texts = labelled(tmp_path / "a.csv").with_setting("steps", 5)
    read = partial(sample_of, vocabulary=texts.vocabulary, steps=5)
    assert read("zebra a film")[:1].tolist() == [1]
    assert read("a film")[2:].tolist() == [0, 0, 0]
    assert len(read("a film " * 100)) == 5


@pytest.mark.parametrize("tokens", TOKENS)
def test_texts_can_be_divided_otherwise(tokens: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(AS_FILES["a.csv"], encoding="utf-8")
    texts = labelled(tmp_path / "a.csv").with_setting("tokens", tokens)
    assert texts.is_stale == (tokens != "words")
    texts = texts.refreshed().with_setting("steps", 60)
    assert texts.words_of(texts.load().train.inputs[0]) == REVIEWS[0][0]


@pytest.mark.parametrize("tokens", TOKENS)
@settings(max_examples=30, deadline=None)
@given(texts=st.lists(st.text(max_size=40), max_size=7), lower_case=st.booleans())
def test_many_texts_are_as_each_of_them(tokens: Tokens, texts: list[str], lower_case: bool) -> None:
    counts = counted([*texts, PROSE], tokens, lower_case=lower_case, size=300)
    vocabulary = vocabulary_of(counts, 10_000, 1, padded=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vocabularies, "TOGETHER", 3)
        patch.setattr(vocabularies, "PIECE", 30)
        together = [found.tolist() for found in vocabulary.numbers_of_each(texts)]
        assert together == [vocabulary.numbers(text).tolist() for text in texts]


@pytest.mark.parametrize("tokens", TOKENS)
def test_each_text_is_divided_once_before_a_training(
    tokens: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_text(AS_FILES["a.csv"], encoding="utf-8")
    texts = labelled(tmp_path / "a.csv").with_setting("tokens", tokens).refreshed()
    divided: list[str] = []

    def numbers_of_each(vocabulary: Vocabulary, texts: Sequence[str]) -> Iterator[np.ndarray]:
        divided.extend(texts)
        return map(vocabulary.numbers, texts)

    monkeypatch.setattr(Vocabulary, "numbers_of_each", numbers_of_each)
    prepared = prepare(Data(texts))
    assert sorted(divided) == sorted(words for words, _ in REVIEWS)
    # With what was learned already, as by a training that goes on, they are the same.
    again = prepare(Data(texts), prepared.learned)
    assert np.array_equal(again.train.inputs, prepared.train.inputs)


def test_rows_that_lack_something_are_left_out_and_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(AS_FILES["a.csv"] + ",good\na text without a label,\nonly text again\n", "utf-8")
    skipped = labelled(tmp_path / "a.csv").load().skipped
    assert [(row.place, row.reason) for row in skipped] == [
        ("row 22", "It has no text."),
        ("row 23", "It has no label."),
        ("row 24", "It has no label."),
    ]


def test_tables_of_numbers_and_prose_are_no_labelled_texts(shared_data: Path, tmp_path: Path) -> None:
    for name in ("titanic.csv", "winequality-red.csv", "california_housing.csv", "adult_train.csv"):
        assert LabelledTexts.opened(shared_data / "tabular" / name) is None
    assert LabelledTexts.opened(shared_data / "text/tinyshakespeare.txt") is None
    (tmp_path / "a.txt").write_text(PROSE)
    assert LabelledTexts.opened(tmp_path / "a.txt") is None


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.jsonl", AS_FILES["a.jsonl"] + "{oops\n", "a.jsonl cannot be read at line 21: it is no JSON."),
        (
            "a.csv",
            AS_FILES["a.csv"] + '"' + "x" * 200_000 + '",good\n',
            "a.csv cannot be read at line 22: field larger",
        ),
    ],
)
def test_a_broken_row_is_named(name: str, content: str, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=re.escape(words)):
        open_data(str(tmp_path / name))


def test_a_new_label_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(AS_FILES["a.csv"], encoding="utf-8")
    texts = labelled(tmp_path / "a.csv")
    (tmp_path / "a.csv").write_text(AS_FILES["a.csv"] + "a film that is neither good nor bad,so so\n", encoding="utf-8")
    with pytest.raises(DataError, match="has changed since it was opened: row 22 has the new label “so so”"):
        texts.load()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)),
    suffix=st.sampled_from(["txt", "csv", "jsonl"]),
)
@example(content=b"a\tb c d e\n" * 3 + b"b\tb c d e\n" * 3, suffix="txt")
def test_whatever_is_in_a_file_is_read_or_refused(content: bytes, suffix: str, tmp_path: Path) -> None:
    (tmp_path / f"a.{suffix}").write_bytes(content)
    for kind in (TextFile, LabelledTexts):
        with suppress(LayerloomError):
            dataset = kind.opened(tmp_path / f"a.{suffix}")
            if dataset is not None and not dataset.lacks:
                dataset.load()
