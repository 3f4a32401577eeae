"""A file of rules in, which entity a URL belongs to out.

The file is TOML::

    platforms = ["github.com", "medium.com"]   # each first segment of the path is an entity

    [entities]
    bbc = ["bbc.co.uk", "bbc.com", "https://www.facebook.com/bbc"]

A prefix is a host, with all hosts under it, and may have a path, with all that is below it. The longest
prefix that fits wins; what none fits is the entity of its domain.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from linkcrawler.entries import text_in
from linkcrawler.exceptions import UsageError
from linkcrawler.extraction.text import clean_text
from linkcrawler.urls.canonical import canonicalize, host_of
from linkcrawler.urls.domains import registered_domain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_PATH: Final = re.compile(r"^https?://[^/?#]*([^?#]*)")


@dataclass(frozen=True, slots=True)
class Entities:
    """Rules of a file.

    Args:
        prefixes: pairs of host and path without the slash at its end, to the entity's name.
        platforms: hosts whose first path segments are entities.
    """

    prefixes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    platforms: frozenset[str] = frozenset()
    _deepest: int = field(init=False, repr=False, compare=False)
    """Segments of a path at which rules look, at the most."""

    def __post_init__(self) -> None:
        deepest = max((path.count("/") for _, path in self.prefixes), default=0)
        object.__setattr__(self, "_deepest", max(deepest, 1))  # a platform's entity is the first

    @property
    def domains(self) -> frozenset[str]:
        """The registered domains, and suffixes of such, that a rule speaks of."""
        hosts = {host for host, _ in self.prefixes} | self.platforms
        return frozenset(registered_domain(host) for host in hosts)

    def of(self, url: str) -> str:
        """Return the entity of a canonical URL.

        >>> rules = entities_of({"entities": {"bbc": ["bbc.co.uk", "fb.com/bbc"]}, "platforms": ["git.io"]})
        >>> rules.of("https://news.bbc.co.uk/1"), rules.of("http://www.fb.com/bbc/x"), rules.of("http://fb.com/bbcx")
        ('bbc', 'bbc', 'fb.com')
        >>> rules.of("https://git.io/ann/repo"), rules.of("https://git.io/")
        ('git.io/ann', 'git.io')
        """
        host = host_of(url)
        domain = registered_domain(host)
        paths = _paths(url, self._deepest)
        for name in _upwards(host):
            for path in paths:
                if (name, path) in self.prefixes:
                    return self.prefixes[name, path]
            if name in self.platforms and len(paths) > 1 and len(name) >= len(domain):
                return f"{name}{paths[-2]}"
        return domain

    def is_tenant(self, name: str) -> bool:
        """Return whether the entity of this name is a path of a platform.

        >>> rules = entities_of({"platforms": ["git.io"]})
        >>> rules.is_tenant("git.io/ann"), rules.is_tenant("git.io"), rules.is_tenant("a.io/ann")
        (True, False, False)
        """
        host, slash, _ = name.partition("/")
        return bool(slash) and host in self.platforms

    def to_json(self) -> dict[str, Any]:
        """Return the rules in the shape of their file."""
        named: dict[str, list[str]] = {}
        for (host, path), name in sorted(self.prefixes.items()):
            named.setdefault(name, []).append(host + path)
        return {"entities": named, "platforms": sorted(self.platforms)}


def _paths(url: str, deepest: int) -> list[str]:
    """Return the path and all above it, longest first, each without the slash at its end.

    Those of more than ``deepest`` segments are left out: a URL may have thousands.
    """
    parts = _segments(url)[:deepest]
    return ["".join(f"/{part}" for part in parts[:count]) for count in range(len(parts), -1, -1)]


def _segments(url: str) -> list[str]:
    found = _PATH.match(url)
    return [part for part in (found[1] if found else "").split("/") if part]


def _upwards(host: str) -> list[str]:
    """Return the host and all that it is under, longest first."""
    labels = host.split(".")
    return [".".join(labels[first:]) for first in range(len(labels))]


def read_entities(path: Path) -> Entities:
    """Return the rules of a file.

    Raises:
        UsageError: it cannot be read, or is not what the module's docstring says.
    """
    try:
        raw = tomllib.loads(text_in(path, "cannot read"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is no TOML: {error}") from error
    try:
        return entities_of(raw)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None


def entities_of(raw: Mapping[str, Any]) -> Entities:
    """Return the rules that the content of a file says; raise UsageError where it is none."""
    unknown = set(raw) - {"entities", "platforms"}
    if unknown:
        raise UsageError(f"{min(unknown)!r} is unknown; a file has `platforms` and `[entities]`")
    named, platforms = raw.get("entities", {}), raw.get("platforms", [])
    if not isinstance(named, dict) or not _are_texts(platforms):
        raise UsageError("`platforms` is a list of hosts, `[entities]` a table of lists")
    prefixes: dict[tuple[str, str], str] = {}
    for written, given in named.items():
        name = clean_text(written)
        if not name:
            raise UsageError(f"entity {written!r} has no name")
        if not _are_texts(given):
            raise UsageError(f"entity {name!r} is no list of prefixes")
        for prefix in map(_prefix, given):
            if prefixes.setdefault(prefix, name) != name:
                raise UsageError(f"{''.join(prefix)} is in two entities")
    return Entities(prefixes, frozenset(_prefix(platform)[0] for platform in platforms))


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _prefix(text: str) -> tuple[str, str]:
    """Return host and path of a prefix as written."""
    url = canonicalize(text if "://" in text else f"https://{text}")
    if url is None:
        raise UsageError(f"{text!r} is no host and no URL")
    host = host_of(url)
    bare = host if registered_domain(host) == host else host.removeprefix("www.")
    return bare, "".join(f"/{part}" for part in _segments(url))


def names_of(entities: Entities, keys: Sequence[str]) -> list[str]:
    """Return the node of each key: URLs of domains that the rules speak of, else domains."""
    return [entities.of(key) if "://" in key else key for key in keys]
