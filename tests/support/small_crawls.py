"""A small web is crawled by the command line, as a process of its own, as fast as it goes."""

from __future__ import annotations

from support.crawling import Web, linkcrawler, rows

FAST = ("--delay", "0", "--quiet")
NO_LIMITS = ("--hops", "0", "--max-pages", "0", "--max-pages-per-domain", "0")
CONTACT = (
    "No contact is set: say who answers for this crawl with "
    "--contact <URL or mail address> (LINKCRAWLER_CONTACT)"
)


def crawl(web: Web, folder, *arguments, seeds=("http://a.example/",)):
    return linkcrawler("crawl", *seeds, "--out", folder, "--proxy", web.url, *FAST, *arguments)


def outcomes(folder) -> dict[str, tuple[str, str]]:
    return {row["url"]: (row["outcome"], row["reason"]) for row in rows(folder, "pages")}
