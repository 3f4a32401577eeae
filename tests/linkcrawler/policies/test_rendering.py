from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.policies.rendering import (
    DOMAIN_TRIES,
    MAX_DOMAINS,
    MAX_KINDS,
    TRIES,
    RenderPolicy,
    StaticPage,
    has_content_links,
    scripts_of,
)

SHELL = StaticPage("a.example", False, "app")
ARTICLE = StaticPage("a.example", True, "app")
COUNTED = StaticPage("a.example", True, "count")
PLAIN = StaticPage("a.example", False, "")


def taught(*renders: tuple[StaticPage, int], mode: str = "auto") -> RenderPolicy:
    policy = RenderPolicy(mode)
    for page, added in renders:
        policy.learn(page, added)
    return policy


def test_a_page_is_rendered_where_it_loads_scripts_and_holds_no_content_links():
    policy = RenderPolicy("auto")
    assert policy.reason(SHELL) == "no_links"
    assert policy.reason(ARTICLE) == policy.reason(PLAIN) == ""


def test_other_pages_are_rendered_once_rendering_has_added_links_to_their_domain():
    policy = taught((SHELL, 4))
    assert policy.reason(ARTICLE) == policy.reason(COUNTED) == "domain"
    assert policy.reason(PLAIN) == ""
    assert policy.reason(StaticPage("b.example", True, "app")) == ""


def test_pages_of_a_kind_whose_renders_add_nothing_are_not_rendered_any_more():
    policy = taught((SHELL, 4), *[(COUNTED, 0)] * TRIES)
    assert policy.reason(COUNTED) == ""
    assert policy.reason(StaticPage("a.example", False, "count")) == ""
    assert policy.reason(ARTICLE) == "domain"


def test_one_render_that_adds_links_starts_the_count_anew():
    renders = [*[(SHELL, 0)] * (TRIES - 1), (SHELL, 1), *[(SHELL, 0)] * (TRIES - 1)]
    assert taught(*renders).reason(SHELL) == "no_links"
    assert taught(*renders, (SHELL, 0)).reason(SHELL) == ""


def test_a_domain_whose_renders_add_nothing_is_not_rendered_any_more():
    kinds = [StaticPage("a.example", False, f"kind {n}") for n in range(DOMAIN_TRIES + 1)]
    policy = taught(*[(page, 0) for page in kinds[:-2]])
    assert policy.reason(kinds[-1]) == "no_links"
    policy.learn(kinds[-2], 0)
    assert policy.reason(kinds[-1]) == ""
    assert policy.reason(StaticPage("b.example", False, "kind 1")) == "no_links"


def test_on_renders_everything_and_off_nothing():
    for page in (SHELL, ARTICLE, PLAIN):
        assert taught(*[(page, 0)] * 99, mode="on").reason(page) == "always"
        assert taught((page, 5), mode="off").reason(page) == ""


def test_what_is_remembered_is_bounded():
    policy = RenderPolicy("auto")
    for n in range(MAX_DOMAINS + 5):
        policy.learn(StaticPage(f"{n}.example", False, "app"), 1)
    for n in range(3 * MAX_KINDS):
        policy.learn(StaticPage("a.example", False, f"{n}"), n % 2)
    assert len(policy._domains) == MAX_DOMAINS
    assert len(policy._domains["a.example"].kinds) <= MAX_KINDS + 1


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.booleans()), max_size=60))
def test_of_a_domain_that_never_adds_a_link_no_more_than_its_tries_are_rendered(pages):
    policy, renders = RenderPolicy("auto"), 0
    for kind, links, has_scripts in pages:
        page = StaticPage("a.example", links > 0, f"{kind}" if has_scripts else "")
        if policy.reason(page):
            renders += 1
            policy.learn(page, 0)
    assert renders <= DOMAIN_TRIES


def test_a_mixed_site_is_rendered_where_links_are_made_by_scripts_and_hardly_elsewhere():
    policy, rendered, missed = RenderPolicy("auto"), 0, 0
    for n in range(1000):
        is_shell = n % 10 == 0
        page = StaticPage("a.example", not is_shell, "app" if is_shell else "count")
        if policy.reason(page):
            rendered += 1
            policy.learn(page, 5 * is_shell)
        else:
            missed += is_shell
    assert missed == 0
    assert rendered <= 100 + TRIES


def test_content_links_lead_on_and_stand_in_the_content():
    url, other = "http://a.example/", "http://b.example/"
    for link in (("a", other, "main"), ("area", other, "unknown"), ("a", f"{url}x", "aside")):
        assert has_content_links([("a", url, "main"), link], url), link
    for link in (
        ("a", url, "main"), ("iframe", other, "main"), ("refresh", other, "unknown"),
        ("a", other, "nav"), ("a", other, "header"), ("a", other, "footer"),
    ):  # fmt: skip
        assert not has_content_links([link], url), link


def test_scripts_are_known_by_their_files():
    one = scripts_of(b'<script src="/a.js"></script><script src="/b.js"></script>')
    assert scripts_of(b"<script defer src='/b.js?v=2'></script><SCRIPT SRC=/a.js>") == one
    assert scripts_of(b'<script src="/a.js"></script>') not in ("", one)
    inline = scripts_of(b"<script>go()</script>")
    assert inline not in ("", one)
    assert scripts_of(b"<script type='text/javascript'>stop()</script>") == inline
    assert scripts_of("<script>go()</script>".encode("utf-16")) == inline


def test_what_is_no_script_is_none():
    for text in (
        b"", b"<p>script src=/a.js", b"<scripted src=/a.js>", b"<script type=application/json>{}",
        b"<script type='text/template'><a href=/x>", b"<script type=importmap>{}",
        b"<script type='speculationrules'>{}</script>",
    ):  # fmt: skip
        assert scripts_of(text) == "", text


@given(st.binary(max_size=300).map(lambda tail: b"<script " * 40 + tail))
def test_any_bytes_have_a_key(body):
    assert len(scripts_of(body)) in (0, 16)


def test_scripts_without_end_take_linear_time():
    assert len(scripts_of(b"<script a=" * 2_000_000)) == 16


def test_pages_wait_while_renders_under_way_may_prove_vain():
    policy = taught((SHELL, 4))
    for n in range(TRIES):
        assert not policy.is_open(COUNTED), n
        assert policy.reason(COUNTED) == "domain"
        policy.begin(COUNTED)
    assert policy.is_open(COUNTED)
    assert not policy.is_open(ARTICLE)
    policy.learn(COUNTED, 0)
    policy.learn(COUNTED, 0)
    assert policy.is_open(COUNTED)
    policy.learn(COUNTED, 0)
    assert not policy.is_open(COUNTED)
    assert policy.reason(COUNTED) == ""


def test_a_render_that_adds_links_or_is_given_up_lets_those_go_on_that_wait():
    for end in (lambda policy: policy.learn(SHELL, 2), lambda policy: policy.give_up(SHELL)):
        policy = RenderPolicy("auto")
        for _ in range(TRIES):
            policy.begin(SHELL)
        assert policy.is_open(SHELL)
        end(policy)
        assert not policy.is_open(SHELL)
        assert policy.reason(SHELL) == "no_links"
