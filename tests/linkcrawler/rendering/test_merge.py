from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.extraction.elements import PageFacts
from linkcrawler.extraction.reading import Reading
from linkcrawler.items import Link
from linkcrawler.packing import PackedLinks, pack
from linkcrawler.rendering.merge import merged

TARGETS = st.lists(st.sampled_from([f"http://{name}.example/" for name in "abcd"]), max_size=8)


def facts(targets, limit: int = 0, **given_facts) -> PageFacts:
    found = PageFacts("a.example", limit, **given_facts)
    for target in targets:
        found.add(Link(target, "a", "text"))
    return found


def add_rendered(page: PageFacts, after: PageFacts, left_for=(), *, packed: bool = False):
    """Merge what was read here, or came packed from elsewhere; return the facts and what came to them."""
    before = Reading(page, "utf-8", False)
    if packed:
        links = PackedLinks(pack(page.links))
        before = replace(before, facts=replace(page, links=[], is_full=False), packed=links)
    found = merged(before, Reading(after, "utf-8", False), left_for)
    assert found.packed is None
    assert list(before.links) == page.links, "changed in place"
    return found.facts, found.facts.n_links - page.n_links


@given(TARGETS, TARGETS, st.booleans())
def test_both_sets_are_what_the_page_held_before_and_after(before, after, packed):
    page, added = add_rendered(facts(before), facts(after), packed=packed)
    old = [link.target for link in page.links if not link.rendered]
    new = Counter(link.target for link in page.links if link.rendered)
    assert old == before
    assert new == Counter(after) - Counter(before)
    assert page.n_links == len(page.links) == len(before) + added
    assert page.n_internal == sum(link.target == "http://a.example/" for link in page.links)


def test_kinds_are_told_apart_and_what_a_script_changes_in_a_link_makes_no_new_one():
    before = facts(["http://b.example/"])
    after = PageFacts("a.example")
    after.add(Link("http://b.example/", "iframe"))
    after.add(Link("http://b.example/", "a", "other text", rel="nofollow"))
    page, added = add_rendered(before, after)
    assert added == 1
    assert [(link.kind, link.anchor, link.rendered) for link in page.links] == [
        ("a", "text", False),
        ("iframe", None, True),
    ]


def test_where_scripts_want_to_go_is_a_link_once():
    left = ["http://b.example/#x", "http://b.example/", "about:blank"]
    page, added = add_rendered(facts([]), facts([]), left)
    assert added == 1
    assert page.links == [Link("http://b.example/", "refresh", rendered=True)]


def test_a_page_whose_links_were_cut_gets_none():
    before = facts(["http://b.example/"] * 3, limit=2)
    page, added = add_rendered(before, facts(["http://c.example/"] * 5), packed=True)
    assert added == 0
    assert (len(page.links), page.n_links) == (2, 3)


def test_links_beyond_the_limit_are_counted_and_not_kept():
    before = facts(["http://b.example/"], limit=2)
    page, added = add_rendered(before, facts(["http://c.example/"] * 4, limit=2), packed=True)
    assert added == 2
    assert [link.target for link in page.links] == ["http://b.example/", "http://c.example/"]
    assert page.is_cut


def test_the_page_says_of_itself_what_it_says_in_the_end():
    before = facts([], title="loading", lang="en", text_key=1, words_key=2, owner_ids="G-1")
    page, _ = add_rendered(
        before, facts([], title="ready", text_key=3, words_key=4, noindex=True, simhash=7)
    )
    assert (page.owner_ids, page.simhash) == ("G-1", 7)
    assert (page.title, page.lang, page.noindex, page.text_key, page.words_key) == (
        "ready", "en", True, 3, 4
    )  # fmt: skip
