"""On the path of a command under test: every name below ``.example`` is at an address of ours.

``TEST_ADDRESSES`` names them, with commas between; a name always gets the same one. Other names are
left to the system.
"""

import os
import socket
import zlib

ADDRESSES = os.environ.get("TEST_ADDRESSES", "").split(",")
_ask = socket.getaddrinfo


def getaddrinfo(host, port, *arguments, **named):
    name = host.decode() if isinstance(host, bytes) else host
    if isinstance(name, str) and name.endswith(".example"):
        host = ADDRESSES[zlib.crc32(name.encode()) % len(ADDRESSES)]
    return _ask(host, port, *arguments, **named)


if ADDRESSES != [""]:
    socket.getaddrinfo = getaddrinfo
