"""Which pattern of a robots.txt decides on a URL, and what that costs."""

from __future__ import annotations

import re
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.policies.robots import RobotsRules
from linkcrawler.policies.robots_paths import PathRules, path_octets, plain_octets

SITE = "http://x.example"


def allowed(rules: dict[str, bool], path: str) -> bool:
    patterns = [(is_allowed, pattern.encode()) for pattern, is_allowed in rules.items()]
    return PathRules(patterns).allows(path_octets(SITE + path))


@pytest.mark.parametrize(
    ("rules", "path", "verdict"),
    [
        # The longest match in octets decides, and allowing wins a draw (2.2.2)
        ({"/a": False, "/a/b": True}, "/a/b/c", True),
        ({"/a": True, "/a/b": False}, "/a/b/c", False),
        ({"/t": False, "/t*": True}, "/t", True),
        ({"/page": True, "/*.htm": False}, "/page.htm", False),
        ({"/page.": True, "/*.htm": False}, "/page.htm", True),
        ({"/$": True, "/": False}, "/", True),
        ({"/$": True, "/": False}, "/a", False),
        ({"/a*c": False, "/ab": True}, "/abc", False),
        ({"/*b": False, "/a*": True}, "/ab", True),
        ({"/é": False, "/%C3%A9x": True}, "/%c3%a9x", True),
        # `*` is any octets, also none; a last one says nothing
        ({"/a*b*c": False}, "/a/x/b/y/cd", False),
        ({"/a*b*c": False}, "/a/x/c/y/b", True),
        ({"/a**b": False}, "/ab", False),
        ({"*/x": False}, "/y/x", False),
        ({"*": False}, "/", False),
        ({"/*": False}, "/a", False),
        ({"/a*": False}, "/a", False),
        # `$` is the end of path and query
        ({"/*.pdf$": False}, "/x.pdf", False),
        ({"/*.pdf$": False}, "/x.pdf?y", True),
        ({"/*.pdf$": False}, "/a.pdf/b.pdf", False),
        ({"/a*a$": False}, "/a", True),
        ({"/a*a$": False}, "/aa", False),
        ({"/a*$": False}, "/abc", False),
        ({"/*bc*cd$": False}, "/zzbcd", True),
        ({"/*bc*cd$": False}, "/bccd", False),
        ({"/a$b": False}, "/a$b", False),
        ({"/a$$": False}, "/a$", False),
        ({"/a$$": False}, "/a", True),
        # Spellings of one octet are one (2.2.2), but for what is reserved
        ({"/%62%61z": False}, "/baz", False),
        ({"/baz": False}, "/%62%61z", False),
        ({"/%7euser": False}, "/~user", False),
        ({"/a%2fb": False}, "/a%2Fb", False),
        ({"/a%2Fb": False}, "/a/b", True),
        ({"/a b|{": False}, "/a%20b%7C%7B", False),
        ({"/ツ": False}, "/%E3%83%84", False),
        ({"/?q='x'": False}, "/?q=%27x%27", False),
        ({"/100%": False}, "/100%", False),
        # What is literally an asterisk or a dollar is percent-encoded in a pattern (2.2.3)
        ({"/a%2A": False}, "/a*", False),
        ({"/a%2A": False}, "/ab", True),
        ({"/a%24": False}, "/a$b", False),
        # The query is part of what is compared
        ({"/*?": False}, "/a?", False),
        ({"/a?b=1": False}, "/a?b=12", False),
        # Case counts
        ({"/A": False}, "/a", True),
        # Allowing a folder's index page allows the folder, as Google has it
        ({"/d/index.html": True, "/": False}, "/d/", True),
        ({"/d/index.html": True, "/": False}, "/d/x", False),
        # Without a slash: taken as one that disallows, never as one that allows
        ({"a": False}, "/ab", False),
        ({"a": True, "/": False}, "/ab", False),
        ({"?x": False}, "/?x", False),
        ({"": False}, "/", True),
    ],
)  # fmt: skip
def test_the_pattern_that_decides(rules, path, verdict):
    assert allowed(rules, path) is verdict


PIECES = st.text(st.sampled_from("ab/*$?%é"), max_size=6)


def matched_length(pattern: str, path: bytes) -> int:
    """The reference: a regular expression for each pattern; -1 where it does not match."""
    is_whole = pattern.endswith("$")
    octets = plain_octets(pattern.removesuffix("$").encode()).replace(b"$", b"%24")
    parts = [re.escape(part) for part in octets.split(b"*")]
    found = re.match(b".*".join(parts) + (rb"\Z" if is_whole else b""), path, re.DOTALL)
    return len(octets) + is_whole if found else -1


@given(st.lists(st.tuples(st.booleans(), PIECES), max_size=8), PIECES)
def test_patterns_match_as_regular_expressions_do(rules, tail):
    rules = [(is_allowed, "/" + pattern) for is_allowed, pattern in rules]
    url = f"{SITE}/{tail.replace('#', '')}"
    path = path_octets(url)
    best, verdict = -1, True
    for is_allowed, pattern in rules:
        length = matched_length(pattern, path)
        if length > best or (length == best and is_allowed):
            best, verdict = length, is_allowed
    if best < 0:
        verdict = True
    found = PathRules([(is_allowed, pattern.encode()) for is_allowed, pattern in rules])
    assert found.allows(path) is verdict


@given(st.binary(max_size=30))
def test_the_plain_spelling_is_plain(octets):
    plain = plain_octets(octets)
    assert plain_octets(plain) == plain
    assert plain.isascii()


@pytest.mark.timing
@pytest.mark.parametrize("pattern", ["/some/path/{}/", "/*par{}=", "/some/path/{}$", "/a/*/{}/b"])
def test_a_check_against_ten_thousand_rules_takes_no_time(pattern):
    import time

    lines = "".join(f"Disallow: {pattern.format(n)}\n" for n in range(10_000))
    rules = RobotsRules(f"User-agent: *\n{lines}".encode())
    url = f"{SITE}/{'ab/' * 30}page.html?some=1&thing=2"
    assert rules.reject_reason(f"{SITE}{pattern.replace('$', '').replace('*', 'x').format(77)}")
    started = time.process_time()
    for _ in range(200):
        assert rules.reject_reason(url) is None
    assert time.process_time() - started < 0.2  # a millisecond each; 10 to 30 µs were measured


@pytest.mark.parametrize(
    "lines",
    [
        [f"Disallow: /{n}" for n in range(20_000)],
        [f"Disallow: /*?par{n}=" for n in range(10_000)],
        [f"Disallow: /some/path/{n}$" for n in range(10_000)],
        ["Disallow: /" + "*ab" * 20 + str(n) for n in range(3000)],
        ["Disallow: /" + "ab/" * n for n in range(500)],
        ["Disallow: /a", "Allow: /b", "Disallow: /*?c", "Sitemap: http://x.example/sitemap.xml"],
    ],
    ids=["plain", "wild", "whole", "parts", "long", "usual"],
)
def test_the_size_of_rules_is_what_they_take_in_memory(lines):
    text = "\n".join(["User-agent: *", *lines]).encode()
    times = 1 if len(text) > 2000 else 200
    RobotsRules(text)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        kept = [RobotsRules(text) for _ in range(times)]
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 0.9 < kept[0].size * times / (after - before) < 2
