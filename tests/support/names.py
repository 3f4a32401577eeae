"""``python -m support.names ARGUMENTS``: linkcrawler, whose look-ups of names are answered here.

Layers of the guard that ``GUARD_OFF`` names are switched off, and every look-up is noted in the file
that ``GUARD_LOOKUPS`` names.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
import threading
from collections import Counter
from pathlib import Path

PUBLIC_4, OTHER_4 = "93.184.215.14", "93.184.215.15"
PUBLIC_6 = "2606:2800:21f:cb07:6820:80da:af6b:8b2c"
OWN = "151.101.1.1"
"""The crawl's own address, in the network of `support.closed_net`."""

_numeric = socket.getaddrinfo
_times: Counter[str] = Counter()
_lock = threading.Lock()


def answers(name: str, time: int) -> list[str]:
    """The addresses of a name when it is asked for the ``time``-th time, the first being 0."""
    label, _, rest = name.partition(".")
    kind, _, written = label.partition("-")
    if rest == "names.example":
        inside = written.replace("x", ":") if "x" in written else written.replace("-", ".")
        return [inside] if kind == "only" else [PUBLIC_4, inside]
    inside = ("127.0.0.1", "10.0.0.1", "169.254.169.254")[time % 3]
    rebinding = {
        "flip": [inside] if time % 2 else [PUBLIC_4],
        "late": [PUBLIC_4] if time < 2 else [inside],
        "mixed": [PUBLIC_4, inside] if time % 2 else [PUBLIC_4],
        "first": [inside, PUBLIC_4] if time % 2 else [OTHER_4, PUBLIC_4],
        "aaaa": [PUBLIC_4, "fd00:ec2::254"] if time % 2 else [PUBLIC_4],
        "mapped": ["::ffff:10.0.0.1"] if time % 2 else [PUBLIC_4],
    }
    if kind in rebinding:
        return rebinding[kind]
    if name == "own.example":
        return [OWN]
    if name.endswith(".example"):
        return [PUBLIC_4]
    return ["10.0.0.1"]


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    """Answer as the system would, without asking anybody."""
    name = host.decode() if isinstance(host, bytes) else host
    try:
        return _numeric(name, port, family, type, proto, flags | socket.AI_NUMERICHOST)
    except socket.gaierror:
        pass
    with _lock:
        time = _times[name]
        _times[name] += 1
        with Path(os.environ["GUARD_LOOKUPS"]).open("a") as log:
            log.write(f"{name}\n")
    found = []
    for address in answers(name.lower().rstrip("."), time):
        is_6 = ipaddress.ip_address(address).version == 6
        place = (address, port, 0, 0) if is_6 else (address, port)
        kind = socket.AF_INET6 if is_6 else socket.AF_INET
        if family in (0, kind):
            found.append((kind, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", place))
    return found


def switch_off(layer: str) -> None:
    """Take one layer of the guard away."""
    from linkcrawler import connections, resolver
    from linkcrawler.middlewares import guard
    from linkcrawler.policies.gate import Gate

    if layer == "gate":
        Gate.reject_reason = lambda self, url: None
        guard.reject_reason = lambda gate, url: None
    elif layer == "resolver":
        resolver._Filter._reason = lambda self: None
    elif layer == "browser":
        from linkcrawler.rendering import browsers, pool

        browsers.FLAGS = tuple(
            flag for flag in browsers.FLAGS
            if not flag.startswith(("--proxy", "--host-resolver", "--disable-quic"))
            and "webrtc" not in flag
        )  # fmt: skip
        flags = browsers.browser_flags
        browsers_own = lambda port, sandbox: tuple(  # noqa: E731
            flag for flag in flags(port, sandbox=sandbox) if not flag.startswith("--proxy-server")
        )
        browsers.browser_flags = browsers_own
        sys.modules.pop("linkcrawler.rendering.provider", None)
        pool.RenderPool._context = lambda self, port: {
            "playwright_context": f"page-{next(self._names)}",
            "playwright_context_kwargs": self.settings,
        }
    elif layer == "connection":
        connections.Peers.reject_reason = lambda self, address: None


if __name__ == "__main__":
    socket.getaddrinfo = getaddrinfo
    for named in filter(None, os.environ.get("GUARD_OFF", "").split(",")):
        switch_off(named)
    from linkcrawler.cli import main

    sys.exit(main())
