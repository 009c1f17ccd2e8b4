"""Networks with blocks in them, for the tests of the window."""

from engine.blocks import Blueprint, Exposed, Target
from engine.graph import Graph
from engine.layers import BatchNorm2d, Conv2d, Flatten, Input, Linear, MaxPool2d, Output, ReLU
from engine.layout import stacked
from engine.project import Project

CONV_BLOCK = Blueprint(
    "ConvBlock",
    stacked(Graph.chain(Input(), Conv2d(out_channels=16, padding=1), BatchNorm2d(), ReLU(), Output())),
    (Exposed("channels", (Target("conv2d_1", "out_channels"),)),),
    help="Filters, then steadies and bends what they find.",
)
STAGE = Blueprint(
    "Stage",
    stacked(Graph.chain(Input(), CONV_BLOCK.kind(), CONV_BLOCK.kind(channels=24), MaxPool2d(), Output())),
)


def project_with_blocks() -> Project:
    """A stage of two blocks, and one such block, repeated, after it."""
    layers = (
        Input(),
        STAGE.kind(),
        CONV_BLOCK.kind(channels=32, repeat=3),
        Flatten(),
        Linear(out_features=10),
        Output(),
    )
    return Project(network=stacked(Graph.chain(*layers)), title="Two stages")
