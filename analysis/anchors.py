"""Anchor texts in, their class out: what a link calls the site that it points to."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import ada_url

from linkcrawler.urls.domains import has_known_suffix, name_of, registered_domain

if TYPE_CHECKING:
    from collections.abc import Sequence

CLASSES: Final = ("image", "naked", "branded", "exact", "partial", "generic", "other", "empty")
"""Every class, in the order in which they are tested; ``empty`` is what is left without a text."""

_GENERIC: Final = """
    article; blog; check it out; check this out; click; click here; click this; continue;
    continue reading; details; download; find out more; full article; full story; go; go here;
    go to site; go to website; here; home; home page; homepage; info; information; it; learn more;
    link; links; more; more details; more info; more information; more here; next; official site;
    official website; online; original; original article; page; post; read; read article;
    read full article; read more; read on; read the article; read this; see; see here; see more;
    site; source; sources; the article; the link; the site; this; this article; this link;
    this page; this post; this site; this website; url; via; view; view more; visit; visit here;
    visit page; visit site; visit the site; visit the website; visit us; visit website; web;
    web site; webpage; website; www;
    hier; hier klicken; klicken sie hier; mehr; mehr dazu; mehr erfahren; mehr infos;
    mehr informationen; mehr lesen; quelle; seite; weiter; weiterlesen; webseite; zum artikel;
    zur seite; zur website;
    cliquez ici; en savoir plus; ici; la suite; lien; lire; lire la suite; lire plus; plus;
    plus d infos; site web; suite; voir; voir le site; voir plus;
    aquí; clic aquí; enlace; haz clic aquí; haga clic aquí; leer más; más; más información;
    fuente; página; página web; sitio; sitio web; ver; ver más;
    clicca qui; continua; fonte; leggi; leggi di più; leggi tutto; maggiori informazioni; qui;
    scopri di più; sito; sito web; vai;
    aqui; clique aqui; leia mais; mais; saiba mais; ver mais;
    hier klikken; klik hier; lees meer; meer; meer informatie; meer lezen; verder lezen;
    czytaj dalej; czytaj więcej; kliknij tutaj; tutaj; więcej;
    далее; здесь; подробнее; сайт; ссылка; тут; читать; читать далее;
    こちら; ここ; 続きを読む; 詳細; 这里; 点击这里; 更多; 阅读更多
"""
GENERIC: Final = frozenset(" ".join(text.split()) for text in _GENERIC.split(";"))
"""Texts that say nothing of what they point to, as `_words` leaves them, in common languages."""

_NAKED: Final = re.compile(r"(?:(?:https?:)?//|www\.)\S+", re.IGNORECASE)
_HOST: Final = re.compile(r"(?:[^\W_][\w-]*\.)+[^\W\d_][\w-]+", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W_]+")
_UNSPACED: Final = ("CJK ", "HIRAGANA ", "KATAKANA ", "HANGUL ", "THAI ", "LAO ", "KHMER ")
"""Scripts that put no space between words, by how the Unicode names of their letters begin."""


@dataclass(frozen=True)
class AnchorWords:
    """What the anchors of one target are judged by.

    Args:
        domain: the domain that is linked to.
        brands: what it is called; by default its own name: ``acme-pens`` of ``acme-pens.co.uk``.
            The domain's own name always counts.
        keywords: what it wants to be found for; without any, no anchor is exact or partial.
    """

    domain: str
    brands: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()

    def class_of(self, anchor: str | None, is_image: bool) -> str:
        """Return the class of an anchor, the first of `CLASSES` that applies.

        ``image``: the link shows an image and no text, whatever its alt text. ``naked``: the text is
        a URL or host. ``branded``: a brand stands in it, with spaces and hyphens or without.
        ``exact``: it is a keyword. ``partial``: a keyword stands in it, or all words of one, in any
        order, a plural ``s`` apart. ``generic``: one of `GENERIC`. ``empty``: no text. Case and
        punctuation do not count.

        >>> words = AnchorWords("acme-pens.com", keywords=("fountain pens",))
        >>> [words.class_of(text, False) for text in ("The Acme Pens shop", "pens, fountain", "Here!")]
        ['branded', 'partial', 'generic']
        """
        if is_image:
            return "image"
        text = (anchor or "").strip()
        if not text:
            return "empty"
        if is_naked(text, self.domain):
            return "naked"
        return self._by_words(_words(text))

    def _by_words(self, words: Sequence[str]) -> str:
        if any(_holds(words, brand) for brand in self._brands):
            return "branded"
        joined = "".join(words)
        if any(joined == "".join(keyword) for keyword in self._keywords):
            return "exact"
        if any(_holds(words, key) or _holds_all(words, key) for key in self._keywords):
            return "partial"
        return "generic" if " ".join(words) in GENERIC else "other"

    @cached_property
    def _brands(self) -> list[list[str]]:
        return [words for brand in (*self.brands, name_of(self.domain)) if (words := _words(brand))]

    @cached_property
    def _keywords(self) -> list[list[str]]:
        return [words for keyword in self.keywords if (words := _words(keyword))]


def is_naked(text: str, domain: str) -> bool:
    """Return whether ``text`` is a URL or a host, of ``domain`` or under a public suffix.

    >>> is_naked("www.example.org/a", "b.com"), is_naked("example.co.uk", "b.com")
    (True, True)
    >>> is_naked("Node.js", "nodejs.org"), is_naked("b.test", "b.test"), is_naked("a b.com", "b.com")
    (False, True, False)
    """
    if _NAKED.fullmatch(text):
        return True
    host = re.split(r"[/?#:]", text, maxsplit=1)[0].rstrip(".")
    if " " in text or not _HOST.fullmatch(host):
        return False
    try:
        ascii_host = ada_url.URL(f"http://{host}/").hostname
    except ValueError:
        return False
    return registered_domain(ascii_host) == domain or has_known_suffix(ascii_host)


def _words(text: str) -> list[str]:
    """Return the words of ``text`` in one form: no case, no punctuation, ``&`` as ``and``."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("&", " and ")
    return _WORD.findall(plain)


def _holds(words: Sequence[str], wanted: Sequence[str]) -> bool:
    """Return whether some words in a row, written together, are ``wanted`` written together."""
    goal = "".join(wanted)
    if unicodedata.name(goal[0], "").startswith(_UNSPACED):
        return goal in "".join(words)
    for start in range(len(words)):
        run = ""
        for word in words[start:]:
            run += word
            if run == goal:
                return True
            if len(run) >= len(goal):
                break
    return False


def _holds_all(words: Sequence[str], wanted: Sequence[str]) -> bool:
    """Return whether every word of ``wanted`` is there, a plural ``s`` apart."""
    found = {_singular(word) for word in words}
    return all(_singular(word) in found for word in wanted)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
