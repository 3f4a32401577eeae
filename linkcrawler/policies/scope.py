"""A URL in, the rule by which the crawl does not fetch it (or None) out.

These rules depend on the URL alone. Limits that depend on the way to a URL (hops, depth) are
applied when the frontier hands URLs out, so that a shorter way lets a URL back in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from linkcrawler.exceptions import UsageError
from linkcrawler.policies.decisions import OUT, decision_on
from linkcrawler.policies.gate import Gate
from linkcrawler.urls.canonical import host_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DECIDED_OUT: Final = "out"
"""The rule behind a decision that a domain is out."""


@dataclass(frozen=True)
class Scope:
    """Which URLs may be fetched at all.

    Args:
        include: patterns of which one must be found in a URL; none means every URL.
        exclude: patterns of which none may be found in a URL.
        gate: the guard's rules on URLs.
        max_length: longest URL fetched, in characters; 0 means no limit.
        nofollow: links that ask not to be followed lead on all the same.
        decisions: what was decided on hosts, see `linkcrawler.policies.decisions`.

    Patterns are regular expressions, searched anywhere in the canonical URL.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    gate: Gate = field(default_factory=Gate)
    max_length: int = 2083
    nofollow: bool = False
    decisions: Mapping[str, str] = field(default_factory=dict)

    def reject_reason(self, url: str) -> str | None:
        """Return the rule that refuses ``url``, or None.

        >>> scope = Scope(exclude=(r"[.]pdf$",))
        >>> scope.reject_reason("http://example.com/a.pdf"), scope.reject_reason("http://10.0.0.1/")
        ('exclude', 'address')
        """
        if self.max_length and len(url) > self.max_length:
            return "url_length"
        refused = self.gate.reject_reason(url)
        if refused is not None:
            return refused
        if self.decisions and decision_on(host_of(url), self.decisions) == OUT:
            return DECIDED_OUT
        if self.include and not any(pattern.search(url) for pattern in self._include):
            return "include"
        if self.exclude and any(pattern.search(url) for pattern in self._exclude):
            return "exclude"
        return None

    @cached_property
    def _include(self) -> list[re.Pattern[str]]:
        return [re.compile(pattern) for pattern in self.include]

    @cached_property
    def _exclude(self) -> list[re.Pattern[str]]:
        return [re.compile(pattern) for pattern in self.exclude]

    def fingerprint(self) -> str:
        """Return a text that changes when a verdict could."""
        found = (self.include, self.exclude, self.gate.fingerprint(), self.max_length)
        out = sorted(host for host, decision in self.decisions.items() if decision == OUT)
        rest = sorted(self.decisions.keys() - set(out)) if out else []
        return repr((*found, out, rest) if out else found)


def checked_patterns(name: str, patterns: Sequence[str]) -> tuple[str, ...]:
    """Return ``patterns`` as they are, once each is known to be a regular expression.

    Raises:
        UsageError: one is not; the message names the argument and the fault.
    """
    for pattern in patterns:
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError) as error:
            message = f"{name}: {pattern[:200]!r} is no regular expression ({error})"
            raise UsageError(message) from None
    return tuple(patterns)
