"""The crawl's arguments: what each takes, and what is said of what it does not take."""

from __future__ import annotations

import pytest

from linkcrawler import option_values as options
from linkcrawler.exceptions import UsageError
from linkcrawler.option_values import MOST
from linkcrawler.options import NUMBERS, OPTIONS, checked_settings, parsed_options, settle

NAMES = [option.name for option in OPTIONS]


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("hops", "2", 2),
        ("hops", 0, 0),
        ("depth", " 3 ", 3),
        ("max_pages", str(MOST), MOST),
        ("max_pages_per_domain", 50, 50),
        ("max_time", "1.5", 1.5),
        ("scope", "co-link", "co-linked"),
        ("scope", "snowball", "discovered"),
        ("scope", "Inter-Actor", "seeds"),
        ("order", "PageRank", "pagerank"),
        ("max_time", 0, 0.0),
        ("scope", "Seeds", "seeds"),
        ("scope", "discovered", "discovered"),
        ("include", "a,b|c d", ["a,b|c d"]),
        ("include", ["a", "", "b"], ["a", "b"]),
        ("exclude", "", []),
        ("delay", "0", 0.0),
        ("delay", "1e-2", 0.01),
        ("concurrency", "64", 64),
        ("proxy", "http://127.0.0.1:3128", "http://127.0.0.1:3128"),
        ("proxy", " http://proxy.example ", "http://proxy.example"),
        ("proxy", "", ""),
        ("allow_address", "127.0.0.1, [::1] 10.0.0.1", ["127.0.0.1", "::1", "10.0.0.1"]),
        ("allow_address", ["127.0.0.1"], ["127.0.0.1"]),
        ("allow_address", "", []),
        ("robots", "no", False),
        ("robots", True, True),
        ("robots", "1", True),
        ("robots", "OFF", False),
        ("out", "data/x", "data/x"),
    ],
)
def test_an_argument_is_read_into_its_setting(name, written, value):
    (setting,) = [option.setting for option in OPTIONS if option.name == name]
    found = parsed_options({name: written})
    assert found == {setting: value}
    assert type(found[setting]) is type(value)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("hops", "-1"),
        ("hops", "two"),
        ("hops", "1.5"),
        ("hops", ""),
        ("hops", None),
        ("depth", str(MOST + 1)),
        ("depth", "9" * 5000),
        ("max_pages", "1e3"),
        ("max_pages_per_domain", "50 pages"),
        ("max_time", "-0.1"),
        ("order", "depth-first"),
        ("max_time", "nan"),
        ("max_time", "inf"),
        ("delay", "1s"),
        ("delay", ""),
        ("concurrency", "0"),
        ("concurrency", "-3"),
        ("scope", "everything"),
        ("scope", ""),
        ("include", "("),
        ("exclude", ["fine", "[z-a]"]),
        ("exclude", "a{99999999999999999999}"),
        ("proxy", "proxy.example:3128"),
        ("proxy", "https://proxy.example"),
        ("proxy", "socks5://proxy.example"),
        ("proxy", "http://"),
        ("proxy", "http://proxy.example:port"),
        ("proxy", "http://proxy.example:99999"),
        ("proxy", "http://[::1"),
        ("proxy", "http://proxy.example:0"),
        ("proxy", "http://user:secret@proxy.example:3128"),
        ("allow_address", "localhost"),
        ("allow_address", "127.0.0.1,127.0.0.0/8"),
        ("robots", "maybe"),
        ("out", ""),
        ("out", " "),
    ],
)
def test_a_bad_value_is_one_line_that_names_the_argument(name, written):
    with pytest.raises(UsageError) as caught:
        parsed_options({name: written})
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert len(message.splitlines()) == 1
    assert "secret" not in message
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("max_page", "did you mean max_pages?"),
        ("hop", "did you mean hops?"),
        ("seed", "did you mean seeds?"),
        ("zzz", "known are seeds, out, hops"),
    ],
)
def test_an_unknown_argument_is_named_with_what_was_meant(name, hint):
    with pytest.raises(UsageError, match=name) as caught:
        parsed_options({"hops": "1", name: "1"})
    assert hint in str(caught.value).replace("[", "")


def test_arguments_of_others_are_passed_over():
    assert parsed_options({"_job": "x", "hops": "1"}) == {"LINKCRAWLER_SCOPE_HOPS": 1}


def settings(**changed):
    from scrapy.settings import Settings

    found = Settings()
    found.setmodule("linkcrawler.settings", priority="project")
    found.update(changed, priority="cmdline")
    return found


