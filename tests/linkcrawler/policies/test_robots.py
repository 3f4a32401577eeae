"""What a robots.txt says to this crawler."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.policies.robots import RobotsRules, rules_for


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("", []),
        ("User-agent: *\nDisallow: /a", ["disallow: /a"]),
        (
            "User-agent: LinkCrawler/2.0\nDisallow: /a\nUser-agent: *\nDisallow: /b",
            ["disallow: /a"],
        ),
        ("User-agent: link\nDisallow: /", []),
        ("User-agent: linkcrawler-images\nDisallow: /", []),
        ("User-agent: x\nUser-agent: linkcrawler\nDisallow: /a", ["disallow: /a"]),
        ("User-agent: x\nSitemap: /s\nUser-agent: linkcrawler\nDisallow: /a", ["disallow: /a"]),
        (
            "User-agent: linkcrawler\nDisallow: /a\nUser-agent: y\nDisallow: /\nUser-agent: linkcrawler\nAllow: /a/b # why",
            ["disallow: /a", "allow: /a/b"],
        ),
        ("User-agent: linkcrawler\n\nUser-agent: *\nDisallow: /", ["disallow: /"]),
        ("User-agent: linkcrawler\nDisallow:\nUser-agent: *\nDisallow: /", ["disallow: "]),
        ("Disallow: /before\rUser-agent: *\rDisallow: /a", ["disallow: /a"]),
        ("<html>not found</html>", []),
    ],
)
def test_the_groups_of_the_product_token_apply_else_those_of_all(text, rules):
    assert rules_for(text, "linkcrawler") == rules


def test_the_longest_match_wins_and_allow_wins_a_tie():
    rules = RobotsRules(
        "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /*.pdf$\nDisallow: /t\nAllow: /t",
        "bot",
    )
    verdict = {
        path: rules.reject_reason(f"http://x.example{path}")
        for path in ("/", "/a", "/a/b/c", "/x.pdf", "/x.pdf?y", "/t")
    }
    assert verdict == {
        "/": None, "/a": "disallowed", "/a/b/c": None, "/x.pdf": "disallowed", "/x.pdf?y": None,
        "/t": None,
    }  # fmt: skip


def test_a_refusal_holds_for_every_url():
    assert RobotsRules(refusal="robots_unreachable").reject_reason("http://x.example/") == (
        "robots_unreachable"
    )


@given(st.text(max_size=200))
def test_no_text_makes_the_rules_raise(text):
    RobotsRules(text, "bot").reject_reason("http://x.example/a?b")
    RobotsRules(f"User-agent: bot\nDisallow: {text}", "bot").reject_reason("http://x.example/a?b")
