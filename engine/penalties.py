"""What training adds to its loss so that weights, or what layers answer, stay small."""

from typing import ClassVar

from engine.call import Call, Value, call
from engine.graph import Graph
from engine.layers import Activation, Output
from engine.spec import Spec, flag, names, number

MODEL, ACTIVITIES = Value(0), Value(1)
"""Stand for the network whose weights are too large, and for what the watched layers answer, as a list."""


class Penalty(Spec, frozen=True):
    """Base of all penalties. They are a part of the training loss, not of that on validation and test samples."""

    formula: ClassVar[str]

    def function(self) -> Call:
        """The call that tells the penalty of the `MODEL` or of `ACTIVITIES`, to be added to the loss."""
        raise NotImplementedError

    def watched(self, network: Graph) -> tuple[str, ...]:
        """The nodes whose answers it takes."""
        del network
        return ()

    def misfit(self, network: Graph) -> str:
        """Why it says nothing of a network, as a sentence; empty: it does."""
        del network
        return ""


class L1(Penalty, frozen=True):
    """Every weight counts by its size, so that those which matter little become zero."""

    title = "L1: the sizes of the weights"
    formula = r"\lambda \sum_i |w_i|"

    amount: float = number(1e-5, low=0, high=1000, help="How much a weight of 1 adds to the loss.")
    biases: bool = flag(False, help="Let biases and the scales of normalizations count, too.")

    def function(self) -> Call:
        return call("modules.l1_penalty", MODEL, self.amount, biases=self.biases or None)


class L2(Penalty, frozen=True):
    """Every weight counts by its square, so that none becomes large. With plain gradient descent the same as weight
    decay of twice as much.
    """

    title = "L2: the squares of the weights"
    formula = r"\lambda \sum_i w_i^2"

    amount: float = number(1e-4, low=0, high=1000, help="How much a weight of 1 adds to the loss.")
    biases: bool = flag(False, help="Let biases and the scales of normalizations count, too.")

    def function(self) -> Call:
        return call("modules.l2_penalty", MODEL, self.amount, biases=self.biases or None)


class OfActivities(Penalty, frozen=True):
    """Base of those of what layers answer."""

    listed = False

    amount: float = number(1e-5, low=0, high=1000, help="How much an output of 1 adds to the loss of a sample.")
    layers: tuple[str, ...] = names(help="The layers whose outputs count; none: every activation but the last.")

    def watched(self, network: Graph) -> tuple[str, ...]:
        usable = [node.id for node in network.nodes if _answers(network, node.id)]
        if self.layers:
            return tuple(name for name in dict.fromkeys(self.layers) if name in usable)
        inside = (name for name in usable if isinstance(network.node(name).layer, Activation))
        return tuple(name for name in inside if not _is_last(network, name))

    def misfit(self, network: Graph) -> str:
        if unknown := [name for name in self.layers if name not in self.watched(network)]:
            return f"“{unknown[0]}” is no layer on the way to an answer, so its outputs cannot be penalised."
        if not self.watched(network):
            return "There is no activation inside the network whose outputs could be penalised: name the layers."
        return ""


class ActivityL1(OfActivities, frozen=True):
    """L1 of what layers answer: every output counts by its size, so that few of them are other than zero. As a mean
    over the samples of a batch.
    """

    title = "L1: the sizes of outputs"
    formula = r"\frac{\lambda}{N} \sum_n \sum_i |a_{n,i}|"

    def function(self) -> Call:
        return call("modules.l1_activity", ACTIVITIES, self.amount)


class ActivityL2(OfActivities, frozen=True):
    """L2 of what layers answer: every output counts by its square, so that none becomes large. As a mean over the
    samples of a batch.
    """

    title = "L2: the squares of outputs"
    formula = r"\frac{\lambda}{N} \sum_n \sum_i a_{n,i}^2"

    def function(self) -> Call:
        return call("modules.l2_activity", ACTIVITIES, self.amount)


def _answers(network: Graph, name: str) -> bool:
    """Whether a node is computed while training."""
    node = network.node(name)
    outputs = [each.id for each in network.nodes if isinstance(each.layer, Output)]
    return not isinstance(node.layer, Output) and not node.bypassed and name in network.ancestors(*outputs)


def _is_last(network: Graph, name: str) -> bool:
    return any(isinstance(network.node(wire.target).layer, Output) for wire in network.outgoing(name))
