"""An element's name, role, id and classes in, what part of a page it begins out (pure).

The rule, in full:

1. An element speaks for itself by the first of these that says something: its ``role``
   (`ROLES`), its ``id``, its classes, its name (`ELEMENTS`). Ids and classes are looked up in
   `WORDS`, each split into words at what is no letter (``site-footer``, ``mainNav``).
2. Where a link stands is what the nearest element around it says that speaks, with these exceptions:

   - The page's footer keeps what is in it, but for a main part: a menu in a footer is footer.
   - What calls itself header or footer inside of an article, an aside or a menu is the header or footer of
     that, and says nothing; so does a header in the main part.
   - A weak word for the main part (``content``) counts only where nothing else has spoken, one for a text
     (``article``) there and inside of the main part.
   - A list in a header is a menu: ``nav``.

3. What that leaves untold is told by the shape and order of blocks, see `linkcrawler.extraction.layout`.
4. A link whose own ``rel`` is a way through a document (`WAYS`) is ``nav``, but for the page's footer.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACEMENTS: Final = ("main", "nav", "header", "footer", "aside", "unknown")
"""What a link's placement can be."""
WEAK: Final = "weak"
"""A word for the main part that other parts use as well."""
ARTICLE: Final = "article"
"""One for a text of its own inside of it: its header and footer are not the page's."""
BESIDE: Final = "beside"
"""A word for what is beside the topic, whatever it looks like."""
TOC: Final = "toc"
"""A word for a table of contents: a way about, or, where a page is nothing else, what it is about."""
LIST: Final = "list"
"""A list that says nothing of itself."""

ROLES: Final = {
    "main": "main",
    "article": ARTICLE,
    "feed": WEAK,
    "navigation": "nav",
    "menu": "nav",
    "menubar": "nav",
    "directory": "nav",
    "doc-toc": "nav",
    "doc-pagelist": "nav",
    "doc-index": "nav",
    "banner": "header",
    "contentinfo": "footer",
    "complementary": "aside",
}
"""Roles of WAI-ARIA 1.2 and DPUB-ARIA that name a part of a page."""

ELEMENTS: Final = {
    "main": "main",
    "article": ARTICLE,
    "nav": "nav",
    "menu": "nav",
    "header": "header",
    "footer": "footer",
    "aside": "aside",
}
"""Elements of HTML that do."""

WORDS: Final = {
    "footer": "footer foot colophon siteinfo site-info bottombar contentinfo",
    "nav": "nav navi navbar navigation menu menubar submenu breadcrumb breadcrumbs crumbs"
    " pagination pager paginator pagenav prev-next"
    " next-prev tabs sidenav topnav sitenav subnav localtoc globaltoc sphinxsidebar rellinks"
    " related-pages post-navigation skip-link skip-links navheader navfooter docnav jumpbox"
    " genindex-jumpbox modindex-jumpbox sidebar-tree toc-tree path pathway navpath",
    TOC: "toc tableofcontents table-of-contents contents",
    "aside": "aside sidebar sidebars side-bar rightbar leftbar rail",
    BESIDE: "widget widgets widget-area related promo",
    "header": "header head masthead banner topbar top-bar branding announcement",
    "main": "main maincontent main-content content-main page-content site-content",
    ARTICLE: "article post entry story",
    WEAK: "content body document documentwrapper bodywrapper single",
}
"""What ids and classes say by which words; of several that fit the first counts."""
BEFORE: Final = (
    "site page main global web app blog doc docs top bottom primary secondary left right side sub inner"
    " outer mobile desktop theme layout block region section the footer header l o c m js wp mw md bd"
    " wy vp sphinx"
)
"""Words that may stand before one of `WORDS` (``site-footer``)."""
BEHIND: Final = (
    "wrap wrapper container inner outer area main bar top bottom row section box block region holder"
    " panel primary secondary left right link links list group menu nav content item items fixed sticky"
    " header footer"
)
"""Words that may stand behind it (``footer-links``)."""


def _any_of(words: str) -> str:
    return "|".join(words.split())


