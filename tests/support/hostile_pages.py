"""Pages that are hostile to what reads them: too deep, too many, too long, not what they say they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.hostile_peer import MIB, OK, Case, later, outcomes

if TYPE_CHECKING:
    from collections.abc import Callable

LINK = b"<a href=/found>found</a>"


def of(
    body: Callable[[], bytes] | bytes, links: int = 1, degraded: bool | None = None, **options
) -> Case:
    """A page that `prepare` makes before."""
    fields = options.pop("fields", ())
    expected = options.pop("expected", OK)
    made = later(body) if callable(body) else lambda: body
    return Case(lambda peer: peer.page(made(), *fields), expected, links=links, degraded=degraded)


def many(template: bytes, n: int) -> bytes:
    """Return ``template`` with the numbers up to ``n`` put in, one after the other."""
    return b"".join(template % number for number in range(n))


PAGES = {
    # Depth
    "deep_2049": of(lambda: b"<div>" * 2049 + LINK, degraded=False),
    "deep_10000": of(lambda: LINK + b"<div>" * 10_000 + LINK, links=2),
    "deep_100000": of(lambda: LINK + b"<div>" * 100_000 + LINK, links=2),
    "deep_closed": of(lambda: b"<i>" * 10_000 + LINK + b"</i>" * 10_000),
    "deep_svg": of(lambda: b"<svg><g>" * 20_000 + b"</svg>" + LINK, links=0),
    "deep_tables": of(lambda: b"<table><tr><td>" * 10_000 + LINK),
    "deep_forms": of(lambda: b"<form><div>" * 15_000 + LINK),
    "deep_templates": of(lambda: b"<template>" * 20_000 + LINK, links=0),
    "deep_objects": of(lambda: b"<a href=/found>t<object>" * 3000, links=1),
    "deep_lists": of(lambda: b"<ul><li>" * 15_000 + LINK),
    # Formatting that is opened again and again
    "formatting": of(lambda: many(b"<b %d>", 8000) + LINK),
    "formatting_in_paragraphs": of(lambda: b"<p>" + many(b"<b %d>", 1600) + b"<p>x" * 1600 + LINK,
                                   degraded=True),
    "formatting_unclosed": of(lambda: b"<font color=a>x" * 50_000 + LINK),
    "formatting_crossed": of(lambda: b"<b><div>" * 10_000 + b"</b>" * 10_000 + LINK),
    "formatting_mixed": of(lambda: b"<p>" + many(b"<b %d><i><u>", 3000) + b"</p><p>" * 3000 + LINK),
    # Attributes and lengths
    "attributes": of(lambda: b"<a " + many(b"a%d ", 100_000) + b"href=/found>found</a>"),
    "attributes_alike": of(lambda: b"<a " + b"a=1 " * 100_000 + b"href=/found>found</a>"),
    "attributes_of_body": of(lambda: many(b"<body a%d=x>", 10_000) + LINK),
    "long_tag": of(lambda: b"<a href=/found title='" + b"x" * 5 * MIB + b"'>found</a>"),
    "long_comment": of(lambda: b"<!--" + b"-" * 5 * MIB + b"-->" + LINK),
    "long_title": of(lambda: b"<title>" + b"T\xcc\x81" * MIB + b"</title>" + LINK),
    "long_anchor": of(lambda: b"<a href=/found>" + b"word " * MIB + b"</a>"),
    "long_url": of(lambda: b"<a href=/" + b"x" * MIB + b">x</a>" + LINK),
    "long_words": of(lambda: b"<p>" + b"x" * 9 * MIB + b"</p>" + LINK),
    "quote_unclosed": of(lambda: LINK + b"<a href='" * 300_000),
    "comment_unclosed": of(lambda: LINK + b"<!--" * 300_000),
    "script_unclosed": of(lambda: LINK + b"<script>" + b"<a href=/no>" * 100_000),
    "script_in_script": of(lambda: b"<script>" + b"<!--<script>" * 100_000 + b"--></script>" + LINK),
    "less_than": of(lambda: LINK + b"<" * 10_000_000),
    "entities": of(lambda: b"<a href=/found>" + b"&amp;" * 1_000_000 + b"</a>"),
    "entities_in_url": of(lambda: b"<a href='?" + b"&amp;" * 300_000 + b"'>x</a>" + LINK),
    "options": of(lambda: b"<select>" + b"<option>x" * 50_000 + b"</select>" + LINK),
    "framesets": of(lambda: b"<frameset>" * 30_000 + b"<frame src=/found>"),
    # Numbers
    "links_million": of(lambda: b"<a href=1>" * 1_000_000, links=6000),
    "links_far": of(lambda: many(b"<a href=//h%d.example/x>x</a>", 20_000), links=6000),
    "links_long": of(lambda: b"<base href='/" + b"y" * 8000 + b"/'>" + many(b"<a href=?%d>x</a>", 20_000),
                     links=500),
    "frames": of(lambda: b"<iframe src=/found></iframe>" * 30_000, links=6000),
    "metas": of(lambda: b"<meta name=robots content=noindex>" * 30_000 + LINK),
    "relations": of(lambda: b"<link rel=next href=/found>" * 20_000, links=6000),
    "images_in_anchor": of(lambda: (b"<a href=/found>" + b"<img alt=x>" * 200) * 500, links=500),
    # Text and encodings
    "nul": of(lambda: b"\0" * 100_000 + LINK),
    "utf_7": of(b"+ADw-a href+AD0-x+AD4-" + LINK, fields=(b"X: y",)),
    "utf_16": of(lambda: b"\xff\xfe" + ("<div>" * 5_000 + LINK.decode()).encode("utf-16-le")),
    "charset_odd": of(b"<meta charset='\x1b[31m\xff'>" + LINK),
    "charset_codec": of(b"<meta charset=unicode_escape><meta charset=idna>" + LINK),
    "invalid_utf_8": of(lambda: b"<meta charset=utf-8>" + b"\xff\xc0\x80\xed\xa0\x80" * 100_000 + LINK),
    "marks": of(lambda: b"<a href=/found>" + b"a" + b"\xcc\x81\xcc\xa3" * 200_000 + b"</a>"),
    "bidi": of("<title>\u202e\u2066x\x1b[2J</title><a href=/found>\u202eevil\x07</a>".encode()),
    # Not what it says
    "image_as_page": of(lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4000, links=0),
    "page_as_image": Case(lambda peer: peer.raw(
        b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 24\r\n\r\n" + LINK),
        outcomes("not_html:image/png")),
    "page_without_type": Case(lambda peer: peer.raw(
        b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n<html>" + LINK), OK, links=1),
    "type_garbage": Case(lambda peer: peer.raw(
        b"HTTP/1.1 200 OK\r\nContent-Type: \x1b[31m;;;=text/html\xff\r\nContent-Length: 25\r\n\r\nx" + LINK),
        outcomes("not_html:[31m")),
    "type_garbage_of_a_page": Case(lambda peer: peer.raw(
        b"HTTP/1.1 200 OK\r\nContent-Type: \x1b[31m;;;=text/html\xff\r\nContent-Length: 24\r\n\r\n" + LINK), OK, links=1),
    "refresh_self": of(b"<meta http-equiv=refresh content='0; url=/'>" + LINK, links=2),
    "refresh_garbage": of(b"<meta http-equiv=refresh content='0;" + b" " * 10_000 + b"url=x'>" + LINK),
    "no_body": Case(lambda peer: peer.page(b""), OK, links=0),
}  # fmt: skip