def test_the_project_s_own_settings_are_the_documented_defaults():
    found = checked_settings(settings())
    assert {name: found.pop(name) for name in {option.setting for option in OPTIONS}} == {
        "LINKCRAWLER_DIR": "",
        "LINKCRAWLER_SCOPE_HOPS": 2,
        "LINKCRAWLER_SCOPE_DEPTH": 0,
        "LINKCRAWLER_BUDGET_PAGES": 10_000,
        "LINKCRAWLER_BUDGET_MB": 0,
        "LINKCRAWLER_BUDGET_REST_PAGES": 0,
        "LINKCRAWLER_BUDGET_STABLE_TOP": 0,
        "LINKCRAWLER_FRONTIER_ORDER": "referrers",
        "LINKCRAWLER_NICHE": [],
        "LINKCRAWLER_BUDGET_PAGES_PER_DOMAIN": 50,
        "LINKCRAWLER_BUDGET_TIME_SECS": 0.0,
        "LINKCRAWLER_SCOPE": "discovered",
        "LINKCRAWLER_SCOPE_INCLUDE": [],
        "LINKCRAWLER_SCOPE_EXCLUDE": [],
        "LINKCRAWLER_SCOPE_DECISIONS": [],
        "DOWNLOAD_DELAY": 1.0,
        "CONCURRENT_REQUESTS": 64,
        "LINKCRAWLER_WORKERS": 1,
        "LINKCRAWLER_RENDER": "auto",
        "LINKCRAWLER_PROXY": "",
        "LINKCRAWLER_GUARD_ALLOW": [],
        "LINKCRAWLER_CONTACT": "",
        "LINKCRAWLER_MANNERS_OPT_OUT": [],
        "ROBOTSTXT_OBEY": True,
        "LINKCRAWLER_SITEMAPS": False,
    }
    assert found == {name: settings()[name] for name in NUMBERS}


@pytest.mark.parametrize(
    ("setting", "written", "value"),
    [
        ("LINKCRAWLER_SCOPE_HOPS", "3", 3),
        ("ROBOTSTXT_OBEY", "False", False),
        ("LINKCRAWLER_GUARD_ALLOW", "127.0.0.1,::1", ["127.0.0.1", "::1"]),
        ("LINKCRAWLER_SCOPE_INCLUDE", r"//a\.example/", [r"//a\.example/"]),
    ],
)
def test_a_setting_is_read_like_its_argument(setting, written, value):
    assert checked_settings(settings(**{setting: written}))[setting] == value


def test_settings_written_as_text_become_what_they_mean_and_keep_their_priority():
    written = {
        "LINKCRAWLER_BUDGET_PAGES": "30", "DOWNLOAD_DELAY": "0", "ROBOTSTXT_OBEY": "no",
        "LINKCRAWLER_SITEMAPS": "off", "LINKCRAWLER_SCOPE_NOFOLLOW": "yes", "RETRY_TIMES": "0",
        "LINKCRAWLER_SCOPE": "Snowball", "LINKCRAWLER_NICHE": "pens, ink",
        "LINKCRAWLER_GUARD_PORTS": "80,81", "DOWNLOAD_VERIFY_CERTIFICATES": "yes",
    }  # fmt: skip
    found = settings(**written)
    settle(found)
    assert {name: found[name] for name in written} == {
        "LINKCRAWLER_BUDGET_PAGES": 30, "DOWNLOAD_DELAY": 0.0, "ROBOTSTXT_OBEY": False,
        "LINKCRAWLER_SITEMAPS": False, "LINKCRAWLER_SCOPE_NOFOLLOW": True, "RETRY_TIMES": 0,
        "LINKCRAWLER_SCOPE": "discovered", "LINKCRAWLER_NICHE": ["pens", "ink"],
        "LINKCRAWLER_GUARD_PORTS": [80, 81], "DOWNLOAD_VERIFY_CERTIFICATES": True,
    }  # fmt: skip
    before = settings(**written)
    assert all(found.getpriority(name) == before.getpriority(name) for name in before)
    assert all(found[name] == before[name] for name in before if name not in written)


def test_a_bad_setting_is_named():
    with pytest.raises(UsageError, match=r"^LINKCRAWLER_BUDGET_PAGES: expected a whole number"):
        checked_settings(settings(LINKCRAWLER_BUDGET_PAGES="many"))


def test_every_option_has_its_own_name_and_setting_and_says_what_it_is():
    assert len({option.setting for option in OPTIONS}) == len(NAMES) == len(set(NAMES))
    assert all(option.help for option in OPTIONS)
    assert all(name == name.lower() and "-" not in name for name in NAMES)
    assert options.words("a, b  c,,") == ["a", "b", "c"]
    assert options.words([1, "b c", "d,e", "@my,file", "http://f/g,h"]) == [
        "1", "b c", "d", "e", "@my,file", "http://f/g,h",
    ]  # fmt: skip


def test_a_setting_of_ours_that_is_none_is_named_with_what_was_meant():
    with pytest.raises(UsageError, match=r"^LINKCRAWLER_SCOPE_HOP: .*LINKCRAWLER_SCOPE_HOPS"):
        checked_settings(settings(LINKCRAWLER_SCOPE_HOP=1))


@pytest.mark.parametrize("setting", ["DEPTH_LIMIT", "RETRY_TIMES", "DOWNLOAD_TIMEOUT"])
def test_a_bad_setting_of_scrapy_s_that_counts_here_is_named(setting):
    with pytest.raises(UsageError, match=f"^{setting}: expected"):
        checked_settings(settings(**{setting: "many"}))
