"""A page's links and what it says of itself in, their placements out, by the shape and order of blocks (pure).

What elements say of themselves (`linkcrawler.extraction.placement`) leaves much untold: menus without a
word for it, footers of plain pages, the site's name at the head of a column. This goes once over the runs of
links of a page, in document order. What it looks at is how many links a block has, how many letters beside
them, where it stands among the others, and where its links lead. Each step is a paragraph of
``docs/reference/evidence.md``.
"""

from __future__ import annotations

from itertools import groupby, takewhile
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from linkcrawler.extraction.blocks import n_letters
from linkcrawler.extraction.markup import text_of
from linkcrawler.extraction.placement import MAINS, STATES, TOC, WEAK, settled
from linkcrawler.extraction.runs import DENSE, Run, letters_of, n_links, runs_of, share
from linkcrawler.extraction.ways import has_way, is_alphabet, is_title, leads_home, says_foot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence, Set

    from linkcrawler.items import Link

PROSE: Final = 0.4
"""Share of a block's letters in its links up to which it is a text that holds links..."""
MIN_PROSE: Final = 80
"""... where it has that many letters."""
MENU: Final = 3
"""Links of a menu, at the least."""
COLUMN: Final = 4
"""Links of a list of contents or of a column of menus, at the least."""
MAP: Final = 30
"""Links of a page that is nothing but a list of links, at the least."""
ROW: Final = 8
"""Links of a row of ways through a document, or of a foot's line, at the most."""
WAYS: Final = 0.25
"""Share of the block's letters in its links, at the least, where that is a row of ways."""
CODE: Final = 3
"""Letters of a language's code, at the most."""


class Sheet(NamedTuple):
    """What a page says of itself."""

    url: str
    letters: Mapping[int, int]
    """How many letters each block that holds links has, by its fingerprint."""
    headings: Set[str]
    has_main: bool
    """Some element has spoken for a main part."""
    said: Sequence[str]
    """What stands in the body outside of anchors, with some tags in it."""


_STATE: Final = attrgetter("state")


def lay_out(links: Iterable[Link], sheet: Sheet) -> None:
    """Write on each link that a page shows its placement, and how many links its block has.

    Args:
        links: of the page, in document order; their ``placement`` is one of
            `linkcrawler.extraction.placement.STATES` on the way in, of `PLACEMENTS` on the way out.
        sheet: what the page says of itself.
    """
    runs = runs_of(links, sheet.letters)
    if not sheet.has_main:
        for run in runs:
            run.state = WEAK if run.state == "unknown" else run.state
    for step in (_blocks, _columns, _head, _foot, _map):
        step(runs, sheet)
    _names(runs, sheet.url)
    for run in runs:
        placement, n = run.placement or STATES[run.state], len(run.block.links)
        for link in run.links:
            link.block_links = n
            link.placement = settled(placement, link.rel) if link.rel else placement


# What a block is by itself and by its place before or behind the main part


def _blocks(runs: Sequence[Run], _: Sheet) -> None:
    mains = [at for at, run in enumerate(runs) if run.state in MAINS]
    began = next((at for at in mains if _is_text(runs[at])), len(runs))
    first, last = (mains[0], mains[-1]) if mains else (-1, len(runs))
    for at, run in enumerate(runs):
        if run.state in ("footer", "nav"):
            continue
        if _is_row_of_ways(run) or (run.state in MAINS and is_alphabet(run.links)):
            run.placement = "nav"
        elif run.state == "header":
            run.placement = "main" if at > began else "nav" if is_menu(run) else ""
        elif run.state == "aside" and began < at < last and _is_prose(run):
            run.placement = "main"
        elif run.state == "unknown":
            run.placement = _where_unknown(run, at, first, last)


def _where_unknown(run: Run, at: int, first: int, last: int) -> str:
    """Return where a run stands that is outside of the main part, and for which nothing speaks."""
    if is_menu(run):
        return "nav"
    return "header" if at < first else "footer" if at > last else ""


def is_menu(run: Run) -> bool:
    """Return whether a run is a list of entries, and not one of languages by their codes."""
    return (
        len(run.links) >= MENU
        and run.is_dense
        and 2 * sum(letters_of((link.anchor or "").strip()) > CODE for link in run.links)
        > len(run.links)
    )


def _is_row_of_ways(run: Run) -> bool:
    return len(run.links) <= ROW and has_way(run.links) and share((run,)) >= WAYS


def _is_text(run: Run) -> bool:
    return run.links[0].heading is not None or _is_prose(run)


def _is_prose(run: Run) -> bool:
    return run.block.letters >= MIN_PROSE and share((run,)) <= PROSE


