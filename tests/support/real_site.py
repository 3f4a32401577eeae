"""A site of a few thousand real pages, made up as it is asked for: of every shape that traps have too.

Every page is in `pages`, by its URL, from the start, so that what a crawl missed can be counted.
"""

from __future__ import annotations

import random
import uuid
from functools import cache

WORDS = [
    "nib",
    "ink",
    "reservoir",
    "feed",
    "cartridge",
    "barrel",
    "clip",
    "cap",
    "section",
    "converter",
    "piston",
    "vacuum",
    "paper",
    "grain",
    "shade",
    "sheen",
    "flow",
    "wet",
    "dry",
    "broad",
    "fine",
    "stub",
    "italic",
    "flex",
    "gold",
    "steel",
    "resin",
    "celluloid",
    "ebonite",
    "finial",
    "polish",
    "repair",
    "restore",
    "catalogue",
    "letter",
    "essay",
    "story",
    "harbour",
    "river",
    "winter",
    "garden",
    "bridge",
    "market",
    "station",
    "museum",
    "library",
    "teacher",
    "student",
    "doctor",
    "farmer",
    "painter",
    "singer",
    "copper",
    "silver",
    "marble",
]


@cache
def prose(name: str, words: int = 40) -> str:
    """Return words that depend on ``name`` alone, without any digit."""
    draw = random.Random(name)
    return " ".join(draw.choice(WORDS) for _ in range(words))


def slug(name: str) -> str:
    """Return a slug of four words."""
    return "-".join(prose(f"slug {name}", 4).split())


def html(title: str, body: str, *, nav: str = "") -> str:
    return (
        f"<!doctype html><html><head><title>{title}</title></head>"
        f"<body>{nav}<main><h1>{title}</h1>{body}</main></body></html>"
    )


def links(targets) -> str:
    return "".join(
        f'<p><a href="{target}">{target.rsplit("/", 1)[-1] or target}</a></p>' for target in targets
    )


