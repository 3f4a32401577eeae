"""A network without a way out, in which every address in the world answers and is noted.

    with closed_net(web) as net: ...   # in a test
    unshare -rn python -m support.closed_net JOB   # what it runs

Two network namespaces with a cable between them: the crawl's, with listeners on all of its own
addresses, and the world's, where every other address is local. So a connection to whatever address is
accepted, and noted with the address that it was made to. Needs `unshare` (util-linux) and `ip`
(iproute2).
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from support.names import OTHER_4, OWN, PUBLIC_4, PUBLIC_6

ROOT = Path(__file__).parent.parent
PORTS = (20, 22, 23, 25, 80, 110, 143, 443, 445, 3306, 5432, 5900, 6379, 8000, 8080, 8081, 8443, 9200,
         11211, 27017)  # fmt: skip
UDP_PORTS = (53, 80, 443, 3478, 8443)
OPEN_PORTS = frozenset({80, 443, 8080, 8443})
FAR = "151.101.1.2"
OWN_6, FAR_6 = "2a04:4e42::1", "2a04:4e42::2"
PUBLIC = frozenset({PUBLIC_4, OTHER_4, PUBLIC_6})

CABLE = f"""
ip link set lo up
ip link add near type veth peer name far netns {{world}}
ip addr add {OWN}/24 dev near
ip -6 addr add {OWN_6}/64 dev near nodad
ip link set near up
nsenter -t {{world}} -n ip link set lo up
nsenter -t {{world}} -n ip addr add {FAR}/24 dev far
nsenter -t {{world}} -n ip -6 addr add {FAR_6}/64 dev far nodad
nsenter -t {{world}} -n ip link set far up
nsenter -t {{world}} -n ip route add {OWN}/32 dev far table local
nsenter -t {{world}} -n ip -6 route add {OWN_6}/128 dev far table local
nsenter -t {{world}} -n ip route add local 0.0.0.0/0 dev lo table local
nsenter -t {{world}} -n ip -6 route add local ::/0 dev lo table local
ip route add default via {FAR}
ip -6 route add default via {FAR_6}
"""


@dataclass(frozen=True)
class Crawled:
    """What came of a crawl in the closed network."""

    code: int
    err: str
    reached: dict[str, int]
    """``address port`` to connections, but for the public addresses at ports that are open; and
    ``udp port`` to datagrams, whatever their address."""
    spoken_to: list[str]
    """Which of them were sent a byte."""
    requests: list[str]
    """URLs that the public addresses were asked for."""
    lookups: list[str]
    """Names that were looked up, in order."""


def crawl(web: dict, folder: Path, *arguments: object, off: str = "") -> Crawled:
    """Run ``linkcrawler`` with ``arguments`` in a closed network that serves ``web``.

    Args:
        web: URL to ``[status, {header: value}, body]``; all else is 404.
        folder: where the job's files go.
        off: layers of the guard to switch off, with commas between.
    """
    must_have_namespaces()
    folder.mkdir(parents=True, exist_ok=True)
    job = folder / "job.json"
    job.write_text(json.dumps({"web": web, "arguments": list(map(str, arguments)), "off": off}))
    done = subprocess.run(
        ["unshare", "-rn", sys.executable, "-m", "support.closed_net", str(job)],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads((folder / "found.json").read_text())
    lookups = folder / "lookups"
    return Crawled(**found, lookups=lookups.read_text().split() if lookups.exists() else [])


def must_have_namespaces() -> None:
    """Skip the test where the system allows no network namespace; a run that must not skip fails."""
    missing = [tool for tool in ("unshare", "nsenter", "ip") if shutil.which(tool) is None]
    allowed = not missing and not subprocess.run(
        ["unshare", "-rn", "ip", "link", "add", "near", "type", "veth", "peer", "name", "far"],
        capture_output=True, check=False,
    ).returncode  # fmt: skip
    if allowed:
        return
    why = f"no network namespaces here ({', '.join(missing) or 'not permitted'})"
    if os.environ.get("LINKCRAWLER_REQUIRE_BROWSER"):
        pytest.fail(f"{why}: install util-linux and iproute2")
    pytest.skip(why)


class Listeners:
    """Accepts at all ports of all addresses of its namespace, and serves the web."""

    def __init__(self, web: dict) -> None:
        self.web = web
        self.reached: dict[str, int] = {}
        self.requests: list[str] = []
        self.spoken_to: set[str] = set()

    async def open(self) -> None:
        for port in UDP_PORTS:  # of both families
            noted = partial(_Datagrams, self.reached, f"udp {port}")
            await asyncio.get_running_loop().create_datagram_endpoint(noted, ("::", port))
        for port in PORTS:
            for host in ("0.0.0.0", "::"):
                await asyncio.start_server(self._connection, host, port)

    async def _connection(self, reader, writer) -> None:
        address, port = writer.get_extra_info("sockname")[:2]
        is_web = address in PUBLIC and port in OPEN_PORTS
        if not is_web:
            key = f"{address} {port}"
            self.reached[key] = self.reached.get(key, 0) + 1
            if first := await reader.read(1):
                self.spoken_to.add(key)
            reader.feed_data(first)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                if not self._answer(head, writer, is_web=is_web):
                    break
        writer.close()

    def _answer(self, head: str, writer, *, is_web: bool) -> bool:
        """Answer a request; return whether the connection stays."""
        path = head.split(" ", 2)[1]
        host = head.lower().partition("\r\nhost: ")[2].partition("\r\n")[0]
        url = path if "://" in path else f"http://{host}{path}"
        if is_web:
            self.requests.append(url)
        status, headers, body = self.web.get(url, [404, {}, ""])
        data = body.encode()
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(data)}"]
        lines += [
            f"{name}: {value}" for name, value in ({"Content-Type": "text/html"} | headers).items()
        ]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + data)
        return headers.get("Connection") != "close"


class _Datagrams(asyncio.DatagramProtocol):
    """Notes whatever comes."""

    def __init__(self, reached: dict[str, int], key: str) -> None:
        self.reached, self.key = reached, key

    def datagram_received(self, data: bytes, address) -> None:
        self.reached[self.key] = self.reached.get(self.key, 0) + 1


async def world(web: dict) -> None:
    """Serve until standard input ends, then print what was noted."""
    listeners = Listeners(web)
    await listeners.open()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(json.dumps([listeners.reached, [*listeners.spoken_to], listeners.requests]), flush=True)
    os._exit(0)


async def run(job: Path) -> None:
    """Lay the cable, crawl, and write down what was reached."""
    asked = json.loads(job.read_text())
    far = subprocess.Popen(
        ["unshare", "-n", sys.executable, "-m", "support.closed_net", str(job), "world"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert far.stdout.readline() == "ready\n"
    for line in CABLE.format(world=far.pid).strip().splitlines():
        subprocess.run(line.split(), check=True)
    near = Listeners({})
    await near.open()
    crawler = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "support.names", *asked["arguments"],
        env=os.environ | {"GUARD_OFF": asked["off"], "GUARD_LOOKUPS": str(job.parent / "lookups")},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    _, err = await crawler.communicate()
    said, _ = far.communicate(timeout=30)
    reached, spoken_to, requests = json.loads(said)
    found = {"code": crawler.returncode, "err": err.decode(), "reached": dict(Counter(near.reached) + Counter(reached)),
             "spoken_to": [*near.spoken_to, *spoken_to], "requests": requests}  # fmt: skip
    (job.parent / "found.json").write_text(json.dumps(found))


if __name__ == "__main__":
    if sys.argv[2:] == ["world"]:
        asyncio.run(world(json.loads(Path(sys.argv[1]).read_text())["web"]))
    else:
        asyncio.run(run(Path(sys.argv[1])))