# What it is by what stands beside it


def _columns(runs: Sequence[Run], sheet: Sheet) -> None:
    """Find menus in side columns, contents that are texts, and contents that nothing names."""
    has_title = any(map(is_title, sheet.headings))
    for state, group in groupby(runs, key=_STATE):
        column = list(group)
        if state == "aside" and _is_menus(column, sheet.url):
            _place(column, "nav")
        elif state == TOC and share(column) < DENSE:
            _place(column, "main")
        elif state in MAINS and has_title:
            _contents(column, sheet)


def _contents(column: Sequence[Run], sheet: Sheet) -> None:
    for is_titled, same in groupby(column, key=lambda run: _is_titled(run, sheet.url)):
        if is_titled and _is_contents(listed := list(same), sheet.headings):
            _place(listed, "nav")


def _is_menus(column: Sequence[Run], url: str) -> bool:
    """Return whether a column is lists of links, most of them inside of the site."""
    n = n_links(column)
    if n < COLUMN or share(column) < DENSE:
        return False
    site = "/".join((*url.split("/", 3)[:3], ""))
    return sum(link.target.startswith(site) for run in column for link in run.links) > n / 2


def _is_titled(run: Run, url: str) -> bool:
    """Return whether a run stands below the title of a page's own contents, and leads into the page."""
    first = run.links[0]
    return (
        first.target == url
        and is_title(first.heading)
        and all(link.target == url for link in run.links)
    )


def _is_contents(runs: Sequence[Run], headings: Set[str]) -> bool:
    """Return whether runs list the page's headings."""
    n = n_links(runs)
    if n < COLUMN or share(runs) < DENSE:
        return False
    return sum(link.anchor in headings for run in runs for link in run.links) >= DENSE * n


def _place(runs: Iterable[Run], placement: str) -> None:
    for run in runs:
        run.placement = run.placement or placement


# What it is by where on the page it stands


def _head(runs: Sequence[Run], _: Sheet) -> None:
    """Lists of links that stand before the first heading of a text are menus."""
    head = list(takewhile(_is_bare, runs))
    if n_links(head) > COLUMN and any(run.state in MAINS for run in runs[len(head) :]):
        _place([run for run in head if run.is_dense], "nav")


def _is_bare(run: Run) -> bool:
    return run.state == WEAK and not run.links[0].heading


def _foot(runs: Sequence[Run], _: Sheet) -> None:
    """What says at a page's end that it is the foot is so, and rows of links right above it."""
    end = list(takewhile(_may_be_foot, reversed(runs)))
    if not any(map(_is_foot, end[:2])):
        return
    for run in takewhile(lambda run: _is_foot(run) or is_menu(run), end):
        run.placement = "footer"


def _may_be_foot(run: Run) -> bool:
    return run.state in (WEAK, "unknown") and not run.placement and len(run.links) <= ROW


def _is_foot(run: Run) -> bool:
    return any(map(says_foot, run.links))


def _map(runs: Sequence[Run], sheet: Sheet) -> None:
    """A page that is one large menu and next to no text is about what it lists."""
    if any((run.placement or STATES[run.state]) != "nav" for run in runs) or n_links(runs) < MAP:
        return
    beside = n_letters(text_of("".join(sheet.said)))
    if sum(letters_of(link.anchor or "") for run in runs for link in run.links) > beside:
        for run in runs:
            run.placement = "main"


def _names(runs: list[Run], url: str) -> None:
    """The site's name, or its picture, at the head of a column or of the page is header: a run of its own."""
    before, found = "", []
    for at, run in enumerate(runs):
        placement = run.placement or STATES[run.state]
        if placement != before and _is_head(runs, at, placement) and _is_name(run, url):
            found.append(at)
        before = placement
    for at in reversed(found):
        run = runs[at]
        name = Run("header", run.links[:1], run.block)
        run.links = run.links[1:]
        runs[at : at + 1] = [name, run] if run.links else [name]


def _is_head(runs: Sequence[Run], at: int, placement: str) -> bool:
    """Return whether a run begins a column that goes on behind its first link, or the page."""
    run = runs[at]
    if placement in ("nav", "aside"):
        return at + 1 < len(runs) or len(run.links) > 1
    return placement == "main" and at == 0 and not run.links[0].heading


def _is_name(run: Run, url: str) -> bool:
    """Return whether a run begins with a link home that is a picture, or that stands alone."""
    link = run.links[0]
    is_alone = len(run.links) == 1 and not link.text_after
    is_mark = link.is_image or is_alone
    return is_mark and leads_home(link.target, url) and not _is_row_of_ways(run)
