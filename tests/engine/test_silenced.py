"""A doubt can be silenced, at one place or everywhere in a project; a fault cannot."""

import msgspec
import pytest
from drawings import project

from engine.analysis import analyse
from engine.block_edits import made_block, unpacked
from engine.blocks import Blueprint
from engine.datasets import Iris
from engine.errors import ProjectError
from engine.graph import Graph, Node
from engine.layers import Input, Linear, Output, ReLU
from engine.project import Project, Silenced, from_json, to_json
from engine.report import Problem, parted, places_of, silencing

HERE, EVERYWHERE = Silenced("no-nonlinearity", "linear_2"), Silenced("no-nonlinearity")


@pytest.fixture
def drawn() -> Project:
    """Three Linear in a row, which are two doubts."""
    return project(Input(), Linear(8), Linear(8), Linear(3), Output(), dataset=Iris())


def places(problems: tuple[Problem, ...]) -> list[str | None]:
    return [problem.node for problem in problems]


def test_a_silenced_doubt_stands_apart(drawn: Project) -> None:
    report = analyse(drawn.with_silence(HERE))
    assert places(report.problems) == ["linear_3"]
    assert places(report.silenced) == ["linear_2"]
    assert not report.problems_of("linear_2")


def test_a_rule_can_be_silenced_everywhere(drawn: Project) -> None:
    report = analyse(drawn.with_silence(EVERYWHERE))
    assert report.problems == ()
    assert places(report.silenced) == ["linear_2", "linear_3"]


def test_a_doubt_is_heard_again(drawn: Project) -> None:
    silent = drawn.with_silence(HERE, EVERYWHERE)
    assert silent.without_silence(EVERYWHERE) == drawn.with_silence(HERE)
    assert silent.without_silence(HERE, EVERYWHERE) == drawn


def test_to_silence_twice_is_to_silence_once(drawn: Project) -> None:
    assert drawn.with_silence(HERE).with_silence(HERE).silenced == (HERE,)


def test_a_fault_cannot_be_silenced(drawn: Project) -> None:
    wide = drawn.with_value("network.linear_3.out_features", 5)
    (fault,) = analyse(wide).faults
    silent = wide.with_silence(Silenced(fault.rule), Silenced(fault.rule, fault.node))
    assert analyse(silent).faults == (fault,)


def test_every_fault_has_a_rule_as_well(drawn: Project) -> None:
    broken = drawn.with_network(drawn.network.disconnect(*drawn.network.incoming("linear_2")))
    faults = (*analyse(broken).faults, *analyse(Project()).faults)
    assert [fault.rule for fault in faults] == ["lacks-inputs", "empty"]


def test_a_new_name_keeps_what_is_silenced(drawn: Project) -> None:
    silent = drawn.with_silence(HERE, EVERYWHERE)
    renamed = silent.with_network(silent.network.rename("linear_2", "middle"))
    assert renamed.silenced == (Silenced("no-nonlinearity", "middle"), EVERYWHERE)
    assert renamed.with_network(renamed.network.rename("middle", "linear_2")) == silent


def test_with_a_node_goes_what_is_silenced_there(drawn: Project) -> None:
    silent = drawn.with_silence(HERE, EVERYWHERE, Silenced("no-nonlinearity", "linear_3"))
    after = silent.with_network(silent.network.remove(["linear_2"]))
    assert after.silenced == (EVERYWHERE, Silenced("no-nonlinearity", "linear_3"))


def test_another_layer_in_its_place_is_not_silenced(drawn: Project) -> None:
    silent = drawn.with_silence(Silenced("no-nonlinearity", "output_1"))
    swapped = silent.network.remove(["output_1"]).add(Node("bend", ReLU(), (0.0, 900.0)))
    assert silent.with_network(swapped).silenced == ()


def test_what_does_not_touch_a_node_keeps_its_silence(drawn: Project) -> None:
    silent = drawn.with_silence(HERE).with_value("network.linear_2.out_features", 4)
    moved = silent.with_network(silent.network.move({"linear_2": (5.0, 5.0)}).rename("linear_1", "first"))
    assert moved.silenced == (HERE,)


