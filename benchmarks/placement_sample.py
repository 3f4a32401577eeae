"""Pages of many templates, and links on them, drawn by a fixed seed."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

T = TypeVar("T")

SEED: Final = 20261124
FRESH_SEED: Final = 20261125
"""Of the links that were labelled once the rule was done."""
USED: Final = frozenset(
    f"http://{page}"
    for page in (
        "docs.haproxy.org/management.html",
        "nodejs.org/api/fs.html",
        "grass.osgeo.org/grass82/manuals/r.slope.aspect.html",
        "lxml.de/FAQ.html",
        "docutils.sourceforge.io/FAQ.html",
        "docs.gtk.org/glib/gio/ExampleCat.html",
        "docs.gtk.org/gtk3/gtk3/DisplayWidgets.html",
        "docs.gtk.org/gtk3/gtk3/ButtonWidgets.html",
        "docs.gtk.org/glib/glib/glib-utilities.html",
        "docs.makotemplates.org/en/latest/caching.html",
        "docs.sqlalchemy.org/en/14/core/event.html",
        "docs.sqlalchemy.org/en/14/orm/session.html",
        "slurm.schedmd.com/big_sys.html",
        "slurm.schedmd.com/quickstart_admin.html",
        "www.debian.org/doc/manuals/debmake-doc/index.en.html",
        "www.exim.org/exim-html-current/doc/html/ch57.html",
        "cran.r-project.org/doc/manuals/R-lang.html",
    )
)
"""Pages without labels that the rule was made with."""
PAGES_LOOKED_AT: Final = 25
"""Pages of a host whose markup is looked at, drawn by the seed."""
_HEAD: Final = 100_000
"""Bytes of a page in which its template is looked for."""

TEMPLATES: Final = (
    ("gtk-doc", 3, rb"gtk-doc|GTK-Doc"),
    ("publican", 4, rb'content="publican'),
    ("docbook-xsl", 4, rb'content="DocBook XSL'),
    ("asciidoc", 3, rb'content="AsciiDoc'),
    ("texinfo", 4, rb'content="(texi2any|makeinfo)'),
    ("mkdocs", 3, rb"mkdocs_search_modal|mkdocs/search"),
    ("sphinx furo", 4, rb"furo\.css|furo-extensions"),
    ("sphinx rtd", 4, rb"wy-nav-side"),
    ("sphinx pydata", 4, rb"pydata-sphinx-theme|pydata-bootstrap|bd-sidebar"),
    ("sphinx alabaster", 4, rb"alabaster\.css"),
    ("sphinx classic", 3, rb"classic\.css"),
    ("sphinx haiku or nature", 3, rb"haiku\.css|nature\.css|llvm-theme"),
    ("sphinx astropy", 3, rb"bootstrap-astropy\.css"),
    ("sphinx, a theme of its own", 5, rb"sphinxsidebar|searchindex\.js|_static/documentation_options"),
    ("docutils", 4, rb'content="Docutils'),
)  # fmt: skip
"""Name, pages wanted, and what its markup holds; the first that matches counts."""
OWN: Final = 2
"""Pages wanted of each host whose pages are of none of the templates."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A page that may be drawn."""

    url: str
    generator: str


def template_of(markup: bytes, host: str) -> str:
    """Return the name of the template that a page was made with; ``own: host`` for none known."""
    head = markup[:_HEAD]
    for name, _, pattern in TEMPLATES:
        if re.search(pattern, head):
            return name
    return f"own: {host}"


def candidates(
    folder: Path, seed: int = SEED, known: Collection[str] = ()
) -> dict[str, list[Candidate]]:
    """Return pages by template, in the order in which they are to be tried.

    The hosts of a template take turns, so that one large host does not stand for it. Pages that are
    ``known`` are left out, and all others of their hosts where the template has some of other hosts.
    """
    seen = {url.split("/")[2] for url in known}
    by_template: dict[str, dict[str, list[Candidate]]] = {}
    for host in sorted(path for path in folder.iterdir() if path.is_dir()):
        for page in _drawn_pages(host, seed):
            url = f"http://{host.name}/{quote(page.relative_to(host).as_posix())}"
            if url in known:
                continue
            generator = template_of(page.read_bytes(), host.name)
            hosts = by_template.setdefault(generator, {})
            hosts.setdefault(host.name, []).append(Candidate(url, generator))
    found = {}
    for name, hosts in sorted(by_template.items()):
        fresh = [pages for host, pages in hosts.items() if host not in seen]
        found[name] = list(_in_turns(shuffled(fresh or hosts.values(), f"{seed} {name}")))
    return found


def wanted(generator: str) -> int:
    """Return how many pages of a template are drawn."""
    return next((number for name, number, _ in TEMPLATES if name == generator), OWN)


def drawn(links: Sequence[int], url: str, seed: int = SEED, n: int = 10) -> list[int]:
    """Return up to ``n`` of a page's links: a third of its first sixth, a third of its last, the rest between.

    Pages begin with their header and end with their footer; drawn evenly, most links of long pages
    would be of their middle.
    """
    if len(links) <= n:
        return list(links)
    third = n // 3
    edge = max(third, len(links) // 6)
    parts = (links[:edge], links[edge:-edge], links[-edge:])
    chance = random.Random(f"{seed} {url}")
    return sorted(
        link
        for part, number in zip(parts, (third, n - 2 * third, third), strict=True)
        for link in chance.sample(part, min(number, len(part)))
    )


def shuffled(items: Iterable[T], seed: str) -> list[T]:
    """Return ``items`` in an order that ``seed`` decides."""
    found = list(items)
    random.Random(seed).shuffle(found)
    return found


def _drawn_pages(host: Path, seed: int) -> list[Path]:
    pages = sorted(
        path for path in host.rglob("*") if path.suffix in (".html", ".htm") and path.is_file()
    )
    return shuffled(pages, f"{seed} {host.name}")[:PAGES_LOOKED_AT]


def _in_turns(lists: Sequence[Sequence[T]]) -> Iterator[T]:
    for turn in range(max(map(len, lists), default=0)):
        yield from (items[turn] for items in lists if turn < len(items))
