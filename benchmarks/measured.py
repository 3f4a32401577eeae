"""A function in, what it took in a process of its own out: time on the wall, of the processors, memory."""

from __future__ import annotations

import importlib
import multiprocessing
import resource
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Taken:
    """What a function took: seconds, seconds of all its threads, MiB at its peak; what it returned."""

    wall: float
    cpu: float
    peak: float
    result: Any

    def told(self) -> str:
        """Return it as cells of a table."""
        return f"{self.wall:8.1f} s {self.cpu:8.1f} s {self.peak:7.0f} MiB"


def measured(function: Callable[..., Any], *arguments: Any, imports: tuple[str, ...] = ()) -> Taken:
    """Run ``function`` in a new process and return what it took; raise where it fails.

    Args:
        function: of a module, so that the process can import it.
        arguments: its arguments.
        imports: modules that are loaded before the clock starts.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(theirs, function, arguments, imports))
    process.start()
    theirs.close()
    try:
        taken = ours.recv()
    except EOFError:
        process.join()
        raise SystemExit(f"{function.__name__} ended with {process.exitcode}") from None
    process.join()
    if isinstance(taken, Exception):
        raise taken
    return taken


def _run(
    answer: Any, function: Callable[..., Any], arguments: tuple[Any, ...], imports: tuple[str, ...]
) -> None:
    for module in imports:
        importlib.import_module(module)
    start, cpu = time.perf_counter(), time.process_time()
    try:
        result = function(*arguments)
    except Exception as error:
        answer.send(error)
        return
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answer.send(Taken(wall, cpu, peak, result))
