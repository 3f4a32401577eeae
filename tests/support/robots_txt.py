"""A robots.txt as a site answers it, the rules of one, and what they make of pages."""

from __future__ import annotations

from linkcrawler.loopback import Answer

RULES = "User-agent: *\nDisallow: /no\n"
OPEN, CLOSED = ("ok", ""), ("robots", "disallowed")


def text(body, *headers, status=200):
    body = body.encode() if isinstance(body, str) else body
    return Answer(status, body, (("Content-Type", "text/plain"), *headers))
