"""The pages and links of the sample web, read by means other than the crawler's own."""

import re
from collections import deque

from selectolax.lexbor import LexborHTMLParser

from linkcrawler.urls.canonical import canonicalize, host_of
from linkcrawler.urls.domains import registered_domain

FOLLOWED_MONTHS = 3


def header(answer, name):
    values = [value for key, value in answer.headers if key.lower() == name.lower()]
    return values[-1] if values else ""


def is_html(answer):
    return header(answer, "Content-Type").partition(";")[0] in {"", "text/html"}


def charset_of(answer):
    named = re.search(r"charset=([\w-]+)", header(answer, "Content-Type"))
    return (named or re.search(r'charset="([\w-]+)', answer.body[:300].decode("latin-1")))[1]


def tree_of(answer):
    charset = "utf-8" if answer.headers == () else charset_of(answer)
    return LexborHTMLParser(answer.body.decode(charset, "strict"))


def links_of(url, answer):
    """Return (kind, target, rel) of every link of an answer, targets canonical."""
    found = []
    if location := header(answer, "Location"):
        found.append(("redirect", location, ""))
    found += [("header", link, "") for link in re.findall(r"<([^>]+)>", header(answer, "Link"))]
    base = url
    if is_html(answer) and answer.body:
        tree = tree_of(answer)
        if (element := tree.css_first("base[href]")) is not None:
            base = element.attributes["href"]
        for element in tree.css("a[href], area[href], iframe[src], link[rel][href]"):
            values = element.attributes
            rel = values.get("rel") or ""
            kind = rel if element.tag == "link" else element.tag
            found.append((kind, values.get("href") or values.get("src"), rel))
        if (element := tree.css_first("meta[http-equiv=refresh]")) is not None:
            found.append(("refresh", element.attributes["content"].partition("url=")[2], ""))
    return [(kind, canonicalize(target, base), rel) for kind, target, rel in found]


def crawl(web):
    """Return the answer and the links of every URL that any link leads to from the seeds."""
    answers, links = {}, {}
    queue = deque(web.seeds)
    while queue:
        url = queue.popleft()
        month = re.search(r"month=(-?\d+)", url)
        if url in answers or (month and abs(int(month[1])) > FOLLOWED_MONTHS):
            continue
        answers[url] = web.handler(url)
        links[url] = links_of(url, answers[url])
        queue.extend(target for _, target, _ in links[url])
    return answers, links


def followed(links, answers):
    """Return the edges between registered domains that a crawler follows."""
    edges = set()
    for source, found in links.items():
        if "nofollow" in header(answers[source], "X-Robots-Tag"):
            continue
        if b'content="nofollow"' in answers[source].body:
            continue
        for kind, target, rel in found:
            if kind != "stylesheet" and not {"nofollow", "ugc", "sponsored"} & set(rel.split()):
                edge = registered_domain(host_of(source)), registered_domain(host_of(target))
                edges.add(edge)
    return {(source, target) for source, target in edges if source != target}


def targets(links, kind):
    return {(url, target) for url, found in links.items() for k, target, _ in found if k == kind}
