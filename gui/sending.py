"""Commands to a trainer, written beside the window: on a slow disk that takes seconds, for which nobody should wait."""

import queue
import threading
from collections.abc import Callable

from engine.errors import RunError
from engine.events import AnyCommand
from engine.runs import Run


class Sender:
    """Writes commands in the order in which they are sent, from when the trainer listens. Where its folder takes none,
    ``refused`` is told, in another thread.
    """

    def __init__(self, run: Run, refused: Callable[[RunError], object]) -> None:
        self._run, self._refused = run, refused
        self._commands = queue.SimpleQueue[AnyCommand | None]()
        self._listens = threading.Event()
        self._is_given_up = False
        self._thread: threading.Thread | None = None

    def send(self, command: AnyCommand) -> None:
        """Has it written; does not wait for that."""
        self._commands.put(command)
        if self._thread is None:
            # No daemon: a window that is closed at once after “stop” still says so to the trainer.
            self._thread = threading.Thread(target=self._write, name=f"commands to {self._run.name}")
            self._thread.start()

    def begin(self) -> None:
        """From now on the trainer listens."""
        self._listens.set()

    def end(self) -> None:
        """Nothing more is sent. What a trainer that never listened was to hear is forgotten."""
        self._is_given_up = not self._listens.is_set()
        self._listens.set()
        self._commands.put(None)

    def _write(self) -> None:
        self._listens.wait()
        while not self._is_given_up and (command := self._commands.get()) is not None:
            try:
                self._run.send(command)
            except RunError as error:
                self._refused(error)
