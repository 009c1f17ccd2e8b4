"""One image file: its header, and its pixels, whatever its kind and however it is damaged."""

import io
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from image_files import image
from PIL import Image

from engine.datasets.images.pictures import (
    Decoding,
    Fit,
    UnreadableError,
    fitted,
    header_of,
    picture_of,
    pixels_of,
)


def written(path: Path, made: Image.Image, **options: object) -> Path:
    """Writes an image."""
    made.save(path, **options)  # pyright: ignore[reportArgumentType]
    return path


def centre(path: Path, colour: str = "colour") -> list[int]:
    """What the pixel in the middle is read as."""
    pixels, _ = pixels_of(path, Decoding(5, 5, colour))  # pyright: ignore[reportArgumentType]
    return pixels[:, 2, 2].tolist()


@pytest.mark.parametrize(
    ("mode", "value", "seen"),
    [
        ("1", 1, [255] * 3),
        ("L", 100, [100] * 3),
        ("LA", (100, 255), [100] * 3),
        ("LA", (100, 0), [255] * 3),
        ("RGB", (1, 2, 3), [1, 2, 3]),
        ("RGBA", (1, 2, 3, 255), [1, 2, 3]),
        ("RGBA", (1, 2, 3, 0), [255] * 3),
        ("CMYK", (0, 255, 255, 0), [255, 0, 0]),
        ("I;16", 65_535, [255] * 3),
        ("I;16", 257 * 100, [100] * 3),
        ("I", 65_535, [255] * 3),
        ("F", 1.0, [255] * 3),
        ("F", 0.5, [128] * 3),
    ],
)
def test_every_kind_of_pixel_becomes_bytes(tmp_path: Path, mode: str, value: object, seen: list[int]) -> None:
    made = Image.new(mode, (5, 5), value)  # pyright: ignore[reportArgumentType]
    assert centre(written(tmp_path / "a.tif", made)) == seen


def test_grey_of_sixteen_bits_is_not_cut_off(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65_535, 25).astype(np.uint16).reshape(5, 5)
    path = written(tmp_path / "a.png", Image.fromarray(ramp))
    pixels, _ = pixels_of(path, Decoding(5, 5, "grey"))

    assert header_of(path).mode.startswith("I;16")
    assert np.abs(pixels[0] - ramp / 257).max() <= 0.5


def test_what_lets_through_lies_on_white(tmp_path: Path) -> None:
    made = Image.new("P", (5, 5), 1)
    made.putpalette([255, 0, 0, 0, 0, 255])
    assert centre(written(tmp_path / "seen.gif", made)) == [0, 0, 255]
    assert centre(written(tmp_path / "clear.gif", made, transparency=1)) == [255, 255, 255]


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif"])
def test_images_stand_as_their_camera_was_held(tmp_path: Path, turn: int, ending: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    made = Image.new("RGB", (30, 60), "white")
    path = written(tmp_path / f"a.{ending}", made, exif=exif)

    header = header_of(path)
    assert (header.width, header.height) == ((60, 30) if turn >= 5 else (30, 60))
    assert picture_of(path, 100).shape == (header.height, header.width, 3)


def test_the_top_is_where_the_camera_says(tmp_path: Path) -> None:
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:, :4] = 255  # The camera lay on its side: what is left in the file is the top.
    exif = Image.Exif()
    exif[0x0112] = 6
    path = written(tmp_path / "a.png", Image.fromarray(pixels), exif=exif)
    seen, _ = pixels_of(path, Decoding(8, 8))
    assert seen[:, :4].min() == 255
    assert seen[:, 4:].max() == 0


def test_fits_differ_in_what_they_keep(tmp_path: Path) -> None:
    pixels = np.zeros((10, 30), np.uint8)
    pixels[:, 10:20] = 200
    path = written(tmp_path / "a.png", Image.fromarray(pixels))
    stretched, cropped, padded = (
        pixels_of(path, Decoding(10, 10, "grey", fit))[0][0]  # pyright: ignore[reportArgumentType]
        for fit in ("resize", "crop", "pad")
    )
    assert (cropped == 200).all(), "only the middle"
    assert stretched[:, 0].max() == 0, "all of it, narrower"
    assert stretched[:, 5].min() == 200
    assert padded[:3].max() == padded[7:].max() == 0, "all of it, with a border"
    assert padded[4, 5] == 200


