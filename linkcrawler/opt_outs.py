"""Domains that asked to be left alone, as a person names them in, canonical hosts out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkcrawler.entries import file_named, host_in, text_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


def read_domains(name: str, written: Iterable[str]) -> list[str]:
    """Return canonical hosts, each once, in order.

    Args:
        name: what the argument is called, for its errors.
        written: domains, URLs of which the host counts, or ``@file`` with one a line (blank lines
            and ``#`` comments are passed over).

    Raises:
        UsageError: a file cannot be read, or an entry is no domain.

    >>> read_domains("opt_out", ["Shop.example", "https://bücher.example/about"])
    ['shop.example', 'xn--bcher-kva.example']
    """
    found: dict[str, None] = {}
    for entry in written:
        lines = _lines(name, file_named(entry, name)) if entry.startswith("@") else [(entry, "")]
        for text, where in lines:
            found[host_in(text, name, where)] = None
    return list(found)


def _lines(name: str, path: Path) -> Iterator[tuple[str, str]]:
    """Yield each entry of a file, and where it stands."""
    text = text_in(path, f"{name}: cannot read")
    for number, line in enumerate(text.splitlines(), 1):
        entry = line.partition("#")[0].strip()
        if entry:
            yield entry, f" ({path}, line {number})"
