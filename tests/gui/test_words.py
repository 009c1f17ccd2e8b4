"""Numbers stand as people write them, the same everywhere."""

import pytest

from gui import words


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (words.with_thousands(693962), "693,962"),
        (words.in_flops(0), "0 FLOP"),
        (words.in_flops(1_784_064), "1.78 MFLOP"),
        (words.in_flops(999_600), "1.00 MFLOP"),
        (words.in_bytes(12_400_000), "12.4 MB"),
        (words.in_bytes(640), "640 bytes"),
        (words.in_bytes(170_052_171), "170 MB"),
        (words.in_percent(0.2187), "22 %"),
        (words.in_percent(0.00046), "0.046 %"),
        (words.in_percent(0.0000001), "< 0.01 %"),
        (words.in_percent(0.99999), "> 99 %"),
        (words.in_percent(1), "100 %"),
        (words.in_percent(0), "0 %"),
        (words.shape_in_words((1, 28, 28)), "1 × 28 × 28"),
        (words.shape_in_words((5408,)), "5,408"),
        (words.duration(0), "0:00"),
        (words.duration(0.38), "0.4 s"),
        (words.duration(9), "0:09"),
        (words.duration(3723.4), "1:02:03"),
        (words.metric_in_words("accuracy", 0.9782), "97.8 %"),
        (words.metric_in_words("loss", 0.04121), "0.04121"),
        (words.metric_in_words("loss", 6.333e-07), "6.333e-7"),
        (words.metric_in_words("loss", 1.5e14), "1.5e14"),
    ],
)
def test_numbers_in_words(written, expected):
    assert written == expected
