"""Events of a training reach the window as often as it can show them."""

import time

from engine.events import AnyEvent, Paused, Steps
from gui.unhurried import LEAST, Unhurried


def steps(number: int) -> Steps:
    return Steps(time=0.0, epoch=1, step=[number], loss=[1.0])


def busy(seconds: float) -> None:
    """What drawing takes of this thread."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_what_comes_all_the_time_is_handed_over_together_and_in_order(qtbot) -> None:
    unhurried, lists = Unhurried(), list[list[AnyEvent]]()
    unhurried.delivered.connect(lists.append)
    for number in range(50):
        unhurried.take([steps(number)])
    assert len(lists) == 1
    qtbot.waitUntil(lambda: len(lists) == 2)
    assert [event.step[0] for batch in lists for event in batch] == list(range(50))


def test_what_a_person_waits_for_comes_at_once_and_behind_what_was_before_it(qtbot) -> None:
    unhurried, lists = Unhurried(), list[list[AnyEvent]]()
    unhurried.delivered.connect(lists.append)
    unhurried.take([steps(0)])
    unhurried.take([steps(1)])
    unhurried.take([Paused(time=0.0, step=2)])
    assert [type(event) for event in lists[-1]] == [Steps, Paused]


def test_a_window_that_draws_long_is_given_more_time_between_two_frames(qtbot) -> None:
    def pause_after(cost: float) -> int:
        unhurried = Unhurried()
        unhurried.delivered.connect(lambda _: busy(cost))
        unhurried.take([steps(0)])
        return unhurried._rest.interval()

    assert pause_after(0.0) < pause_after(0.01) < pause_after(0.1)
    assert pause_after(0.0) >= 1000 * LEAST