class RealSite:
    """The real pages of ``domain``.

    Args:
        domain: its registered domain.
        size: about how many pages each section has.
    """

    def __init__(self, domain: str = "mixed.example", size: int = 100) -> None:
        self.domain = domain
        self.home = f"http://{domain}/"
        self.size = size
        self.pages: dict[str, str] = {}
        self.hooks: dict[str, list[str]] = {}
        """Further links of a page, by its URL: the ways into traps."""
        self._nav: list[str] = []
        self._links: dict[str, list[str]] = {}
        for section in (self._docs, self._plain_tree, self._blog, self._shop, self._people,
                        self._joomla, self._forum, self._gallery, self._hosts, self._news):  # fmt: skip
            self._nav.append(section())
        self._put(self.home, self._nav)

    def answer(self, url: str) -> str | None:
        """Return the page at ``url``, or None."""
        if url not in self._links:
            return None
        nav = "" if "/tree/" in url else f"<nav>{links([self.home, *self._nav])}</nav>"
        more = [*self._links[url], *self.hooks.get(url, ())]
        return html(prose(f"title {url}", 4), f"<p>{prose(url)}</p>{links(more)}", nav=nav)

    def real(self) -> set[str]:
        """Return every real page."""
        return set(self._links)

    def _put(self, url: str, targets) -> str:
        self._links[url] = list(targets)
        return url

    def _url(self, path: str, host: str = "") -> str:
        return f"http://{host}{self.domain}{path}"

    def _docs(self) -> str:
        """Chapters below parts, each with its siblings beside it."""
        root, side = self._url("/docs/"), max(3, round(self.size**0.5))
        parts = [self._url(f"/docs/{slug(f'part {n}')}/") for n in range(side)]
        for part in parts:
            leaves = [f"{part}{slug(part + str(n))}.html" for n in range(side)]
            self._put(part, [root, *parts, *leaves])
            for leaf in leaves:
                self._put(leaf, [part, *leaves])
        return self._put(root, parts)

    def _plain_tree(self) -> str:
        """A tree of four levels in which nothing is linked but from its parent, as folders are."""
        root = self._url("/tree/")
        level, side = [root], max(3, round((2 * self.size) ** 0.25) + 2)
        for depth in range(4):
            below = []
            for url in level:
                mine = [f"{url}{slug(url + str(n))}/" for n in range(side)] if depth < 3 else []
                self._put(url, mine)
                below += mine
            level = below
        return root

    def _blog(self) -> str:
        """Posts by date, with pages of ten, months and years."""
        posts: dict[tuple[int, int], list[str]] = {}
        for n in range(2 * self.size):
            month = (2012 + n % 10, 1 + n * 7 % 12)
            path = f"/blog/{month[0]}/{month[1]:02}/{slug(f'post {n}')}"
            posts.setdefault(month, []).append(self._url(path))
        every = [post for month in sorted(posts) for post in posts[month]]
        months = [self._url(f"/blog/{y}/{m:02}/") for y, m in sorted(posts)]
        for (y, m), mine in posts.items():
            self._put(self._url(f"/blog/{y}/{m:02}/"), mine)
            for post in mine:
                self._put(post, [self._url(f"/blog/{y}/{m:02}/")])
        self._pages("/blog/page/{}/", every[: len(every) // 2])
        return self._put(self._url("/blog/"), [*months, self._url("/blog/page/1/")])

    def _pages(self, path: str, items: list[str], per_page: int = 10) -> str:
        """Put pages of a list, each with the next and the last one."""
        count = -(-len(items) // per_page)
        for n in range(1, count + 1):
            mine = items[(n - 1) * per_page : n * per_page]
            around = [k for k in (n - 1, n + 1, count) if 1 <= k <= count and k != n]
            self._put(self._url(path.format(n)), mine + [self._url(path.format(k)) for k in around])
        return self._url(path.format(1))

    def _shop(self) -> str:
        """Categories in three levels over items by their number."""
        items = [self._put(self._url(f"/shop/item?id={n}"), []) for n in range(2 * self.size)]
        tops = []
        for a in range(3):
            top, subs = self._url(f"/shop/{slug(f'top {a}')}/"), []
            for b in range(4):
                sub = f"{top}{slug(f'sub {a} {b}')}/"
                k = a * 4 + b
                mine = items[k::12]
                subs.append(self._put(sub, [top, *mine]))
            tops.append(self._put(top, subs))
        return self._put(self._url("/shop/"), tops)

    def _people(self) -> str:
        """Items known by a UUID, each with two pages of its own."""
        draw, people = random.Random("people"), []
        for _ in range(self.size // 2):
            name = uuid.UUID(int=draw.getrandbits(128), version=4)
            more = [self._url(f"/people/{name}/{part}") for part in ("work", "letters")]
            people.append(self._put(self._url(f"/people/view?id={name}"), more))
            for url in more:
                self._put(url, [people[-1]])
        return self._pages("/people/?page={}", people)

    def _joomla(self) -> str:
        """One script for everything: articles and categories whose numbers are the same."""

        def url(view: str, n: int, more: str = "") -> str:
            return self._url(f"/index.php?option=com_content&view={view}&id={n}{more}")

        categories = []
        for c in range(max(3, self.size // 10)):
            mine = [self._put(url("article", c * 10 + k), []) for k in range(10)]
            rest = [self._put(url("article", 10_000 + c * 10 + k), []) for k in range(5)]
            second = self._put(url("category", c, "&start=10"), rest)
            categories.append(self._put(url("category", c), [*mine, second]))
        return self._put(self._url("/index.php"), categories)

    def _forum(self) -> str:
        """Topics of several pages."""
        boards = []
        for f in range(4):
            topics = []
            for t in range(self.size // 8):
                n = f * 1000 + t
                pages = [f"/forum/viewtopic.php?f={f}&t={n}&start={15 * k}" for k in (1, 2)]
                more = [self._url(page) for page in pages]
                self._put(more[1], more[:1])
                self._put(more[0], more[1:])
                topics.append(self._put(self._url(f"/forum/viewtopic.php?f={f}&t={n}"), more))
            boards.append(self._put(self._url(f"/forum/viewforum.php?f={f}"), topics))
        return self._put(self._url("/forum/"), boards)

    def _gallery(self) -> str:
        """Pictures that are reached one after the other only."""
        count = self.size // 2
        for n in range(1, count + 1):
            self._put(
                self._url(f"/comic/{n}/"), [self._url(f"/comic/{n + 1}/")] if n < count else []
            )
        return self._url("/comic/1/")

    def _hosts(self) -> str:
        """Departments, each on a host of its own."""
        roots = []
        for n in range(max(4, self.size // 3)):
            host = f"{slug(f'host {n}').split('-')[0]}{n}."
            about = self._put(self._url("/about", host), [])
            roots.append(self._put(self._url("/", host), [about, self.home]))
        return self._put(self._url("/departments"), roots)

    def _news(self) -> str:
        """Daily issues with sections that have the same names every day."""
        issues = []
        for day in range(1, self.size // 4 + 1):
            base = self._url(f"/news/2019/{1 + day // 28:02}/{1 + day % 28:02}/")
            parts = [self._put(f"{base}{name}", []) for name in ("world", "sports")]
            story = self._put(f"{base}{slug(base)}", [])
            issues.append(self._put(base, [*parts, story]))
        return self._put(self._url("/news/"), issues)
