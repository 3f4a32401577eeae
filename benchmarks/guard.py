"""What the guard costs: CPU seconds of an ordinary crawl with it, and with its layers switched off.

    python -m benchmarks.guard --work FOLDER [--rounds 5]

The web is served on loopback by a process of its own, without a proxy: every name is answered with
the loopback address, by look-ups inside the crawl's process, and the address is allowed. Without the
guard the gate, the filter of look-ups and the check of connections say yes at once. In each round both
crawl at once, so that what else the machine does falls on both alike. Ends with 1 where the median of the
rounds' ratios is above the bar.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from benchmarks.bigweb import DIRECT, BigWeb
from benchmarks.bigweb_shape import Shape

BAR: Final = 1.03
"""CPU with the guard, as a multiple of CPU without."""
HERE: Final = "127.0.0.1"
OFF: Final = "without"


def crawl_here(arguments: list[str], *, is_guarded: bool) -> None:
    """Run ``linkcrawler`` in this process, which looks every name up on this machine."""
    numeric = socket.getaddrinfo

    def getaddrinfo(host: Any, *more: Any, **named: Any) -> Any:
        return numeric(HERE if str(host).endswith(".example") else host, *more, **named)

    socket.getaddrinfo = getaddrinfo
    if not is_guarded:
        switch_off()
    from linkcrawler.cli import main

    sys.argv[1:] = arguments
    main()


def switch_off() -> None:
    """Let every layer say yes without a look."""
    from linkcrawler import connections, resolver
    from linkcrawler.middlewares import guard
    from linkcrawler.policies.gate import Gate

    def yes(*_: Any, **__: Any) -> None:
        return None

    for owner, name in (
        (Gate, "reject_reason"),
        (guard.GuardMiddleware, "process_request"),
        (resolver._Filter, "_reason"),
        (connections.Peers, "reject_reason"),
    ):
        setattr(owner, name, yes)


def started(web: BigWeb, folder: Path, *, is_guarded: bool) -> subprocess.Popen[bytes]:
    """Start a crawl of the whole web in a process of its own."""
    shutil.rmtree(folder, ignore_errors=True)
    command = [
        sys.executable, "-m", "benchmarks.guard", "--child", "with" if is_guarded else OFF, "crawl",
        web.seed, "--allow-address", HERE, "--out", str(folder), "--delay", "0", "--hops", "0",
        "--max-pages", "0", "--max-pages-per-domain", "0", "--quiet",
        "-s", f"LINKCRAWLER_GUARD_PORTS={web.port}",
        "-s", "LINKCRAWLER_MANNERS_ADDRESS_DELAY_SECS=0",
    ]  # fmt: skip
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def cpu_of(process: subprocess.Popen[bytes]) -> float:
    """Wait for a crawl and return its CPU seconds."""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"a crawl ended with {process.returncode}")
    return used.ru_utime + used.ru_stime


def main() -> int:
    """Run the rounds; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--hosts", type=int, default=60)
    parser.add_argument("--pages", type=int, default=30)
    options = parser.parse_args()
    shape = Shape(hosts=options.hosts, pages=options.pages, links=30, bytes=8000, port=DIRECT)
    ratios = []
    print("round   with, s  without, s  ratio")
    with BigWeb(shape) as web:
        for n in range(options.rounds):
            both = {
                is_guarded: started(
                    web, options.work / f"crawl-{is_guarded}", is_guarded=is_guarded
                )
                for is_guarded in (n % 2 == 0, n % 2 == 1)
            }
            cpu = {is_guarded: cpu_of(process) for is_guarded, process in both.items()}
            ratios.append(cpu[True] / cpu[False])
            print(f"{n + 1:5} {cpu[True]:9.2f} {cpu[False]:11.2f} {ratios[-1]:6.3f}", flush=True)
        requests = web.counts()["requests"] // (2 * options.rounds)
    median = statistics.median(ratios)
    print(f"median ratio {median:.3f} (bar {BAR}), {requests} requests a crawl")
    return int(median > BAR)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        os.environ.pop("http_proxy", None)
        crawl_here(sys.argv[3:], is_guarded=sys.argv[2] != OFF)
    else:
        sys.exit(main())
