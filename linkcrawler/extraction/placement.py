"""An element's name, role, id and classes in, what part of a page it begins out (pure).

The rule, in full:

1. An element speaks for itself by the first of these that says something: its ``role``
   (`ROLES`), its ``id``, its classes, its name (`ELEMENTS`). Ids and classes are looked up in
   `WORDS`, each split into words at what is no letter (``site-footer``, ``mainNav``).
2. A link's placement is that of the nearest element around it that speaks, with four exceptions:

   - The page's footer keeps what is in it, but for a main part: a menu in a footer is footer.
   - What calls itself header or footer inside of a main part, an article, an aside or a menu is the
     header or footer of that, and says nothing.
   - A weak word for the main part (``content``, ``article``) counts only where nothing else
     has spoken.
   - A list in a header is a menu: ``nav``.

3. A link whose own ``rel`` is a way through a document (`WAYS`) is ``nav``, but for the page's footer.
4. Where nothing speaks: in a page none of whose elements speaks for a main part the rest is that part, in
   others it is ``unknown``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACEMENTS: Final = ("main", "nav", "header", "footer", "aside", "unknown")
"""What a link's placement can be."""
WEAK: Final = "weak"
"""A word for the main part that other parts use as well."""
LIST: Final = "list"
"""A list that says nothing of itself."""

ROLES: Final = {
    "main": "main",
    "article": WEAK,
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
    "article": WEAK,
    "nav": "nav",
    "menu": "nav",
    "header": "header",
    "footer": "footer",
    "aside": "aside",
}
"""Elements of HTML that do."""

WORDS: Final = {
    "footer": "footer foot colophon siteinfo site-info bottombar contentinfo",
    "nav": "nav navi navbar navigation menu menubar submenu breadcrumb breadcrumbs crumbs toc toctree"
    " tableofcontents table-of-contents contents pagination pager paginator pagenav prev-next"
    " next-prev tabs sidenav topnav sitenav subnav localtoc globaltoc sphinxsidebar rellinks"
    " related-pages post-navigation skip-link skip-links navheader navfooter docnav jumpbox"
    " genindex-jumpbox modindex-jumpbox sidebar-tree toc-tree path pathway navpath",
    "aside": "aside sidebar sidebars side-bar rightbar leftbar rail widget widgets widget-area related promo",
    "header": "header head masthead banner topbar top-bar branding announcement",
    "main": "main maincontent main-content content-main page-content site-content",
    WEAK: "content article post entry body story document documentwrapper bodywrapper single",
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
NOT_INSIDE: Final = frozenset({"main", "nav", "aside"})
"""Parts inside of which a header or footer is theirs, and not the page's."""


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


def placed(said: str, around: str) -> str:
    """Return the placement inside of an element.

    Args:
        said: what it says, see `part_said_by`.
        around: the placement outside of it.

    >>> placed("nav", "header"), placed("nav", "footer"), placed("header", "main")
    ('nav', 'footer', 'main')
    >>> placed("weak", "unknown"), placed("weak", "aside")
    ('main', 'aside')
    """
    if said == WEAK:
        return "main" if around == "unknown" else around
    if said == LIST:
        return "nav" if around == "header" else around
    if not said or (around == "footer" and said != "main"):
        return around
    if said in ("header", "footer") and around in NOT_INSIDE:
        return around
    return said


def settled(placement: str, rel: str, rest: str) -> str:
    """Return the placement of a link.

    Args:
        placement: that of the element around it.
        rel: its own, lower-case tokens with spaces between.
        rest: what a link is placed in where nothing speaks.

    >>> settled("header", "next", "main"), settled("footer", "up", "main"), settled("unknown", "", "main")
    ('nav', 'footer', 'main')
    """
    if rel and placement != "footer" and not WAYS.isdisjoint(rel.split(" ")):
        return "nav"
    return rest if placement == "unknown" else placement
