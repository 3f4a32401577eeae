"""What a page holds before its scripts run in, the reason to render it (or none) out.

A browser costs a hundred times what a page costs without, so ``auto`` renders what looks empty, and
other pages of a domain only where rendering has been seen to add links there.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

MODES: Final = ("off", "auto", "on")
ALWAYS: Final = "always"
NO_LINKS: Final = "no_links"
DOMAIN: Final = "domain"

TRIES: Final = 3
"""Renders in a row without a new link after which pages of that kind are not rendered any more."""
DOMAIN_TRIES: Final = 8
"""Likewise for all pages of a domain, whatever their kind."""
MAX_KINDS: Final = 32
"""Kinds of pages told apart in a domain; all further ones are one."""
MAX_DOMAINS: Final = 10_000
"""Domains remembered; the one that was rendered the longest ago is forgotten first."""
MAX_SCRIPTS: Final = 200
"""Scripts of a page that are looked at."""

_SCRIPT: Final = re.compile(rb"<script(?=[\s/>])([^<>]{0,2000})")
_ATTRIBUTE: Final = re.compile(
    rb"(?:^|[\s/\"'])(src|type)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))"
)
_RUNS: Final = re.compile(rb"|module|.*(?:java|ecma|j|live)script.*")
_ASIDE: Final = frozenset({"nav", "header", "footer"})
"""Placements of links that every page of a site has."""


@dataclass(frozen=True, slots=True)
class StaticPage:
    """What a page was before its scripts ran."""

    domain: str
    """Its registered domain."""
    has_content: bool
    """See `has_content_links`."""
    scripts: str
    """See `scripts_of`; empty where it loads none."""


@dataclass(slots=True)
class _Record:
    """What rendering has come to, of pages of a kind or of all pages of a domain."""

    has_added: bool = False
    in_vain: int = 0
    """Renders in a row that added nothing."""
    under_way: int = 0
    """Renders that have begun and not ended."""

    def is_open(self, tries: int) -> bool:
        """Return whether it depends on renders under way whether ``tries`` in vain are too many."""
        return self.under_way > 0 and self.in_vain < tries <= self.in_vain + self.under_way

    def learn(self, added: int) -> None:
        self.under_way = max(0, self.under_way - 1)
        self.has_added = self.has_added or added > 0
        self.in_vain = 0 if added else self.in_vain + 1


@dataclass(slots=True)
class _Domain:
    all: _Record = field(default_factory=_Record)
    kinds: dict[str, _Record] = field(default_factory=dict)

    def kind(self, scripts: str) -> _Record:
        """Return the record of pages that load ``scripts``."""
        known = scripts in self.kinds or len(self.kinds) < MAX_KINDS
        return self.kinds.setdefault(scripts if known else "", _Record())


class RenderPolicy:
    """Decides which pages are rendered, and learns from those that were.

    Pages of a domain that load the same scripts are one kind. In ``auto`` a page that loads scripts is
    rendered

    - ``no_links``: where it holds no content links;
    - ``domain``: where it holds some, and rendering has added links to pages of its domain;

    but not where the last `TRIES` renders of its kind, or the last `DOMAIN_TRIES` of its domain, have
    added nothing. Where that depends on renders under way, `is_open` says so. With ``on`` every page is rendered (``always``).

    Args:
        mode: one of `MODES`.

    >>> policy = RenderPolicy("auto")
    >>> shell, article = StaticPage("a.example", False, "s"), StaticPage("a.example", True, "s")
    >>> policy.reason(shell), policy.reason(article)
    ('no_links', '')
    >>> policy.begin(shell)
    >>> policy.learn(shell, added=5)
    >>> policy.reason(article)
    'domain'
    """

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self._domains: OrderedDict[str, _Domain] = OrderedDict()

    def reason(self, page: StaticPage) -> str:
        """Return why ``page`` is to be rendered, or an empty text."""
        if self.mode == "on":
            return ALWAYS
        if self.mode == "off" or not page.scripts:
            return ""
        known = self._domains.get(page.domain) or _Domain()
        if known.all.in_vain >= DOMAIN_TRIES or known.kind(page.scripts).in_vain >= TRIES:
            return ""
        if not page.has_content:
            return NO_LINKS
        return DOMAIN if known.all.has_added else ""

    def is_open(self, page: StaticPage) -> bool:
        """Return whether `reason` is to be asked again, once a render under way has ended."""
        if self.mode != "auto" or not self.reason(page):
            return False
        known = self._domains.get(page.domain)
        return known is not None and (
            known.all.is_open(DOMAIN_TRIES) or known.kind(page.scripts).is_open(TRIES)
        )

    def begin(self, page: StaticPage) -> None:
        """Note that ``page`` is being rendered; `learn` or `give_up` is to follow."""
        known = self._known(page)
        known.all.under_way += 1
        known.kind(page.scripts).under_way += 1

    def learn(self, page: StaticPage, added: int) -> None:
        """Note that rendering ``page`` has added so many links; 0 also where it failed."""
        known = self._known(page)
        known.all.learn(added)
        known.kind(page.scripts).learn(added)

    def give_up(self, page: StaticPage) -> None:
        """Note that ``page`` is not being rendered any more, for no reason of its own."""
        known = self._known(page)
        for record in (known.all, known.kind(page.scripts)):
            record.under_way = max(0, record.under_way - 1)

    def _known(self, page: StaticPage) -> _Domain:
        """Return what is known of the page's domain, which is remembered from now on."""
        known = self._domains.pop(page.domain, None) or _Domain()
        self._domains[page.domain] = known
        if len(self._domains) > MAX_DOMAINS:
            self._domains.popitem(last=False)
        return known


def has_content_links(links: Iterable[tuple[str, str, str]], url: str) -> bool:
    """Return whether a link of the page ``url`` leads on and stands in its content.

    Links to the page itself do not count, nor those that stand in its navigation, header or footer.

    Args:
        links: kind, target and placement of each.
        url: canonical, as the targets are.
    """
    return any(
        kind in ("a", "area") and target != url and placement not in _ASIDE
        for kind, target, placement in links
    )


def scripts_of(body: bytes) -> str:
    """Return a key of the scripts that a page loads: equal for equal files; empty for none.

    Scripts that stand in the page itself are one for the key, whatever they say. Data that stands in
    script elements (JSON, templates) is no script. Takes linear time.

    >>> scripts_of(b"<p>no</p>"), scripts_of(b'<script type="application/ld+json">{}</script>')
    ('', '')
    >>> one = scripts_of(b"<script src=/app.js?v=1></script>")
    >>> one == scripts_of(b'<SCRIPT type="module" SRC="/app.js?v=2"></SCRIPT>') != ""
    True
    """
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):  # UTF-16, as far as its letters are ASCII
        body = body.replace(b"\0", b"")
    found = set()
    for number, element in enumerate(_SCRIPT.finditer(body.lower())):
        if number >= MAX_SCRIPTS:
            break
        given = {
            name: double or single or bare
            for name, double, single, bare in _ATTRIBUTE.findall(element[1])
        }
        if _RUNS.fullmatch(given.get(b"type", b"").strip()):
            found.add(given.get(b"src", b"").partition(b"?")[0])
    if not found:
        return ""
    return blake2b(b"\n".join(sorted(found)), digest_size=8).hexdigest()
