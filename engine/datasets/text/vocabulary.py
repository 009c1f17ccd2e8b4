"""What a text is made of: characters, words or byte pairs, counted once and kept in the project.

A network that reads numbers can so be given words wherever it is asked, without the text that it learned from.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, Literal, cast

import msgspec
import numpy as np

from engine.errors import DataError

Tokens = Literal["characters", "words", "byte pairs"]

PADDING = "⟨padding⟩"
UNKNOWN = "⟨unknown⟩"
MOST_TOKENS = 10_000
LONGEST_WORD = 200
FEWEST_BYTE_PAIRS = 256
"""One for each byte: whatever is written can be made of them."""
PIECE = 2**20
"""Characters that are looked at together."""
TOGETHER = 1000
"""Texts of which byte pairs are made at once."""

_SHOWN = {"\n": "↵", " ": "␣", "\t": "⇥"}
_WORD = re.compile(r"\w+(?:['’]\w+)*|\n|[^\w\s]")
_CLOSING = frozenset(".,;:!?)]}%…”’\n")
_OPENING = frozenset("([{“‘\n")


class Counted(msgspec.Struct, frozen=True, array_like=True, cache_hash=True):
    """What a text was found to be made of: as which ``tokens``, the most frequent of them with how often each is there
    (byte pairs in the order of their numbers), of byte pairs the merges that make them, and how many tokens the whole
    text has (of byte pairs in many texts, 0: nobody asks).
    """

    tokens: str
    lower_case: bool
    size: int
    total: int
    found: tuple[tuple[str, int], ...]
    merges: tuple[tuple[str, str], ...] = ()
    held_back: int = 0
    """How many tokens at the end of the text are not for training, and so not counted among those found."""
    strange: int = 0
    """How many of those are none that was found."""

    def suits(self, tokens: str, *, lower_case: bool, size: int) -> bool:
        """Whether it was counted as these settings ask for; otherwise the text must be counted anew."""
        return (self.tokens, self.lower_case, self.size) == (tokens, lower_case, byte_pairs(tokens, size))


class Vocabulary(msgspec.Struct, frozen=True):
    """The tokens by their numbers, and how a text is divided into them."""

    tokens: str
    lower_case: bool
    specials: tuple[str, ...]
    found: tuple[str, ...]
    merges: tuple[tuple[str, str], ...] = ()

    def __len__(self) -> int:
        return len(self.specials) + len(self.found)

    @property
    def names(self) -> tuple[str, ...]:
        """Every token as it can be shown."""
        return self.specials + tuple(map(shown, self.found))

    def numbers(self, text: str) -> np.ndarray:
        """The tokens of a text as their numbers (int64). Raises `DataError` for one that is not known, where the
        vocabulary has no number for those.
        """
        text = text.lower() if self.lower_case else text
        numbers = self._numbers(text)
        if (numbers < 0).any():
            raise DataError("The text holds characters that the vocabulary does not have.", fix="Open the text again.")
        return numbers

    def numbers_of_each(self, texts: Sequence[str]) -> Iterator[np.ndarray]:
        """`numbers` of many texts, of byte pairs on all cores. Raises `DataError`."""
        if self.tokens != "byte pairs":
            yield from map(self.numbers, texts)
            return
        coder = _byte_pairs(self.found, self.merges)
        for start in range(0, len(texts), TOGETHER):
            some = [text.lower() if self.lower_case else text for text in texts[start : start + TOGETHER]]
            for text, found in zip(some, coder.encode_batch_fast(some), strict=True):
                yield self._numbers(text) if len(text) > PIECE else np.array(found.ids, np.int64) + len(self.specials)

    def text(self, numbers: Iterable[int]) -> str:
        """What these numbers say, padding left out."""
        kept = [number for number in map(int, numbers) if number or PADDING not in self.specials]
        if self.tokens == "byte pairs":
            inner = [number - len(self.specials) for number in kept if number >= len(self.specials)]
            return _byte_pairs(self.found, self.merges).decode(inner)
        every = self.specials + self.found
        words = [every[number] if 0 <= number < len(every) else UNKNOWN for number in kept]
        return "".join(words) if self.tokens == "characters" else "".join(_spaced(words))

    def _numbers(self, text: str) -> np.ndarray:
        first = len(self.specials)
        if self.tokens == "byte pairs":
            coder = _byte_pairs(self.found, self.merges)
            parts = [np.array(coder.encode(piece).ids, np.int64) + first for piece in _pieces(text)]
            return np.concatenate(parts) if parts else np.zeros(0, np.int64)
        unknown = self.specials.index(UNKNOWN) if UNKNOWN in self.specials else -1
        if self.tokens == "characters":
            return _numbers_of_characters(text, self.found, first, unknown)
        known = _places(self.found)
        return np.fromiter((known.get(word, unknown - first) + first for word in _words(text)), np.int64)


def byte_pairs(tokens: str, size: int) -> int:
    """How many byte pairs are made where ``size`` are asked for; 0: the tokens are others."""
    return max(size, FEWEST_BYTE_PAIRS) if tokens == "byte pairs" else 0


def counted(texts: Iterable[str], tokens: Tokens, *, lower_case: bool, size: int) -> Counted:
    """What these texts are made of; ``size`` is how many byte pairs are to be made."""
    lowered = (text.lower() if lower_case else text for text in texts)
    if pairs := byte_pairs(tokens, size):
        return _counted_byte_pairs(list(lowered), lower_case, pairs)
    counter: Counter[str] = Counter()
    for text in lowered:
        counter.update(text if tokens == "characters" else _words(text))
    frequent = sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:MOST_TOKENS]
    return Counted(tokens, lower_case, 0, counter.total(), tuple(frequent))


def counted_within(counts: Counted, texts: Iterable[str]) -> Counted:
    """What these texts, which are some of those that were counted, are made of; never of more tokens than those."""
    tokens: Any = counts.tokens
    size = min(counts.size, len(counts.found))
    found = counted(texts, tokens, lower_case=counts.lower_case, size=size)
    return msgspec.structs.replace(found, size=counts.size)


@lru_cache(maxsize=16)
def vocabulary_of(counts: Counted, size: int, minimum: int, *, padded: bool = False) -> Vocabulary:
    """The tokens that are kept: at most ``size``, each at least ``minimum`` times in the text.

    What is not kept is unknown, and so is every new word; a text whose every character is kept needs no such number.
    """
    padding = (PADDING,) if padded else ()
    if counts.tokens == "byte pairs":
        found = tuple(token for token, _ in counts.found)
        return Vocabulary(counts.tokens, counts.lower_case, padding, found, counts.merges)
    kept = [(token, count) for token, count in counts.found if count >= minimum][: max(size, 1)]
    is_all = sum(count for _, count in kept) == counts.total - counts.held_back and not counts.strange
    is_whole = counts.tokens == "characters" and is_all and not padded
    specials = padding if is_whole else (*padding, UNKNOWN)
    found = [token for token, _ in kept]
    return Vocabulary(
        counts.tokens, counts.lower_case, specials, tuple(sorted(found) if counts.tokens == "characters" else found)
    )


def shown(token: str) -> str:
    """A token as it can be seen."""
    return _SHOWN.get(token) or token.replace("Ġ", "␣").replace("Ċ", "↵")


def _words(text: str) -> Iterator[str]:
    return (found[0][:LONGEST_WORD] for found in _WORD.finditer(text))


def _spaced(words: list[str]) -> Iterator[str]:
    before = "\n"
    for word in words:
        if before not in _OPENING and word not in _CLOSING:
            yield " "
        yield word
        before = word


@lru_cache(maxsize=4)
def _places(found: tuple[str, ...]) -> Mapping[str, int]:
    return {token: number for number, token in enumerate(found)}


def _numbers_of_characters(text: str, found: tuple[str, ...], first: int, unknown: int) -> np.ndarray:
    table = np.full(0x110000, unknown, np.int64)
    for number, character in enumerate(found):
        # What was damaged by hand may be longer than a character.
        if len(character) == 1:
            table[ord(character)] = first + number
    return table[np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)]


def _pieces(text: str) -> Iterator[str]:
    """The text in parts that end with a line, where they can."""
    start = 0
    while start < len(text):
        end = text.rfind("\n", start, start + PIECE) + 1 if start + PIECE < len(text) else len(text)
        end = end if end > start else start + PIECE
        yield text[start:end]
        start = end


@cache
def _bytes_written() -> tuple[str, ...]:
    from tokenizers import pre_tokenizers

    return tuple(sorted(pre_tokenizers.ByteLevel.alphabet()))


def trained_on(length: int) -> int:
    """How many of so many tokens, or characters, of a text are trained on: those before the last tenth."""
    return length * 9 // 10


def counted_before_the_end(text: str, tokens: Tokens, *, lower_case: bool, size: int) -> Counted:
    """What the part of a text that is trained on is made of, and how long the whole is. What only the rest holds is
    unknown.
    """
    text = text.lower() if lower_case else text
    if pairs := byte_pairs(tokens, size):
        found = _counted_byte_pairs([text[: trained_on(len(text))]], lower_case, pairs)
        whole = vocabulary_of(found, size, 1).numbers(text)
        return msgspec.structs.replace(found, total=len(whole), held_back=len(whole) - trained_on(len(whole)))
    every = text if tokens == "characters" else list(_words(text))
    border = trained_on(len(every))
    counter, rest = Counter(every[:border]), Counter(every[border:])
    frequent = sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:MOST_TOKENS]
    strange = sum(count for token, count in rest.items() if token not in counter)
    return Counted(tokens, lower_case, 0, len(every), tuple(frequent), (), len(every) - border, strange)


def _counted_byte_pairs(texts: list[str], lower_case: bool, size: int) -> Counted:
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    coder = Tokenizer(models.BPE())
    coder.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)  # pyright: ignore[reportAttributeAccessIssue]
    trainer = trainers.BpeTrainer(
        vocab_size=min(size, MOST_TOKENS), initial_alphabet=list(_bytes_written()), show_progress=False
    )
    coder.train_from_iterator((piece for text in texts for piece in _pieces(text)), trainer)
    model = msgspec.json.decode(coder.to_str())["model"]
    merges = tuple((str(left), str(right)) for left, right in map(_merge, model["merges"]))
    numbered = sorted(cast("dict[str, int]", model["vocab"]).items(), key=lambda item: item[1])
    words = tuple(word for word, _ in numbered)
    return Counted("byte pairs", lower_case, size, 0, tuple((word, 0) for word in words), merges)


def _merge(merge: Any) -> tuple[str, str]:
    left, right = merge.split(" ") if isinstance(merge, str) else merge
    return left, right


@lru_cache(maxsize=4)
def _byte_pairs(found: tuple[str, ...], merges: tuple[tuple[str, str], ...]) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    known = {word: number for number, word in enumerate(found)}
    sound = [pair for pair in merges if pair[0] in known and pair[1] in known and "".join(pair) in known]
    coder = Tokenizer(models.BPE(vocab=known, merges=sound))
    coder.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)  # pyright: ignore[reportAttributeAccessIssue]
    coder.decoder = decoders.ByteLevel()  # pyright: ignore[reportAttributeAccessIssue]
    return coder
