"""URLs that lead to where the crawl must not go, in every spelling that has led a fetcher there."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

PUBLIC = "public.example"
INSIDE = (
    "127.0.0.1", "127.8.9.10", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254",
    "100.100.100.200", "168.63.129.16", "192.0.0.192", "198.18.0.1", "0.0.0.0", "203.0.113.9",
)  # fmt: skip
"""Addresses of a machine, its network and its cloud's metadata; one of each denied network and more."""
INSIDE_6 = (
    "::1", "::", "fd00:ec2::254", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "64:ff9b:1::1",
    "100::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:10::1", "2001:db8::1", "3fff::1",
    "5f00::1", "200::1",
)  # fmt: skip
PORTS = (20, 22, 23, 25, 110, 143, 445, 3306, 5432, 5900, 6379, 8000, 8081, 9200, 11211, 27017)
LOCAL_NAMES = (
    "localhost", "LOCALHOST", "localhost.", "a.localhost", "localhost.localdomain", "localhost6",
    "printer", "ai", "nas.local", "nas.local.", "metadata.google.internal", "metadata", "a.onion",
    "router.home.arpa", "wiki.intranet", "router.lan", "git.corp", "tv.home", "db.private", "a.test",
    "mail.mail", "loc%61lhost", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "nas。local", "".join(chr(0xFEE0 + ord(char)) for char in "localhost"),
)  # fmt: skip


def hosts_4(address: str) -> list[str]:
    """Spellings of one IPv4 address that a URL parser reads as it."""
    number = int(IPv4Address(address))
    a, b, c, d = number.to_bytes(4)
    full, bold = ({48 + n: first + n for n in range(10)} for first in (0xFF10, 0x1D7CE))
    circled = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
    return [
        address,
        f"{number}",
        f"{number:#x}",
        f"{number:#X}",
        f"0{number:o}",
        f"0x{a:02x}.0x{b:02x}.0x{c:02x}.0x{d:02x}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"{a}.{number & 0xFFFFFF}",
        f"{a}.{b}.{number & 0xFFFF}",
        f"{a:#x}.{b}.0{number & 0xFFFF:o}",
        f"00{a:o}.0000{b:o}.{c}.{d}",
        f"0x0000{a:x}.{b}.{c}.{d}",
        f"{address}.",
        f"{number:#x}.",
        f"{address}..",
        address.translate(full),
        address.translate(circled),
        address.translate(bold),
        address.replace(".", "。"),
        address.replace(".", "．"),  # noqa: RUF001
        address.replace(".", "｡"),
        "".join(f"%{ord(char):02x}" for char in address),
        f"%{ord(address[0]):02X}{address[1:]}",
        address[0] + "\u00ad" + address[1:],
    ]


def hosts_6(address: str) -> list[str]:
    """Spellings of the IPv6 addresses that an IPv4 address is carried in."""
    number = int(IPv4Address(address))
    low, high = f"{number >> 16:x}:{number & 0xFFFF:x}", f"{number >> 16:04X}:{number & 0xFFFF:04X}"
    return [
        f"[::ffff:{address}]",
        f"[::ffff:{low}]",
        f"[0:0:0:0:0:FFFF:{high}]",
        f"[::{address}]",
        f"[::{low}]",
        f"[::ffff:0:{address}]",
        f"[64:ff9b::{address}]",
        f"[64:ff9b::{low}]",
        f"[2002:{low}::]",
        f"[2002:{low}::1]",
        f"[fe80::5efe:{address}]",
        f"[2a00:1450::5efe:{address}]",
        f"[2a00:1450::200:5efe:{address}]",
    ]


def tricks(address: str) -> list[str]:
    """URLs whose parts are laid out so that readers disagree on where the host is."""
    return [
        f"http://{PUBLIC}@{address}/",
        f"http://{PUBLIC}:80@{address}/",
        f"http://user:secret@{address}/",
        f"http://{address}@{PUBLIC}/",
        f"http://{PUBLIC}%40{address}/",
        f"http://@{address}/",
        f"http://:@{address}/",
        f"http:\\\\{address}\\",
        f"http:/{address}/",
        f"http:{address}/",
        f"http:///{address}/",
        f"//{address}/",
        f"\\\\{address}/",
        f"HTTP://{address}/",
        f"  http://{address}/",
        f"\thttp://{address}/",
        f"ht\ntp://{address[:2]}\n{address[2:]}/",
        f"http://{address[:2]}\t{address[2:]}/",
        f"http://{address}\\@{PUBLIC}/",
        f"http://{address}#@{PUBLIC}/",
        f"http://{address}?@{PUBLIC}/",
        f"http://{address}:80/",
        f"http://{address}:00080/",
        f"http://{address}:8080/",
        f"http://{address}:22/",
        f"https://{address}/",
        f"https://{address}:8443/",
    ]


def name_of(address: str, kind: str = "only") -> str:
    """A name that the tests' look-ups answer with ``address``; ``both``: and with a public one."""
    return f"{kind}-{address.replace('.', '-').replace(':', 'x')}.names.example"


def corpus(mark: str = "") -> list[str]:
    """All of them, each once, with ``mark`` at the end of their paths."""
    found = [
        f"http://{host}/"
        for address in INSIDE[:8]
        for host in (*hosts_4(address), *hosts_6(address))
    ]
    found += [url for address in INSIDE[:6] for url in tricks(address)]
    found += [f"http://{address}/" for address in INSIDE[8:]]
    found += [f"http://[{address}]/" for address in INSIDE_6]
    found += [f"http://[{IPv6Address(address).exploded.upper()}]:8080/" for address in INSIDE_6]
    found += [f"http://[{address}%25eth0]/" for address in INSIDE_6[:5]]
    found += [f"http://[{address}%eth0]/" for address in INSIDE_6[:5]]
    for kind in ("only", "both"):
        found += [f"http://{name_of(address, kind)}/" for address in (*INSIDE, *INSIDE_6)]
    found += [f"http://{name}/" for name in LOCAL_NAMES]
    found += [f"http://{PUBLIC}:{port}/" for port in PORTS]
    found += ["http://own.example/"]
    return [url + mark for url in dict.fromkeys(found)]
