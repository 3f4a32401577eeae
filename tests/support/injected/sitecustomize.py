"""On the path of a command under test: every name below ``.example`` is at one address, or several.

``TEST_ADDRESSES`` names them, with commas between; other names are left to the system.
"""

import os
import socket

ADDRESSES = os.environ.get("TEST_ADDRESSES", "").split(",")
_ask = socket.getaddrinfo


def getaddrinfo(host, port, *arguments, **named):
    name = host.decode() if isinstance(host, bytes) else host
    if not (isinstance(name, str) and name.endswith(".example")):
        return _ask(host, port, *arguments, **named)
    return [found for address in ADDRESSES for found in _ask(address, port, *arguments, **named)]


if ADDRESSES != [""]:
    socket.getaddrinfo = getaddrinfo
