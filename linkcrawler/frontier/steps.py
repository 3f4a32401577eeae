"""Long work in, the same work in steps out, so that the event loop has turns in between.

Work in steps is a generator: it yields where it may be left alone for a while, and returns its result.
What it yields may be a step that waits for the disk, and that another thread does where there is one.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from collections.abc import Callable, Generator
from itertools import islice
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")
U = TypeVar("U")

Aside = Callable[[], None]
Steps = Generator[Aside | None, None, T]

TURN_SECS: Final = 0.02
"""After which work lets the event loop go on, at its next step."""
PAUSE_SECS: Final = 0.001
"""For which it does: not 0, so that what was to be done by now comes first."""
SOME: Final = 500
"""Things that are done in one step."""


class UnderWay(Generic[T]):
    """Work that has begun, and that anybody who must not wait for it may bring to its end.

    Args:
        steps: the work.
    """

    def __init__(self, steps: Steps[T]) -> None:
        self._steps = steps
        self._results: list[T] = []
        self._error: BaseException | None = None
        self._aside: Aside | None = None
        self._failed: BaseException | None = None
        """What that has raised."""
        self._lock = threading.Lock()
        self.is_done = False

    @property
    def is_at_it(self) -> bool:
        """Whether a step is being done: who asks is part of it."""
        return inspect.getgeneratorstate(self._steps) == inspect.GEN_RUNNING

    def step(self, secs: float = 0.0) -> bool:
        """Do a step, and further ones for ``secs`` seconds; return whether there is more to do."""
        until = time.monotonic() + secs
        while not self.is_done:
            self._step()
            if self._aside is not None or time.monotonic() >= until:
                break
        return not self.is_done

    @property
    def aside(self) -> Aside | None:
        """What comes next and may be done on another thread: not twice, whoever calls it."""
        return None if self._aside is None else self._do_aside

    def _do_aside(self) -> None:
        with self._lock:
            aside, self._aside = self._aside, None
            if aside is None:
                return
            try:
                aside()
            except BaseException as error:
                self._failed = error

    def _step(self) -> None:
        self._do_aside()
        failed, self._failed = self._failed, None
        try:
            self._aside = next(self._steps) if failed is None else self._steps.throw(failed)
        except StopIteration as end:
            self._results.append(end.value)
            self.is_done = True
        except BaseException as error:
            self._error = error
            self.is_done = True

    def finish(self) -> None:
        """Do all steps that are left; an error waits for who asks for the result."""
        while self.step(1.0):
            pass

    def result(self) -> T:
        """Return what came of it.

        Raises:
            BaseException: what the work raised.
        """
        if self._error is not None:
            raise self._error
        return self._results[0]


def finished(steps: Steps[T]) -> T:
    """Return the result of work that is done at once."""
    work = UnderWay(steps)
    work.finish()
    return work.result()


async def in_turns(work: UnderWay[T]) -> T:
    """Return the result of work that is done a little in each turn of the event loop.

    Raises:
        BaseException: what the work raised.
    """
    while work.step(TURN_SECS):
        if (aside := work.aside) is not None:
            await asyncio.to_thread(aside)
        else:
            await asyncio.sleep(PAUSE_SECS)
    return work.result()


def some_of(things: Iterable[U], most: int = SOME) -> Iterator[list[U]]:
    """Yield ``things`` in lists of up to ``most``."""
    rest = iter(things)
    while some := list(islice(rest, most)):
        yield some
