"""The sample web holds what the demo promises, and nothing in it is broken by accident."""

import re

import ada_url
import networkx as nx
import pytest
from support.sample_pages import charset_of, crawl, followed, header, is_html, targets, tree_of

from linkcrawler.sample_web import load, sample_web_folder
from linkcrawler.urls.canonical import canonicalize, host_of
from linkcrawler.urls.domains import registered_domain

BROKEN = {
    "http://thursdaynib.example/2019/lost-review": 404,
    "http://pen-repairs.example/quote": 500,
}
LOOP = {"http://lnk.example/round", "http://lnk.example/and-round"}
DEAD_HOSTS = {"www.gonepens.example", "inkpot-weekly.example"}
FARM = {
    f"{name}.example"
    for name in (
        "best-fountain-pens",
        "top-ten-pens",
        "pen-deals-daily",
        "cheap-ink-online",
        "luxury-pen-guide",
        "pen-reviews-today",
    )
}
FARM_SHOP = "goldnib-outlet.example"


@pytest.fixture(scope="module")
def web():
    return load(sample_web_folder())


@pytest.fixture(scope="module")
def crawled(web):
    return crawl(web)


@pytest.fixture(scope="module")
def answers(crawled):
    return crawled[0]


@pytest.fixture(scope="module")
def links(crawled):
    return crawled[1]


def test_at_least_thirty_six_domains_and_250_pages_are_reachable_from_the_seeds(answers, web):
    pages = [url for url, answer in answers.items() if answer.status == 200 and is_html(answer)]
    assert len({registered_domain(host_of(url)) for url in pages}) >= 36
    assert 250 <= len(pages) <= 400
    assert {host_of(url) for url in answers} - DEAD_HOSTS == set(web.hosts)


def test_every_page_described_is_reachable_except_robots_txt(answers, web):
    unreached = set(web.answers) - {url.partition("?")[0] for url in answers}
    aside = (".svg", "/style.css", "/robots.txt")
    assert {url for url in unreached if not url.endswith(aside)} == set()


def test_every_image_of_a_page_is_answered(answers, web):
    pages = [url for url, answer in answers.items() if is_html(answer) and answer.body]
    sources = [
        (ada_url.join_url(url, image.attributes["src"]), image.attributes["alt"])
        for url in pages
        for image in tree_of(answers[url]).css("img")
    ]
    assert len(sources) > 50
    assert all(alt and web.handler(source).status == 200 for source, alt in sources)


def test_every_internal_link_leads_to_a_page_unless_meant_not_to(answers, links):
    wrong = {
        (url, target, answers[target].status)
        for url, found in links.items()
        for _, target, _ in found
        if registered_domain(host_of(url)) == registered_domain(host_of(target))
        and target in answers
        and answers[target].status not in {200, 301, 302}
    }
    assert {(target, status) for _, target, status in wrong} == set(BROKEN.items())


def test_every_external_link_leads_to_a_page_unless_meant_not_to(answers):
    statuses = {url: answer.status for url, answer in answers.items()}
    wrong = {url for url, status in statuses.items() if status not in {200, 301, 302}}
    assert {url for url in wrong if host_of(url) not in DEAD_HOSTS} == set(BROKEN)
    assert {statuses[url] for url in wrong if host_of(url) in DEAD_HOSTS} == {502}
    assert {host_of(url) for url in wrong} >= DEAD_HOSTS


def test_every_page_reads_like_one(answers):
    for url, answer in answers.items():
        if answer.status == 200 and is_html(answer):
            tree = tree_of(answer)
            assert answer.body.startswith(b"<!doctype html>"), url
            assert tree.css_first("title").text(strip=True), url
            assert len(tree.css("h1")) == 1, url
            assert tree.css_first("html").attributes["lang"], url
            assert not re.search(r"\]\(|^@|[{}]|\|\|", tree.body.text()), url


def test_both_layouts_are_used(answers):
    modern = tree_of(answers["http://penwiki.example/"])
    assert all(modern.css_first(tag) for tag in ("header", "nav", "main", "footer"))
    assert tree_of(answers["http://thursdaynib.example/"]).css_first("aside")
    classic = tree_of(answers["http://penlinks.example/"])
    assert not classic.css("header, nav, main, aside, footer")


def test_redirects_move_a_site_and_chain_and_loop(answers, links):
    moved = {url for url in answers if host_of(url) == "calder-pens.example"}
    assert len(moved) == 3
    for url in moved:
        assert answers[url].status == 301
        assert links[url][0][1] == url.replace("calder-pens", "calderfinch")
    assert answers["http://lnk.example/harbour"].status == 302
    hops = dict(targets(links, "redirect"))
    chain = ["http://lnk.example/inkwell"]
    while chain[-1] in hops:
        chain.append(hops[chain[-1]])
    assert chain[1:] == [
        "http://lnk.example/inkwell-2",
        "http://inkwell.example/go",
        "http://shop.inkwell.example/",
    ]
    assert all({hops[url], url} == LOOP for url in LOOP)
    assert hops["http://quill-and-nib.example/"] == "http://www.quill-and-nib.example/"


def test_links_of_every_kind_are_there(links):
    assert targets(links, "refresh") == {
        ("http://stationery-news.example/pens", "http://www.quill-and-nib.example/news/")
    }
    canonical = dict(targets(links, "canonical"))
    assert canonical["http://shop.inkwell.example/pens/tern-blue"].endswith("/pens/tern")
    cross_domain = canonical["http://stationery-news.example/tern-at-sixty"]
    assert cross_domain == "http://www.quill-and-nib.example/features/tern-at-sixty"
    assert ("http://orsina.example/", "http://orsina.example/it/") in targets(links, "alternate")
    assert targets(links, "header") == {
        ("http://handwriting-lab.example/slant", "http://handwriting-lab.example/de/slant"),
        (
            "http://nibmeisters-guild.example/standards/nib-grades.pdf",
            "http://nibmeisters-guild.example/standards",
        ),
    }
    assert targets(links, "iframe") == {
        ("http://inkstained.example/listen", "http://convertertalk.example/embed/100")
    }
    areas = {target for _, target in targets(links, "area")}
    assert len(areas) == 4
    assert {url for url, _ in targets(links, "area")} == {"http://harbourpenshow.example/plan"}


