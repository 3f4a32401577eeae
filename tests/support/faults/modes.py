"""What may happen at an event: nothing, a death, an error, or a power cut."""

from __future__ import annotations

import errno
import json
import os
import signal
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from support.faults.events import GROWING, REAL, Event, Watch
from support.faults.power import DurableTree

MODES = ("kill before", "kill after", "ENOSPC", "EIO", "power cut", "power cut, names")


@dataclass
class Counting(Watch):
    """Lists the events."""

    events: list[Event] = field(default_factory=list)

    def before(self, event: Event) -> None:
        self.events.append(event)


@dataclass
class Fault(Watch):
    """Something that happens at the event number ``at``; the event is told to ``tell`` first."""

    at: int = 0
    tell: int = -1
    """A file descriptor that a line of JSON goes to."""

    def told(self, event: Event) -> None:
        line = json.dumps({"event": asdict(event), "time": time.monotonic()}) + "\n"
        REAL["write"](self.tell, line.encode())


@dataclass
class Killing(Fault):
    """The process dies before or after the step."""

    after_it: bool = False

    def before(self, event: Event) -> None:
        if event.number == self.at and not self.after_it:
            self.die(event)

    def after(self, event: Event) -> None:
        if event.number == self.at and self.after_it:
            self.die(event)

    def die(self, event: Event) -> None:
        self.told(event)
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Failing(Fault):
    """The step fails; a full disk goes on failing, a bad sector is not met again."""

    number_of_error: int = errno.EIO
    failed: str = ""
    """What could not be synced: what it held may be gone, whatever a second fsync says."""

    def before(self, event: Event) -> None:
        if event.number == self.at:
            self.told(event)
        if event.path == self.failed and event.operation == "fsync":
            REAL["write"](self.tell, json.dumps({"retried": event.path}).encode() + b"\n")

    def error(self, event: Event) -> int:
        if event.number == self.at:
            if event.operation == "fsync" and event.by == "python":
                self.failed = event.path
            return self.number_of_error
        lasts = self.number_of_error == errno.ENOSPC and event.number > self.at
        return self.number_of_error if lasts and event.operation in GROWING else 0


@dataclass
class Cutting(Fault):
    """The power goes before the step; what is left of the folder is written to ``image``."""

    image: Path = Path()
    names_kept: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.tree = DurableTree(self._inside.rstrip(os.sep), self.sees)

    def before(self, event: Event) -> None:
        if event.number == self.at:
            self.told(event)
            tree = self.tree
            (tree.write_names_only if self.names_kept else tree.write_certain)(self.image)
            os.kill(os.getpid(), signal.SIGKILL)

    def after(self, event: Event) -> None:
        if event.operation in ("create", "mkdir"):
            self.tree.made(event.path, is_folder=event.operation == "mkdir")
        elif event.operation == "fsync":
            self.tree.synced(event.path.rstrip(os.sep))

    def folder_synced(self, folder: str) -> None:
        self.tree.synced(folder)


def fault(mode: str, folder: Path, at: int, tell: int, image: Path) -> Fault:
    """Return what ``mode`` lets happen at the event ``at``."""
    if mode.startswith("kill"):
        return Killing(folder, at=at, tell=tell, after_it=mode == "kill after")
    if mode.startswith("power"):
        return Cutting(folder, at=at, tell=tell, image=image, names_kept="names" in mode)
    return Failing(folder, at=at, tell=tell, number_of_error=getattr(errno, mode))
