"""What a drawing says beside its layers: notes and frames. They are no part of what a network computes."""

from typing import Annotated, Literal, get_args

import msgspec

Colour = Literal["grey", "blue", "violet", "green", "amber", "orange", "pink"]
COLOURS: tuple[Colour, ...] = get_args(Colour)

LONGEST_TEXT = 20_000
LONGEST_TITLE = 200
FARTHEST = 1e7
SMALLEST = 24.0
LARGEST = 1e6

_Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z]+_[1-9][0-9]{0,8}$")]
_Place = Annotated[float, msgspec.Meta(ge=-FARTHEST, le=FARTHEST)]
_Length = Annotated[float, msgspec.Meta(ge=SMALLEST, le=LARGEST)]


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text on the canvas, in Markdown; as high as the text needs. Its position is its top left corner."""

    id: _Id
    text: Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]
    position: tuple[_Place, _Place] = (0.0, 0.0)
    width: _Length = 236.0


class Frame(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rectangle with a title behind a part of the drawing."""

    id: _Id
    title: Annotated[str, msgspec.Meta(max_length=LONGEST_TITLE)]
    position: tuple[_Place, _Place] = (0.0, 0.0)
    size: tuple[_Length, _Length] = (320.0, 240.0)
    colour: Colour = "grey"


Remark = Note | Frame
