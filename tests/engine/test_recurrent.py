"""Recurrent layers answer what PyTorch's do, in the part that a person chose."""

import pytest
import torch
from layers_at_work import made, refused
from torch import nn

from engine.layers import GRU, LSTM, RNN
from engine.layers.recurrent import Recurrent
from engine.measure import measure

KINDS: list[type[Recurrent]] = [RNN, LSTM, GRU]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("both_ways", [False, True])
def test_it_answers_with_the_part_that_is_asked_for(kind: type[Recurrent], both_ways: bool) -> None:
    x = torch.randn(2, 5, 3)
    torch.manual_seed(0)
    theirs: nn.Module = getattr(nn, kind.__name__)(3, 4, num_layers=2, batch_first=True, bidirectional=both_ways)
    steps, state = theirs(x)
    state = state[0] if kind is LSTM else state
    last = torch.cat([state[-2], state[-1]], dim=1) if both_ways else state[-1]
    for part, expected in {"sequence": steps, "last step": steps[:, -1], "state": last}.items():
        layer = kind(hidden_size=4, num_layers=2, bidirectional=both_ways, answer=part)
        function, module = made(layer, (5, 3))
        assert module is not None
        module.load_state_dict(theirs.state_dict())
        torch.testing.assert_close(function(x), expected)
        assert measure(layer, ((5, 3),)).output_shape == tuple(expected.shape[1:])


def test_the_state_has_seen_the_sequence_from_both_ends() -> None:
    function, _ = made(GRU(hidden_size=4, bidirectional=True, answer="state"), (5, 3))
    x = torch.randn(2, 5, 3)
    changed = x.clone()
    changed[:, 0] += 1
    before, after = function(x), function(changed)
    assert not torch.allclose(before[:, :4], after[:, :4])
    assert not torch.allclose(before[:, 4:], after[:, 4:])


def test_a_projection_makes_the_answer_narrower() -> None:
    assert measure(LSTM(hidden_size=16, proj_size=4), ((5, 3),)).output_shape == (5, 4)
    refusal = refused(LSTM(hidden_size=16, proj_size=16), (5, 3))
    assert "projects 16 features to fewer" in refusal.message
    assert (refusal.setting, refusal.value) == ("proj_size", 0)


def test_dropout_has_no_place_in_a_single_layer(recwarn: pytest.WarningsRecorder) -> None:
    made(GRU(dropout=0.5), (5, 3))
    assert not recwarn.list
    assert GRU(num_layers=2, dropout=0.5).module((5, 3)).printed().count("dropout=0.5") == 1


def test_the_summary_says_the_main_settings() -> None:
    assert LSTM(128, 2, bidirectional=True, answer="state").summary() == "128, 2 layers, both ways, state"
