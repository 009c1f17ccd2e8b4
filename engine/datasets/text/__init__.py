"""Texts: what comes next in them, and what they are about."""

from engine.datasets.text.labelled import LabelledTexts
from engine.datasets.text.shakespeare import TinyShakespeare
from engine.datasets.text.text_file import TextFile

__all__ = ["LabelledTexts", "TextFile", "TinyShakespeare"]
