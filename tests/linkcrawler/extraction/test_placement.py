"""The part of a page that a link stands in: the rule, case by case."""

from __future__ import annotations

import pytest

from linkcrawler.extraction.placement import PLACEMENTS, part_said_by, placed


@pytest.fixture
def place(read):
    """A function from HTML to the placements of its links in order, joined."""
    return lambda html: " ".join(link.placement for link in read(html).links)


A = "<a href=x>t</a>"


@pytest.mark.parametrize(
    ("html", "placement"),
    [
        (A, "main"),
        (f"<div><p>{A}</p></div>", "main"),
        (f"<main></main><div><p>{A}</p></div>", "unknown"),
        (f"<div class=navheader>{A}</div>", "nav"),
        (f"<section class=wy-nav-content-wrap><footer>{A}</footer></section>", "footer"),
        (f"<header><ul><li>{A}</ul></header>", "nav"),
        (f"<div><ul><li>{A}</ul></div>", "main"),
        ("<div class=header><a rel='next' href=x>t</a></div>", "nav"),
        ("<p><a rel='nofollow' href=x>t</a></p>", "main"),
        ("<footer><a rel=contents href=x>t</a></footer>", "footer"),
        (f"<main>{A}</main>", "main"),
        (f"<article>{A}</article>", "main"),
        (f"<nav>{A}</nav>", "nav"),
        (f"<header>{A}</header>", "header"),
        (f"<footer>{A}</footer>", "footer"),
        (f"<aside>{A}</aside>", "aside"),
        (f"<div role=main>{A}</div>", "main"),
        (f"<div role='Navigation'>{A}</div>", "nav"),
        (f"<div role=banner>{A}</div>", "header"),
        (f"<div role=contentinfo>{A}</div>", "footer"),
        (f"<div role=complementary>{A}</div>", "aside"),
        (f"<nav role=complementary>{A}</nav>", "aside"),
        (f"<div role=presentation class=menu>{A}</div>", "nav"),
        (f"<div id=footer class=nav>{A}</div>", "footer"),
        (f"<div class='row site-footer'>{A}</div>", "footer"),
        (f"<div class=mainNav>{A}</div>", "nav"),
        (f"<ul class='breadcrumb'><li>{A}</ul>", "nav"),
        (f"<div class=sphinxsidebar role=navigation>{A}</div>", "nav"),
        (f"<table><tr><td class=sidebar>{A}<td id=content>{A}</table>", "aside main"),
        (f"<div class=columns>{A}</div>", "main"),
        (f"<div class=entry-header>{A}</div>", "main"),
        (f"<div class='x{'y' * 400}' id=footer>{A}</div>", "main"),
    ],
)
def test_what_an_element_says_of_its_place(place, html, placement):
    assert place(html) == placement


@pytest.mark.parametrize(
    ("html", "placement"),
    [
        (f"<header>{A}<nav>{A}</nav>{A}</header>{A}", "header nav header main"),
        (f"<footer>{A}<nav>{A}</nav><ul class=menu><li>{A}</ul></footer>", "footer footer footer"),
        (f"<div class=footer><main>{A}</main></div>", "main"),
        (f"<main>{A}<nav>{A}</nav><aside>{A}</aside></main>", "main nav aside"),
        (
            f"<main><header>{A}</header><article><footer>{A}</footer></article></main>",
            "main main",
        ),
        (f"<article><header>{A}</header></article><header>{A}</header>", "main header"),
        (f"<aside><header>{A}</header><article>{A}</article></aside>", "aside aside"),
        (f"<nav><div class=content>{A}</div></nav>", "nav"),
        (f"<div class=content>{A}<div class=sidebar>{A}</div></div>", "main aside"),
        (f"<h2 class=header>{A}</h2><p class=footer>{A}</p>", "main main"),
    ],
)
def test_the_nearest_that_speaks_counts_but_for_footers_and_what_belongs_to_an_article(
    place, html, placement
):
    assert place(html) == placement


def test_links_of_the_head_and_of_headers_stand_nowhere(read):
    facts = read("<link rel=next href=x><nav></nav>", link=["<y>; rel=prev"])
    assert [(link.placement, link.block, link.block_links) for link in facts.links] == [
        ("unknown", 0, 0)
    ] * 2


def test_placements_are_those_of_the_dataset():
    said = {part_said_by(name, {}) for name in ("nav", "main", "header", "footer", "aside", "b")}
    assert {placed(word, "unknown") for word in said} == set(PLACEMENTS)
