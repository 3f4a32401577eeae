"""What ``rel``, ``Link:`` headers, robots directives and meta refresh mean: small pure parsers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FOLLOW_CAUSES: Final = ("nofollow", "ugc", "sponsored")
"""``rel`` tokens that ask not to follow a link, in the order in which one is named as the cause."""

HYPERLINK_RELATIONS: Final = frozenset(
    {
        "amphtml", "author", "bookmark", "contents", "first", "help", "index", "last", "license",
        "me", "next", "prev", "previous", "privacy-policy", "search", "shortlink",
        "terms-of-service", "up",
    }
)  # fmt: skip
"""Relations of ``<link>`` that lead to another page; the others name resources of this one."""

_FEED: Final = re.compile(r"\b(?:rss|atom|json|xml|oembed)\b", re.IGNORECASE)
_HEADER_LINK: Final = re.compile(
    r"<([^<>]*)>((?:\s*;\s*[^\s=;,<>]*\s*(?:=\s*(?:\"(?:[^\"\\]|\\.)*\"|[^\s;,<>]*))?)*)"
)
_PARAMETER: Final = re.compile(r";\s*([^\s=;,]+)\s*(?:=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;,]*)))?")
_ROBOT: Final = re.compile(r"[a-z][a-z0-9_.-]*|\*")
_DIRECTIVE_END: Final = re.compile("[,;]")
_LIMITS: Final = ("unavailable_after", "max-")
_REFRESH: Final = re.compile(
    r"[\t\n\f\r ]*(?:[0-9][0-9.]*|\.[0-9.]*)[\t\n\f\r ]*(?:[;,][\t\n\f\r ]*|(?<=[\t\n\f\r ]))"
    r"(?:url[\t\n\f\r ]*=[\t\n\f\r ]*)?(?:\"([^\"]*)|'([^']*)|(.*))",
    re.IGNORECASE | re.DOTALL,
)


class HeaderLink(NamedTuple):
    """One link of a ``Link:`` header (RFC 8288)."""

    target: str
    rel: str
    hreflang: str
    type: str


def relation_kind(rel: str, hreflang: str, media_type: str) -> str | None:
    """Return the kind of link that a ``<link>`` or ``Link:`` is, or None for a resource.

    Alternates in another format (feeds) are of kind ``link``: they are no version of the page
    that a reader would visit.

    >>> relation_kind("canonical", "", ""), relation_kind("alternate", "de", "")
    ('canonical', 'alternate')
    >>> relation_kind("alternate", "", "application/rss+xml"), relation_kind("stylesheet", "", "")
    ('link', None)
    """
    tokens = set(rel.split())
    if "canonical" in tokens:
        return "canonical"
    if "stylesheet" in tokens:
        return None
    if "alternate" in tokens:
        return "link" if _FEED.search(media_type) and not hreflang else "alternate"
    return "link" if tokens & HYPERLINK_RELATIONS else None


def follow_cause(rel: str, page_cause: str) -> str:
    """Return why a link is not to be followed: its own ``rel`` first, then the page's.

    Search engines let commas stand between these tokens, too.

    >>> follow_cause("ugc,nofollow", ""), follow_cause("noopener", "meta")
    ('rel:nofollow', 'meta')
    """
    if rel:
        tokens = rel.lower().replace(",", " ").split()
        for token in FOLLOW_CAUSES:
            if token in tokens:
                return f"rel:{token}"
    return page_cause


def header_links(values: Iterable[str]) -> Iterator[HeaderLink]:
    """Yield the links of ``Link:`` headers; what is malformed is passed over.

    >>> list(header_links(['</a>; rel="canonical", <b>; rel=next; hreflang="de"']))
    [HeaderLink(target='/a', rel='canonical', hreflang='', type=''), \
HeaderLink(target='b', rel='next', hreflang='de', type='')]
    """
    for value in values:
        for target, tail in _HEADER_LINK.findall(value):
            given: dict[str, str] = {}
            for name, quoted, plain in _PARAMETER.findall(tail):
                given.setdefault(name.lower(), quoted or plain)
            yield HeaderLink(
                target.strip(),
                " ".join(given.get("rel", "").lower().split()),
                given.get("hreflang", ""),
                given.get("type", ""),
            )


def robots_directives(values: Iterable[str], agent: str) -> set[str]:
    """Return the directives that apply to ``agent`` among values of meta robots or X-Robots-Tag.

    A value may be meant for one crawler (``googlebot: nofollow``); ``none`` is both directives.

    >>> sorted(robots_directives(["googlebot: nofollow", "NONE"], "linkcrawler"))
    ['nofollow', 'noindex']
    """
    found: set[str] = set()
    for value in values:
        scope = ""
        for token in _DIRECTIVE_END.split(value.lower()):
            name, colon, rest = token.partition(":")
            # A date (unavailable_after, even behind its comma) or a limit (max-snippet) has a
            # colon and is no scope.
            if colon and _ROBOT.fullmatch(name.strip()) and not _is_limit(name):
                scope, directive = name.strip(), rest
            else:
                directive = token
            if scope in ("", "robots", "*", agent):
                found.update(_directives_in(directive))
    return found - {"none"} | {"noindex", "nofollow"} if "none" in found else found


def _is_limit(name: str) -> bool:
    return name.strip().startswith(_LIMITS)


def _directives_in(text: str) -> list[str]:
    name, colon, rest = text.partition(":")
    if colon and _is_limit(name):
        return rest.split()[1:]  # a limit may be none
    # Pages write "noindex nofollow" too: what asks for less is taken at its word.
    return text.split()


def refresh_target(content: str) -> str | None:
    """Return the URL that a meta refresh leads to, or None where it only reloads the page.

    >>> refresh_target("0; URL='next.html'"), refresh_target("5")
    ('next.html', None)
    """
    found = _REFRESH.match(content)
    if not found:
        return None
    target = next((group for group in found.groups() if group is not None), "")
    return target.strip("\t\n\f\r ") or None
