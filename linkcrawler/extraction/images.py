"""The markup in an anchor in, what is shown there in place of text out."""

from __future__ import annotations

from typing import Final

from linkcrawler.extraction.markup import attributes_of, tags_of
from linkcrawler.extraction.text import shown_text

_IMAGES: Final = frozenset({"img", "svg", "picture", "object", "input"})


def images_in(markup: str) -> tuple[str, bool]:
    """Return the alternative text of images, and whether there is an image.

    >>> images_in('<img alt="A" src="b"><span></span><img alt="C">'), images_in("")
    (('A C', True), ('', False))
    """
    if "<" not in markup:
        return "", False
    alts = []
    for tag in tags_of(markup):
        name, _, _ = tag.partition(" ")
        if name in _IMAGES:
            given = attributes_of(tag)
            if name != "input" or given.get("type", "").lower() == "image":
                alts.append(given.get("alt", ""))
    return shown_text(" ".join(alts)), bool(alts)
