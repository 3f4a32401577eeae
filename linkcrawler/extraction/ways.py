"""What a link and its neighbours say in words in, whether it is a way through a document out (pure).

Also whether words are those of a page's foot, of the title of its contents, and whether a link leads home.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkcrawler.items import Link

LETTERS: Final = 4
"""Different letters that an index's row of letters has, at the least."""
MAX_WORDS: Final = 24
"""Characters of words that are looked up."""
_AROUND: Final = " \t\n\xa0:.|()[]{}<>-\u2013«»\u2039\u203a←→↑⇐⇒◀▶◄►"
"""What stands around the words of a way."""
_BACK: Final = ("«", "\u2039", "←", "⇐", "◀", "◄", "<-")
_WAYS: Final = frozenset(
    {
        "previous", "prev", "next", "up", "previous page", "next page", "previous topic", "next topic",
        "previous chapter", "next chapter", "previous section", "next section", "table of contents",
        "older posts", "newer posts", "older", "newer", "zurück", "weiter", "nach oben", "précédent", "suivant",
        "anterior", "siguiente", "subir", "precedente", "successivo", "próximo", "назад", "вперёд", "далее",
        "前へ", "次へ", "戻る", "上一页", "下一页", "上一頁", "下一頁",
    }
)  # fmt: skip
"""What a way through a document says, in lower case."""
_TITLES: Final = frozenset(
    {
        "contents", "table of contents", "index", "on this page", "in this article", "page contents", "toc",
        "summary", "inhalt", "inhaltsverzeichnis", "sommaire", "table des matières", "contenido", "índice",
        "contenuti", "indice", "sumário", "содержание", "оглавление", "目次", "目录", "目錄",
    }
)  # fmt: skip
"""Headings of a page's own contents, in lower case."""
_FOOT: Final = re.compile(
    r"©|\(c\)|copyright|all rights reserved|powered by|last (?:updated|modified|changed?)"
    r"|(?:created|generated|built|made|produced|rendered) (?:using|with|by)\b",
    re.IGNORECASE,
)
_HOME: Final = re.compile(r"(?:(?:index|home|default|main)(?:\.\w{2,5})?)?", re.IGNORECASE)
"""The last part of the path to a folder's first page."""


def has_way(links: Sequence[Link]) -> bool:
    """Return whether one of ``links`` says of itself, or the words before it say, that it leads on or back.

    An arrow forth says nothing: so does what leads to the rest of an article.

    >>> from linkcrawler.items import Link
    >>> [has_way([Link("", "a", text)]) for text in ("<-previous", "Next: Sealing", "« Parts", "More »")]
    [True, True, True, False]
    >>> has_way([Link("", "a", "Sealing", text_before="Next:")])
    True
    """
    for link in links:
        before = link.text_before
        if _says_way(link.anchor or "") or (before and before[-1] == ":" and _says_way(before)):
            return True
    return False


@lru_cache(maxsize=8192)
def _says_way(text: str) -> bool:
    if text.startswith(_BACK) and not text.endswith("»"):  # those would be quotes
        return True
    words, _, _ = text[: MAX_WORDS + 1].lower().strip(_AROUND).partition(":")
    return words.rstrip() in _WAYS


def is_alphabet(links: Sequence[Link]) -> bool:
    """Return whether links are the letters of an index: nine of ten are one letter each.

    >>> from linkcrawler.items import Link
    >>> is_alphabet([Link("", "a", letter) for letter in "ABCD"]), is_alphabet([Link("", "a", "A")] * 9)
    (True, False)
    """
    if len(links) < LETTERS:
        return False
    found = [link.anchor for link in links if link.anchor and len(link.anchor) == 1]
    letters = {letter for letter in found if letter.isalpha()}
    return len(letters) >= LETTERS and len(found) >= 0.9 * len(links)


@lru_cache(maxsize=8192)
def is_title(heading: str | None) -> bool:
    """Return whether a heading is that of a page's own contents.

    >>> is_title("On this page:"), is_title("The contents of a part")
    (True, False)
    """
    return heading is not None and heading.lower().strip(_AROUND) in _TITLES


def says_foot(link: Link) -> bool:
    """Return whether a link, or the text beside it, says what only a page's foot does.

    >>> from linkcrawler.items import Link
    >>> says_foot(Link("", "a", "A team", text_before="© 2026")), says_foot(Link("", "a", "A team"))
    (True, False)
    """
    return _FOOT.search(f"{link.text_before} {link.anchor} {link.text_after}") is not None


def leads_home(target: str, url: str) -> bool:
    """Return whether a link on the page ``url`` leads to the first page of its site or of a folder it is in.

    >>> leads_home("http://a.b/c/index.html", "http://a.b/c/d/e"), leads_home("http://a.b/", "http://a.b/c")
    (True, True)
    >>> leads_home("http://a.b/c/x.html", "http://a.b/c/d/e"), leads_home("http://a.b/d/", "http://a.b/c/e")
    (False, False)
    """
    folder, _, name = target.partition("?")[0].rpartition("/")
    return _HOME.fullmatch(name) is not None and url.startswith(f"{folder}/")
