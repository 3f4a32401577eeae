"""Pages as they are given to what reads them: one that is quickly read, and one that takes too long."""

from __future__ import annotations

from linkcrawler.extraction.elements import PageHeaders
from linkcrawler.extraction.reading import Document

LINK = b"<a href=/found>found</a>"
DEEP = b"<div>" * 60_000 + LINK


def document(body: bytes, host: str = "a.example", **given) -> Document:
    headers = PageHeaders(("</n>; rel=next",), ("noindex",))
    content_type = given.get("content_type", "text/html")
    return Document(body, content_type, f"http://{host}/", headers, "linkcrawler", 6000)
