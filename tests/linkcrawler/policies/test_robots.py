"""What a robots.txt says to this crawler."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.policies.robots import MAX_BYTES, MAX_SITEMAPS, RobotsRules, readable

SITE = "http://x.example"


def allowed(text, *paths, agent="linkcrawler"):
    """The paths that a robots.txt allows."""
    body = text.encode() if isinstance(text, str) else text
    rules = RobotsRules(body, agent)
    return [path for path in paths if rules.reject_reason(SITE + path) is None]


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("", ""),
        ("User-agent: *\nDisallow: /a", "a"),
        ("User-agent: LinkCrawler/2.0\nDisallow: /a\nUser-agent: *\nDisallow: /b", "a"),
        ("user-agent:LINKCRAWLER\ndisallow:/a", "a"),
        ("User-agent: link\nDisallow: /", ""),
        ("User-agent: linkcrawler-images\nDisallow: /", ""),
        ("User-agent: x\nUser-agent: linkcrawler\nDisallow: /a", "a"),
        ("User-agent: x\nSitemap: /s\nUser-agent: linkcrawler\nDisallow: /a", "a"),
        # Other lines do not end a group's names, a Crawl-delay neither
        ("User-agent: linkcrawler\nCrawl-delay: 3\nUser-agent: x\nDisallow: /a", "a"),
        ("User-agent: linkcrawler\nNoindex: /b\nUser-agent: x\n\n\nDisallow: /a", "a"),
        (
            "User-agent: linkcrawler\nDisallow: /a\nUser-agent: y\nDisallow: /\nUser-agent: linkcrawler\nDisallow: /b # why",
            "ab",
        ),
        ("User-agent: linkcrawler\n\nUser-agent: *\nDisallow: /a", "a"),
        ("User-agent: linkcrawler\nDisallow:\nUser-agent: *\nDisallow: /", ""),
        ("User-agent: *\nDisallow: /a\nUser-agent: x\nDisallow: /b\nUser-agent: *\nDisallow: /c", "ac"),
        # An asterisk with more behind it is no name for all
        ("User-agent: *Bot*\nDisallow: /\nUser-agent: * # all\nDisallow: /a", "a"),
        ("Disallow: /b\rUser-agent: *\rDisallow: /a", "a"),
        ("Disallow: /b\r\nUser-agent: *\r\nDisallow: /a\r\n", "a"),
        ("User-agent\t:\t*\n \tDisallow : /a \t", "a"),
        # Misspelt, as Google's parser takes it
        ("useragent: *\ndissallow: /a\ndisalow: /b\ndiasllow /c", "abc"),
        ("<html>\n<p>User-agent: *\n<p>Disallow: /</html>", ""),
        ("User-agent: *\nDisallow: /a\N{NO-BREAK SPACE}\nDisallow: /b\N{EN SPACE}", "ab"),
        ("User-agent: *\nDisallow: a\nAllow: b", "a"),
    ],
)  # fmt: skip
def test_the_groups_of_the_product_token_apply_else_those_of_all(text, refused):
    assert allowed(text, "/a", "/b", "/c") == [f"/{c}" for c in "abc" if c not in refused]


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbfUser-agent: *\nDisallow: /a",
        "User-agent: *\nDisallow: /a".encode("utf-16"),
        b"\xfe\xff" + "User-agent: *\nDisallow: /a".encode("utf-16-be"),
        "User-agent: *\nDisallow: /a".encode("utf-16-le"),
        b"User-agent: *\0\nDis\0allow: /a\0",
        b"\xff\xfa\x80\nUser-agent: *\nDisallow: /a\nDisallow: /\xe9",
    ],
)
def test_marks_zeros_and_octets_of_any_charset_do_not_hide_the_rules(body):
    assert allowed(body, "/a", "/b") == ["/b"]


def test_rules_are_compared_octet_by_octet():
    assert allowed(b"User-agent: *\nDisallow: /\xe9", "/%E9", "/%C3%A9") == ["/%C3%A9"]
    assert allowed("User-agent: *\nDisallow: /é", "/%E9", "/%C3%A9") == ["/%E9"]


def test_500_kib_are_read_up_to_a_lines_end():
    head = b"User-agent: *\nDisallow: /a\n"
    text = head + b"#" * (MAX_BYTES - len(head) - 12) + b"\nDisallow: /bc\nDisallow: /d"
    assert len(readable(text)) == text.index(b"Disallow: /bc")
    assert allowed(text, "/a", "/b", "/bc", "/d") == ["/b", "/bc", "/d"]
    fits = text[: MAX_BYTES - 1]
    assert allowed(fits, "/a", "/bc") == ["/bc"]
    assert readable(b"#" * (MAX_BYTES + 1)) == b""


def test_robots_txt_itself_may_always_be_fetched():
    assert allowed(
        "User-agent: *\nDisallow: /", "/robots.txt", "/robots.txt?a", "/robots.txt/b"
    ) == ["/robots.txt"]


def test_a_refusal_holds_for_every_url():
    rules = RobotsRules(refusal="robots_unreachable")
    assert rules.reject_reason(f"{SITE}/") == "robots_unreachable"


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("User-agent: *\nCrawl-delay: 5", 5),
        ("User-agent: *\ncrawl-delay:0.25", 0.25),
        ("User-agent: *\nCrawl-Delay: .5 # half", 0.5),
        ("User-agent: *\nCrawl delay: 7", 7),
        ("User-agent: *\nCrawl-delay: 2\nCrawl-delay: 9\nCrawl-delay: 3", 9),
        ("User-agent: linkcrawler\nCrawl-delay: 2\nUser-agent: *\nCrawl-delay: 9", 2),
        ("User-agent: linkcrawler\nDisallow: /a\nUser-agent: *\nCrawl-delay: 9", 0),
        ("User-agent: x\nUser-agent: linkcrawler\nCrawl-delay: 2", 2),
        ("User-agent: linkcrawler\nDisallow: /a\nCrawl-delay: 2\nUser-agent: x\nCrawl-delay: 9", 2),
        # It is for the names above it
        ("User-agent: *\nCrawl-delay: 9\nUser-agent: linkcrawler\nDisallow: /a", 0),
        ("Crawl-delay: 5\nUser-agent: *\nDisallow: /a", 0),
        *(
            (f"User-agent: *\nCrawl-delay: {value}", 0)
            for value in ("", "0", "-1", "ten", "1e3", "inf", "nan", "5s", "5,5", "9" * 400, "\N{ARABIC-INDIC DIGIT FIVE}")
        ),
    ],
)  # fmt: skip
def test_the_crawl_delay_of_our_group_is_a_decimal_number_or_none(text, delay):
    assert RobotsRules(text.encode(), "linkcrawler").crawl_delay == delay


def test_sitemaps_are_taken_from_anywhere_each_once_and_not_too_many():
    text = "Sitemap: http://a.example/1\nUser-agent: x\nsite-map: /2 # two\nSITEMAP:http://a.example/1\n"
    assert RobotsRules(text.encode()).sitemaps == ("http://a.example/1", "/2")
    many = "".join(f"Sitemap: /{n}\n" for n in range(2 * MAX_SITEMAPS)) + "Sitemap:\n"
    assert RobotsRules(many.encode()).sitemaps == tuple(f"/{n}" for n in range(MAX_SITEMAPS))
    assert RobotsRules(b"Sitemap: /" + b"x" * 9000).sitemaps == ()


LINES = st.lists(
    st.sampled_from(
        [b"User-agent: *", b"User-agent: bot", b"Disallow: /a", b"Allow: /a*b$", b"Crawl-delay: 1"]
    )
    | st.binary(max_size=20),
    max_size=12,
)


@given(LINES, st.sampled_from([b"\n", b"\r", b"\r\n", b"\0\n"]), st.binary(max_size=20))
def test_no_bytes_make_the_rules_raise(lines, end, more):
    rules = RobotsRules(end.join(lines) + more, "bot")
    assert rules.reject_reason(f"{SITE}/a?b") in (None, "disallowed")
    assert 0 <= rules.crawl_delay < 1e10
    assert rules.size > 0


@given(st.text(max_size=200))
def test_no_text_makes_the_rules_raise(text):
    body = f"User-agent: bot\nDisallow: {text}".encode("utf-8", "surrogatepass")
    RobotsRules(body, "bot").reject_reason(f"{SITE}/a?b")


@pytest.mark.timing
@pytest.mark.parametrize(
    "line",
    [
        "", " ", "a", "User-agent: *", "User-agent: a{n}", "Allow: /", "Disallow: /{n}",
        "Disallow: /*{n}", "Disallow: /" + "*a" * 30 + "{n}", "Allow: /%41|{n}", "Crawl-delay: 1",
        "Sitemap: /{n}", "Disallow: /" + "a" * 900 + "{n}",
        "User-agent: a" + "\t" * 400_000 + "\u2028b",
    ],
)  # fmt: skip
def test_a_hostile_text_is_read_and_asked_in_time(line):
    import time

    text = "User-agent: *\n" + "".join(
        line.format(n=n) + "\n" for n in range(60_000 // (len(line) // 10 + 1))
    )
    started = time.process_time()
    rules = RobotsRules(text.encode()[:MAX_BYTES], "linkcrawler")
    assert time.process_time() - started < 2
    started = time.process_time()
    rules.reject_reason(f"{SITE}/{'a' * 2000}?a=1")
    assert time.process_time() - started < 0.3
