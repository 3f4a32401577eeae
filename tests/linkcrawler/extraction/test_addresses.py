"""The address of a link is where a browser would go, from the page or its base."""

from __future__ import annotations

import pytest

from linkcrawler.urls.canonical import MAX_URL

A = "http://site.example/dir/"


@pytest.mark.parametrize(
    ("href", "target"),
    [
        ("", "http://site.example/dir/page?q=1"),
        ("#top", "http://site.example/dir/page?q=1"),
        ("?x", "http://site.example/dir/page?x"),
        ("&#x2f;x", "http://site.example/x"),
        ("?a=1&amp;b=2", "http://site.example/dir/page?a=1&b=2"),
        ("?a=1&copy=2", "http://site.example/dir/page?a=1&copy=2"),
        ("?a&lt", "http://site.example/dir/page?a%3C"),
        ("  x\n ", A + "x"),
        ("a\nb\tc", A + "abc"),
        ("a b", A + "a%20b"),
        ("\\x", "http://site.example/x"),
        ("//other.example/x", "http://other.example/x"),
        ("HTTPS://Other.Example:443", "https://other.example/"),
        ("?utm_source=x", "http://site.example/dir/page"),
        ("é", A + "%C3%A9"),
        ("&#0;x", A + "%EF%BF%BDx"),
        ("&#xd800;", A + "%EF%BF%BD"),
    ],
)
def test_an_href_resolves_as_in_a_browser(only, href, target):
    assert only(f'<a href="{href}">t</a>').target == target


@pytest.mark.parametrize(
    ("base", "target"),
    [
        ("<base href='http://other.example/b/'>", "http://other.example/b/x"),
        ("<base href='/b/'>", "http://site.example/b/x"),
        ("<base href='b/'>", A + "b/x"),
        ("<base href='  /b/\n'>", "http://site.example/b/x"),
        ("<base target=_top><base href='/b/'>", "http://site.example/b/x"),
        ("<base href='/b/'><base href='/c/'>", "http://site.example/b/x"),
        ("<base href='javascript:1'><base href='/c/'>", A + "x"),
        ("<base href='data:text/html,'>", A + "x"),
        ("<base href='http://'>", A + "x"),
        ("<base href=''>", A + "x"),
        ("<base href>", A + "x"),
        ("<svg><base href='/b/'></base></svg>", A + "x"),
        ("<math><base href='/b/'></base></math>", A + "x"),
        ("<math><annotation-xml><base href='/b/'></annotation-xml></math>", A + "x"),
        ("<svg><mi><base href='/b/'></mi></svg>", A + "x"),
        ("<svg><foreignObject><svg><base href='/b/'>", A + "x"),
        ("<svg><foreignObject><base href='/b/'></foreignObject></svg>", "http://site.example/b/x"),
        ("<svg><g></g><desc><p><base href='/b/'></desc></svg>", "http://site.example/b/x"),
        ("<math><mi></mi><mtext><base href='/b/'></mtext></math>", "http://site.example/b/x"),
        (
            "<math><annotation-xml encoding='Text/HTML'><base href='/b/'></math>",
            "http://site.example/b/x",
        ),
        ("<template><base href='/b/'></template>", A + "x"),
        ("<!-- <base href='/b/'> -->", A + "x"),
        (f"<base href='/{'b' * MAX_URL}/../c/'>", "http://site.example/c/x"),
        ("<base href='http://other.example./?utm_source=x'>", "http://other.example/x"),
    ],
)
def test_the_first_base_with_an_href_counts(only, base, target):
    assert only(f"{base}<a href=x>t</a>").target == target


@pytest.mark.parametrize("base", ["ftp://other.example/", "mailto:a@b.example"])
def test_a_base_off_the_web_leaves_relative_links_without_an_address(links, base):
    assert links(f"<base href='{base}'><a href=x>t</a><a href='http://c.example'>u</a>") == [
        ("a", "http://c.example/")
    ]


def test_a_base_counts_for_links_before_it_and_not_for_headers(links):
    html = "<a href=x>t</a><base href='http://other.example/'>"
    assert links(html, link=["<y>; rel=next"]) == [
        ("a", "http://other.example/x"),
        ("link", A + "y"),
    ]


def test_a_link_longer_than_is_kept_is_passed_over(links):
    assert links(f"<a href='{'x' * MAX_URL}'>t</a><a href=y>u</a>") == [("a", A + "y")]