_WORDS: Final = tuple(
    (
        said,
        re.compile(f"(?:(?:{_any_of(BEFORE)})-)*(?:{_any_of(words)})(?:-(?:{_any_of(BEHIND)}))*"),
    )
    for said, words in WORDS.items()
)
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^a-zA-Z0-9]+")
_BESIDE_MENU: Final = re.compile(r"(?:.*-)?nav-content(?:-wrap(?:per)?)?")
"""What stands beside a menu, and not in it."""
WAYS: Final = frozenset(
    {
        "next", "prev", "previous", "up", "contents", "index", "toc", "start", "first", "last",
        "chapter", "section", "subsection",
    }
)  # fmt: skip
"""Values of ``rel`` for ways through a document, of HTML 4 and 5."""
STATES: Final = {
    WEAK: "main",
    ARTICLE: "main",
    BESIDE: "aside",
    TOC: "nav",
    "main": "main",
    "nav": "nav",
    "header": "header",
    "footer": "footer",
    "aside": "aside",
    "unknown": "unknown",
}
"""What a walk over a page notes of where it is, and the placement that it comes to."""
MAINS: Final = frozenset({"main", WEAK, ARTICLE})
AROUND_TOC: Final = frozenset({*MAINS, "unknown", TOC})
"""Where a table of contents is one of the text, and no menu."""
_ONLY_IN: Final = {WEAK: frozenset({"unknown"}), ARTICLE: frozenset({*MAINS, "unknown"})}
"""Words that count only where nothing else has spoken, or the main part alone."""
_NOT_IN: Final = {
    "header": frozenset({*MAINS, "nav", TOC, "aside", BESIDE}),
    "footer": frozenset({ARTICLE, "nav", TOC, "aside", BESIDE}),
}
"""Parts whose header and footer are theirs, and not the page's. The footer of the main part itself is the
page's (HTML 4.3.8: a ``main`` is no section)."""


def part_said_by(name: str, given: Mapping[str, str]) -> str:
    """Return what an element says of its place: one of `PLACEMENTS`, `WEAK`, `LIST`, or nothing.

    Args:
        name: the element's name, lower-case.
        given: its attributes.

    >>> part_said_by("div", {"class": "col-3 site-footer"}), part_said_by("ul", {"role": "navigation"})
    ('footer', 'nav')
    >>> part_said_by("nav", {}), part_said_by("div", {"class": "columns"})
    ('nav', '')
    """
    for role in given.get("role", "").lower().split():
        if role in ROLES:
            return ROLES[role]
    for word in (*given.get("id", "").split(), *given.get("class", "").split()):
        if said := _said_by_word(word):
            return said
    return ELEMENTS.get(name, LIST if name in ("ul", "ol") else "")


def _said_by_word(word: str) -> str:
    spelled = _HUMP.sub("-", word).strip("-").lower()
    if _BESIDE_MENU.fullmatch(spelled):
        return ""
    return next((said for said, pattern in _WORDS if pattern.fullmatch(spelled)), "")


@lru_cache(maxsize=512)
def placed(said: str, around: str) -> str:
    """Return where a walk is inside of an element: one of `STATES`.

    Args:
        said: what the element says, see `part_said_by`.
        around: where the walk is outside of it.

    >>> placed("nav", "header"), placed("nav", "footer"), placed("header", "main")
    ('nav', 'footer', 'main')
    >>> placed("weak", "unknown"), placed("weak", "aside"), placed("article", "main")
    ('weak', 'aside', 'article')
    """
    if said in _ONLY_IN:
        return said if around in _ONLY_IN[said] else around
    if said == TOC:
        return TOC if around in AROUND_TOC else around if around == "footer" else "nav"
    if said == LIST:
        return "nav" if around == "header" else around
    if not said or (around == "footer" and said != "main"):
        return around
    return around if around in _NOT_IN.get(said, ()) else said


def settled(placement: str, rel: str) -> str:
    """Return the placement of a link.

    Args:
        placement: that of the element around it.
        rel: its own, lower-case tokens with spaces between.

    >>> settled("header", "next"), settled("footer", "up"), settled("main", "")
    ('nav', 'footer', 'main')
    """
    if rel and placement != "footer" and not WAYS.isdisjoint(rel.split(" ")):
        return "nav"
    return placement