def test_base_href_moves_the_relative_links_of_a_page(links):
    page = "http://handwriting-lab.example/papers/"
    assert ("a", f"{page}2019/letters.html", "") in links[page]
    assert ("a", f"{page}newer.html", "") in links[page]


def test_rels_mark_paid_links_and_posts(links):
    forum = [
        (target, rel)
        for url, found in links.items()
        if "/t/" in url
        for kind, target, rel in found
        if kind == "a" and host_of(target) != "forum.nibtalk.example"
    ]
    assert len(forum) >= 12
    assert {rel for _, rel in forum} == {"ugc nofollow"}
    sponsored = {
        (registered_domain(host_of(url)), registered_domain(host_of(target)))
        for url, found in links.items()
        for _, target, rel in found
        if "sponsored" in rel
    }
    assert len(sponsored) >= 6
    images = [found for url, found in links.items() if url.endswith("nib.example/")]
    assert any(rel == "sponsored" for found in images for _, _, rel in found)


def test_whole_pages_can_say_nofollow(answers):
    assert header(answers["http://collectorsledger.example/prices"], "X-Robots-Tag") == "nofollow"
    members = tree_of(answers["http://forum.nibtalk.example/members"])
    assert members.css_first("meta[name=robots]").attributes["content"] == "nofollow"


def test_robots_rules_forbid_pages_that_are_linked(answers, web):
    robots = web.handler("http://nibandco.example/robots.txt")
    assert header(robots, "Content-Type").startswith("text/plain")
    assert b"Disallow: /basket/" in robots.body
    assert b"Crawl-delay" not in robots.body
    assert "http://nibandco.example/basket/" in answers
    assert b"Disallow: /print/" in web.handler("http://www.quill-and-nib.example/robots.txt").body
    assert "http://www.quill-and-nib.example/print/current" in answers
    assert web.handler("http://penwiki.example/robots.txt").status == 404


@pytest.mark.parametrize(
    ("url", "charset", "text"),
    [
        ("http://plume-et-papier.example/", "iso-8859-1", "depuis l'été 2003"),
        ("http://mannenhitsu.example/mizuki", "shift_jis", "漆は四十回塗ります"),
    ],
)
def test_pages_in_other_charsets_declare_them(answers, url, charset, text):
    answer = answers[url]
    assert charset_of(answer).lower() == charset
    assert text in tree_of(answer).body.text()
    with pytest.raises(UnicodeDecodeError):
        answer.body.decode("utf-8")


def test_one_charset_is_declared_by_the_header_and_one_by_the_page_alone(answers):
    named = header(answers["http://plume-et-papier.example/"], "Content-Type")
    assert named == "text/html; charset=ISO-8859-1"
    assert header(answers["http://mannenhitsu.example/"], "Content-Type") == "text/html"


def test_a_document_that_is_no_html_is_linked(answers):
    answer = answers["http://nibmeisters-guild.example/standards/nib-grades.pdf"]
    assert header(answer, "Content-Type") == "application/pdf"
    assert answer.body.startswith(b"%PDF-")


def test_private_suffix_tenants_and_an_idn_host_are_domains_of_their_own(answers):
    domains = {registered_domain(host_of(url)) for url in answers}
    assert {"ann-writes.github.io", "bob-restores.github.io"} <= domains
    assert ada_url.URL("http://füllhalter.example/").hostname in domains
    assert canonicalize("http://füllhalter.example/über-uns") in answers


def test_an_agency_is_credited_on_every_page_of_the_largest_site(links):
    museum = [url for url in links if host_of(url) == "museum-of-writing.example"]
    html = [url for url in museum if any(kind == "a" for kind, _, _ in links[url])]
    assert len(html) >= 40
    assert all(
        sum(target == "http://brightwell-studio.example/" for _, target, _ in links[url]) == 1
        for url in html
    )


def test_the_farm_links_itself_and_one_shop_and_little_else_links_it(links, answers):
    edges = followed(links, answers)
    for member in FARM:
        assert {b for a, b in edges if a == member} == (FARM - {member}) | {FARM_SHOP}
    entrances = {(a, b) for a, b in edges if a not in FARM and b in FARM | {FARM_SHOP}}
    assert entrances == {("penlinks.example", "best-fountain-pens.example")}


def test_pagerank_puts_the_authorities_first_and_the_farm_below_them(links, answers):
    graph = nx.DiGraph(sorted(followed(links, answers)))
    scores = nx.pagerank(graph, alpha=0.85, tol=1e-12)
    order = sorted(scores, key=lambda domain: (-scores[domain], domain))
    assert order[:5] == [
        "penwiki.example",
        registered_domain("www.quill-and-nib.example"),
        "museum-of-writing.example",
        "nibmeisters-guild.example",
        "inkarchive.example",
    ]
    assert not set(order[:20]) & {FARM_SHOP, "brightwell-studio.example", *FARM}


def test_the_pages_of_a_list_link_their_neighbours_in_a_ring(links):
    catalogue = "http://museum-of-writing.example/catalogue/mw-01"
    for page, neighbours in (("01", ["40", "02"]), ("40", ["39", "01"])):
        found = [target for _, target, _ in links[catalogue + page] if "/mw-" in target]
        assert found == [catalogue + number for number in neighbours]
