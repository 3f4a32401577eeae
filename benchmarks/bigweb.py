"""The numbers of a web in, that web on a loopback port out, from a process of its own.

    python -m benchmarks.bigweb --hosts 20 --pages 150 --latency 0.02

prints the seed and the ``--proxy`` to crawl it through. From Python::

    with BigWeb(Shape(hosts=20)) as web:
        ...  # crawl web.seed through web.url
        print(web.counts(), web.log().most_at_once())

Pages come from a formula (`benchmarks.bigweb_shape`), so that a host with a million costs nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import socket
import subprocess
import sys
import urllib.request
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from benchmarks.bigweb_server import CONTROL, serve
from benchmarks.bigweb_shape import Shape

if TYPE_CHECKING:
    from types import TracebackType

    from numpy.typing import NDArray

ROOT: Final = Path(__file__).parent.parent
DIRECT: Final = -1
"""As a shape's port: the server's own, so that pages can be asked for without a proxy."""


@dataclass(frozen=True, slots=True)
class Log:
    """Every request in the order in which they came; times in seconds of `time.monotonic`."""

    hosts: NDArray[np.int32]
    """Number of the host asked, -1 for a name that is none."""
    pages: NDArray[np.int32]
    """Number of the page asked, below 0 for robots.txt and paths that are no page."""
    asked: NDArray[np.float64]
    answered: NDArray[np.float64]
    """0 where there was no answer, or its client had left."""

    @classmethod
    def read(cls, columns: bytes) -> Log:
        """Return what `RequestLog.columns` wrote."""
        n = len(columns) // 24
        return cls(
            np.frombuffer(columns, np.int32, n, 0),
            np.frombuffer(columns, np.int32, n, 4 * n),
            np.frombuffer(columns, np.float64, n, 8 * n),
            np.frombuffer(columns, np.float64, n, 16 * n),
        )

    def __len__(self) -> int:
        return len(self.hosts)

    def per_host(self) -> dict[int, int]:
        """Return how many requests each host got, robots.txt included."""
        hosts, numbers = np.unique(self.hosts, return_counts=True)
        return dict(zip(hosts.tolist(), numbers.tolist(), strict=True))

    def per_second(self) -> NDArray[np.int64]:
        """Return the requests of each second since the first one."""
        if not len(self):
            return np.zeros(0, np.int64)
        return np.bincount((self.asked - self.asked[0]).astype(np.int64))

    def least_spacing(self) -> float:
        """Return the least time between two requests to one host, inf where there were none."""
        least = float("inf")
        for times in self._by_host(self.asked):
            if len(times) > 1:
                least = min(least, float(np.diff(times).min()))
        return least

    def most_at_once(self) -> int:
        """Return the most answered requests that one host had in flight at a time.

        A web without latency answers at once, and never has two.
        """
        most = 0
        is_answered = self.answered > 0
        for asked, answered in zip(
            self._by_host(self.asked, is_answered),
            self._by_host(self.answered, is_answered),
            strict=True,
        ):
            # At equal times the answer comes first: its connection may ask again at once.
            times = np.concatenate([answered, asked])
            steps = np.repeat([-1, 1], len(asked))
            order = np.argsort(times, kind="stable")
            most = max(most, int(np.cumsum(steps[order]).max(initial=0)))
        return most

    def _by_host(
        self, values: NDArray[np.float64], where: NDArray[np.bool_] | None = None
    ) -> list[NDArray[np.float64]]:
        chosen = slice(None) if where is None else where
        hosts, values = self.hosts[chosen], values[chosen]
        order = np.argsort(hosts, kind="stable")
        edges = np.flatnonzero(np.diff(hosts[order])) + 1
        return [np.asarray(part) for part in np.split(values[order], edges)]


class BigWeb:
    """A web in a child process, served while its ``with`` block lasts.

    Args:
        shape: the web; its port may be `DIRECT`.
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.port = 0
        self._process: subprocess.Popen[str] | None = None
        self._opener = urllib.request.OpenerDirector()

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``, to be used as a proxy."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def seed(self) -> str:
        """The home page that leads to all pages."""
        return self.shape.url(0)

    def __enter__(self) -> Self:
        """Start serving."""
        options = [f"--{name}={value}" for name, value in asdict(self.shape).items()]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.bigweb", "--child", *options],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        if self.shape.port == DIRECT:
            self.shape = replace(self.shape, port=self.port)
        self._opener.add_handler(urllib.request.ProxyHandler({"http": self.url}))
        self._opener.add_handler(urllib.request.HTTPHandler())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop serving: the child ends with its stdin."""
        if self._process is not None:
            self._process.communicate(timeout=30)

    def counts(self) -> dict[str, int]:
        """Return the sums of `RequestLog.counts`."""
        found: dict[str, int] = json.loads(self._ask("/"))
        return found

    def log(self) -> Log:
        """Return every request so far."""
        return Log.read(self._ask("/log"))

    def _ask(self, path: str) -> bytes:
        with self._opener.open(f"http://{CONTROL}{path}", timeout=60) as answer:
            body: bytes = answer.read()
        return body


async def _run(shape: Shape, listener: socket.socket, *, is_child: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    if is_child:
        # Ctrl-C on a terminal reaches the child too; its parent decides when it ends.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        loop.add_reader(sys.stdin.fileno(), stop.set)
    else:
        loop.add_signal_handler(signal.SIGINT, stop.set)
        loop.add_signal_handler(signal.SIGTERM, stop.set)
    await serve(shape, listener, stop)


def main() -> int:
    """Serve until Ctrl-C; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bigweb", description=__doc__.partition("\n")[0]
    )
    for option in fields(Shape):
        parser.add_argument(
            f"--{option.name}", type=type(option.default), default=option.default,
            help=f"{option.metadata['help']} (default: {option.default})",
        )  # fmt: skip
    parser.add_argument("--listen", type=int, default=0, help="port to serve on (default: any)")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = vars(parser.parse_args())
    is_child, port = options.pop("child"), options.pop("listen")
    shape = Shape(**options)
    listener = socket.create_server(("127.0.0.1", port))
    port = listener.getsockname()[1]
    if shape.port == DIRECT:
        shape = replace(shape, port=port)
    print(port if is_child else f"{shape.url(0)} --proxy http://127.0.0.1:{port}", flush=True)
    asyncio.run(_run(shape, listener, is_child=is_child))
    return 0


if __name__ == "__main__":
    sys.exit(main())
