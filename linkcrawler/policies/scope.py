"""A URL in, the rule by which the crawl does not fetch it (or None) out.

These rules depend on the URL alone. Limits that depend on the way to a URL (hops, depth) are
applied when the frontier hands URLs out, so that a shorter way lets a URL back in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from linkcrawler.exceptions import UsageError
from linkcrawler.policies.addresses import denied_address, is_address
from linkcrawler.urls.canonical import has_credentials, host_of

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Scope:
    """Which URLs may be fetched at all.

    Args:
        include: patterns of which one must be found in a URL; none means every URL.
        exclude: patterns of which none may be found in a URL.
        allowed_addresses: private addresses that may be fetched all the same, canonical spelling.
        through_proxy: an explicit proxy carries the traffic, so addresses are its concern.
        max_length: longest URL fetched, in characters; 0 means no limit.
        nofollow: links that ask not to be followed lead on all the same.

    Patterns are regular expressions, searched anywhere in the canonical URL.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    allowed_addresses: frozenset[str] = frozenset()
    through_proxy: bool = False
    max_length: int = 2083
    nofollow: bool = False

    def reject_reason(self, url: str) -> str | None:
        """Return the rule that refuses ``url``, or None.

        >>> scope = Scope(exclude=(r"[.]pdf$",))
        >>> scope.reject_reason("http://example.com/a.pdf"), scope.reject_reason("http://10.0.0.1/")
        ('exclude', 'address')
        """
        if self.max_length and len(url) > self.max_length:
            return "url_length"
        if has_credentials(url):
            return "credentials"
        host = host_of(url)
        if not host or (is_address(host) and not self._may_connect(host)):
            return "address"
        if self.include and not any(pattern.search(url) for pattern in self._include):
            return "include"
        if self.exclude and any(pattern.search(url) for pattern in self._exclude):
            return "exclude"
        return None

    def _may_connect(self, host: str) -> bool:
        bare = host.strip("[]")
        return self.through_proxy or bare in self.allowed_addresses or denied_address(bare) is None

    @cached_property
    def _include(self) -> list[re.Pattern[str]]:
        return [re.compile(pattern) for pattern in self.include]

    @cached_property
    def _exclude(self) -> list[re.Pattern[str]]:
        return [re.compile(pattern) for pattern in self.exclude]

    def fingerprint(self) -> str:
        """Return a text that changes when a verdict could."""
        return repr((self.include, self.exclude, sorted(self.allowed_addresses), self.through_proxy,
                     self.max_length))  # fmt: skip


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
