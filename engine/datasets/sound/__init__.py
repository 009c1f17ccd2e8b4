"""Sounds in folders: see `Sounds`."""

from engine.datasets.sound.sounds import Sounds

__all__ = ["Sounds"]