def test_of_a_film_the_first_image_is_read(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (5, 5), colour) for colour in ("red", "blue")]
    for name in ("a.gif", "a.webp", "a.png", "a.tif"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], lossless=True)
        pixels, moves = pixels_of(tmp_path / name, Decoding(5, 5))
        assert moves
        assert header_of(tmp_path / name).moves
        assert pixels[:, 2, 2].tolist() == [255, 0, 0]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"This is a text.\n" * 100, "it is no image"),
        (b"\x89PNG\r\n\x1a\n", "it is no image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 5 5\n", "it is no image"),
    ],
)
def test_what_is_no_image_is_told(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(UnreadableError, match=reason):
        pixels_of(path, Decoding(5, 5))
    assert header_of(path).fault == reason


def test_a_file_that_vanishes_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="no longer there"):
        pixels_of(tmp_path / "a.png", Decoding(5, 5))
    assert header_of(tmp_path / "a.png").fault == "it is no longer there"


@pytest.mark.parametrize("size", [(11_000, 11_000), (20_000, 20_000), (2**31 - 1, 2**31 - 1)])
def test_giants_are_refused_by_their_header(tmp_path: Path, size: tuple[int, int]) -> None:
    content = bytearray(image(tmp_path / "a.png").read_bytes())
    header = b"IHDR" + size[0].to_bytes(4, "big") + size[1].to_bytes(4, "big") + bytes(content[24:29])
    content[12:33] = header + zlib.crc32(header).to_bytes(4, "big")
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(UnreadableError, match=r"(11,000×11,000|400,000,000|4,611,686,014,132,420,609) pixels"):
        pixels_of(tmp_path / "a.png", Decoding(5, 5))


def test_a_large_jpeg_is_made_smaller_while_it_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    resize = Image.Image.resize

    def watched(self: Image.Image, *arguments: object, **options: object) -> Image.Image:
        asked.append(self.size)
        return resize(self, *arguments, **options)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(Image.Image, "resize", watched)
    Image.new("L", (12_000, 9_000), 90).save(tmp_path / "a.jpg", quality=30)
    assert centre(tmp_path / "a.jpg", "grey")[0] == pytest.approx(90, abs=2)
    assert asked == [(1500, 1125)]


FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "TGA", "PCX", "ICO")


@pytest.mark.parametrize("kind", FORMATS)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_files_are_read_or_refused_in_words(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    content = bytearray(_whole(kind))
    for _ in range(data.draw(st.integers(0, 10))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    header_of(path)
    try:
        pixels, _ = pixels_of(path, Decoding(7, 9))
        shown = picture_of(path, 20)
    except UnreadableError:
        return
    assert pixels.shape == (3, 7, 9)
    assert pixels.dtype == np.uint8
    assert max(shown.shape[:2]) <= 20


def _whole(kind: str) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 255, (24, 16, 3), np.uint8)
    content = io.BytesIO()
    Image.fromarray(pixels).convert("P" if kind == "GIF" else "RGB").save(content, kind)
    return content.getvalue()


@settings(max_examples=200, deadline=None)
@given(
    st.tuples(st.integers(1, 400), st.integers(1, 400)),
    st.tuples(st.integers(1, 130), st.integers(1, 130)),
    st.sampled_from(["resize", "crop", "pad"]),
    st.booleans(),
)
def test_every_size_fits_every_other(size: tuple[int, int], asked: tuple[int, int], fit: Fit, smooth: bool) -> None:
    made = fitted(Image.new("L", size, 7), Decoding(*asked, "grey", fit), smooth=smooth)
    assert made.size == asked[::-1]
    assert fit == "pad" or np.asarray(made).min() == 7
