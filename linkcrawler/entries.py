"""What a person has written in: the text of a file, and the host that an entry names."""

from __future__ import annotations

from pathlib import Path

from linkcrawler.exceptions import UsageError
from linkcrawler.plain import one_line
from linkcrawler.urls.canonical import canonicalize, host_of


def file_named(entry: str, name: str, error: type[UsageError] = UsageError) -> Path:
    """Return the file that ``@file`` names.

    Args:
        entry: what was written.
        name: what the argument is called, for the error.
        error: the error to raise where it names none.

    Raises:
        UsageError: there is nothing behind the ``@``.
    """
    if not entry[1:].strip():
        raise error(f"{name}: '@' names no file; write its name right behind it, as in @list.txt")
    return Path(entry[1:])


def text_in(path: Path, failed: str, error: type[UsageError] = UsageError) -> str:
    """Return the text of a file, UTF-8 with or without a byte order mark.

    Args:
        path: the file.
        failed: begins the message where it cannot be read; the file's name and the reason follow.
        error: the error to raise then.

    Raises:
        UsageError: it cannot be read, or is no text.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise error(f"{failed} {path}: it is not UTF-8 text") from None
    except (OSError, ValueError) as cause:
        reason = getattr(cause, "strerror", None) or cause
        raise error(f"{failed} {path}: {reason}") from None


def host_in(entry: str, name: str, where: str = "") -> str:
    """Return the canonical host of a domain, or of a URL.

    Args:
        entry: what was written.
        name: what the argument is called, for the error.
        where: where it stands, likewise.

    Raises:
        UsageError: it names none.

    >>> host_in("Shop.example", "opt_out"), host_in("https://bücher.example/about", "opt_out")
    ('shop.example', 'xn--bcher-kva.example')
    """
    url = canonicalize(entry if "://" in entry else f"http://{entry}")
    host = host_of(url) if url else ""
    # With an empty label (.shop.example) it would be a host that no other belongs to.
    if "" in host.split(".") or "*" in host or entry.split() != [entry]:
        raise UsageError(f"{name}: expected a domain, got {one_line(entry, 80)!r}{where}")
    return host