def test_a_doubt_inside_a_block_is_silenced_by_its_way_there(drawn: Project) -> None:
    inside = Graph.chain(Input(), Linear(8), Linear(8), Output())
    whole = Project(Graph.chain(Input(), Blueprint("Pair", inside).kind(), ReLU(), Linear(3), Output()), drawn.data)
    (doubt,) = analyse(whole).problems
    silent = whole.with_silence(places_of(doubt)[0])
    assert silent.silenced == (Silenced("no-nonlinearity", "pair_1/linear_2"),)
    assert analyse(silent).problems == ()
    assert from_json(to_json(silent)) == silent
    renamed = silent.closed(("pair_1",), silent.opened(("pair_1",)).with_network(inside.rename("linear_2", "last")))
    assert renamed.silenced == (Silenced("no-nonlinearity", "pair_1/last"),)
    assert silent.with_network(silent.network.remove(["pair_1"])).silenced == ()


def test_silence_trains_the_same(drawn: Project) -> None:
    assert drawn.trains_as(drawn.with_silence(HERE))


def test_silence_is_kept_in_the_file(drawn: Project) -> None:
    silent = drawn.with_silence(HERE, EVERYWHERE)
    document = msgspec.json.decode(to_json(silent))
    assert document["silenced"] == [{"rule": "no-nonlinearity", "node": "linear_2"}, {"rule": "no-nonlinearity"}]
    assert list(document)[-1] == "silenced"
    assert from_json(to_json(silent)) == silent
    assert b"silenced" not in to_json(drawn)


def test_silence_at_a_node_that_is_not_there_is_forgotten(drawn: Project) -> None:
    document = to_json(drawn.with_silence(HERE)).replace(b'"node": "linear_2"', b'"node": "gone"')
    assert from_json(document) == drawn


@pytest.mark.parametrize("entry", ['"no-nonlinearity"', '{"rule": 3}', '{"rule": "a", "where": "b"}', "{}"])
def test_a_silence_that_is_none_is_refused(drawn: Project, entry: str) -> None:
    document = to_json(drawn).decode().rstrip().removesuffix("}") + f', "silenced": [{entry}]}}'
    with pytest.raises(ProjectError, match="silenced"):
        from_json(document)


def test_what_a_block_takes_in_or_lets_out_stays_silenced() -> None:
    network = Graph.chain(Input(), ReLU(), ReLU(), Linear(10), Output())
    silenced = Project(network).with_silence(Silenced("activation-twice", "relu_2"))
    outer = silenced.with_network(made_block(network, ["relu_1", "relu_2"], "Pair")[0])
    assert outer.silenced == (Silenced("activation-twice", "pair_1/relu_2"),)
    outermost = outer.with_network(made_block(outer.network, ["pair_1", "linear_1"], "Stage")[0])
    assert outermost.silenced == (Silenced("activation-twice", "stage_1/pair_1/relu_2"),)
    assert outermost.with_network(unpacked(outermost.network, "stage_1")[0]).silenced == outer.silenced
    assert outer.with_network(unpacked(outer.network, "pair_1")[0]).silenced == silenced.silenced


def test_a_doubt_inside_a_block_falls_silent_in_every_use_of_it() -> None:
    inside = Graph.chain(Input(), Linear(8), Linear(8), ReLU(), Output())
    kind = Blueprint("Pair", inside).kind
    twice = project(Input(), kind(), kind(), Linear(3), Output(), dataset=Iris())
    (doubt,) = [problem for problem in analyse(twice).problems if problem.node == "linear_2"]
    assert doubt.path == "pair_1/linear_2"
    elsewhere = msgspec.structs.replace(doubt, place=("pair_2",))
    silent = twice.with_silence(places_of(elsewhere)[0])
    assert [problem.path for problem in analyse(silent).silenced] == ["pair_1/linear_2"]
    for where in (doubt, elsewhere):
        assert parted([where], silent.silenced, silent.network) == ((), (where,))
        assert not silent.without_silence(*silencing(where, silent.silenced, silent.network)).silenced
    silent = twice.with_silence(places_of(doubt)[0])
    left = silent.with_network(silent.network.remove(["pair_1"]))
    assert [problem.path for problem in analyse(left).silenced] == ["pair_2/linear_2"]
