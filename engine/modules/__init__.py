"""Modules of our own, for layers that `torch.nn` does not have. Each also stands, word for word, in exported source.

So each is a class by itself: it uses ``torch``, ``nn`` and other classes of this package, and nothing else.
"""

from engine.modules.regularization import GaussianNoise, StochasticDepth

__all__ = ["GaussianNoise", "StochasticDepth"]
