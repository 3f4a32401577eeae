"""The report in a real Chromium: what it loads, how it looks at work, what hostile text does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support import ranked
from support.browser import browser_or_skip, visit

from analysis.rankings import rank
from analysis.report.html import write_report

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

BOXES = "[...document.querySelectorAll('#ranking-table tbody tr')].filter(r => !r.hidden)"
NAMES = f"() => {BOXES}.map(row => row.querySelector('.domain').textContent)"
HOSTILE = (
    "<script>window.pwned=1</script>",
    "</style><script>window.pwned=2</script>",
    "<img src=https://evil.example/x onerror=window.pwned=3>",
    '" autofocus onfocus="window.pwned=4" x="',
    "<link rel=stylesheet href=https://evil.example/x.css>",
    '<meta http-equiv=refresh content="0;url=https://evil.example/">',
    "</table></main><iframe src=https://evil.example/></iframe>",
)


@pytest.fixture(scope="module")
def chromium() -> str:
    return browser_or_skip()


@pytest.fixture(scope="module")
def niche(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a made-up niche: 120 domains, the best 100 in the table."""
    folder = tmp_path_factory.mktemp("report") / "niche"
    return write_report(ranked.write_niche(folder, n_domains=120), top=100)


@pytest.fixture
def trio(tmp_path: Path) -> Path:
    """The report of three domains whose columns sort in three different orders."""
    rows = [
        ranked.domain("beta.example", 1, authority=90.0, ref_domains=2, is_seed=True),
        ranked.domain("alpha.example", 2, authority=9.5, ref_domains=10, is_crawled=True),
        ranked.domain("gamma.example", 3, authority=1.0, ref_domains=2, backlinks=7),
    ]
    return write_report(ranked.write_dataset(tmp_path, domains=rows))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_requests_nothing_but_itself_and_the_console_stays_silent(
    chromium: str, niche: Path, scheme: str
) -> None:
    def scroll(page: Page) -> int:
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        return page.locator("#ranking-table tbody tr:visible").count()

    rows, seen = visit(chromium, niche.as_uri(), scroll, color_scheme=scheme)
    assert rows == 100
    assert seen.requests == [niche.as_uri()]
    assert seen.console == []
    assert seen.errors == []


def test_style_and_script_of_the_page_are_in_force(chromium: str, niche: Path) -> None:
    def look(page: Page) -> tuple[str, bool, int]:
        display = page.evaluate("getComputedStyle(document.querySelector('.tiles')).display")
        return display, page.locator("#controls").is_visible(), page.locator("th button").count()

    assert visit(chromium, niche.as_uri(), look)[0] == ("grid", True, 7)


def test_policy_stops_what_is_injected(chromium: str, niche: Path) -> None:
    inject = """() => new Promise(done => {
      const blocked = [];
      document.addEventListener("securitypolicyviolation", event => {
        if (event.disposition === "enforce") blocked.push(event.effectiveDirective);
        if (blocked.length === 3) done([blocked.sort(), window.pwned ?? null]);
      });
      const script = document.createElement("script");
      script.textContent = "window.pwned = 1";
      const image = document.createElement("img");
      image.src = "https://evil.example/x.png";
      const style = document.createElement("style");
      style.textContent = "body { display: none }";
      document.body.append(script, image, style);
    })"""
    found, _ = visit(chromium, niche.as_uri(), lambda page: page.evaluate(inject))
    assert found == [["img-src", "script-src-elem", "style-src-elem"], None]


def test_filter_keeps_the_rows_whose_domain_holds_the_text(chromium: str, niche: Path) -> None:
    def type_it(page: Page) -> tuple[list[str], list[str], str, list[str]]:
        everything = page.evaluate(NAMES)
        page.get_by_label("Filter").fill("  Gear ")
        some, status = page.evaluate(NAMES), page.get_by_role("status").inner_text()
        page.get_by_label("Filter").fill("")
        return everything, some, status, page.evaluate(NAMES)

    everything, some, status, again = visit(chromium, niche.as_uri(), type_it)[0]
    assert some == [name for name in everything if "gear" in name]
    assert 0 < len(some) < 100
    assert status == f"{len(some)} of 100 rows"
    assert again == everything


def test_filter_without_a_hit_says_so(chromium: str, trio: Path) -> None:
    def type_it(page: Page) -> tuple[list[str], bool]:
        page.get_by_label("Filter").fill("zeta")
        return page.evaluate(NAMES), page.get_by_text("No row fits the filter.").is_visible()

    assert visit(chromium, trio.as_uri(), type_it)[0] == ([], True)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("seed", ["beta.example"]),
        ("crawled", ["alpha.example"]),
        ("uncrawled", ["beta.example", "gamma.example"]),
    ],
)
def test_show_keeps_the_rows_of_a_kind(
    chromium: str, trio: Path, kind: str, names: list[str]
) -> None:
    def select(page: Page) -> list[str]:
        page.get_by_label("Show").select_option(kind)
        return page.evaluate(NAMES)

    assert visit(chromium, trio.as_uri(), select)[0] == names


def test_columns_sort_by_value_both_ways_and_ties_by_rank(chromium: str, trio: Path) -> None:
    def click(page: Page) -> list[tuple[list[str], list[str | None]]]:
        states = []
        for name in ("Domain", "Domain", *["Referring domains"] * 2, "Authority", "#"):
            page.get_by_role("button", name=name, exact=True).click()
            marks = "[...document.querySelectorAll('thead th')].map(h => h.ariaSort)"
            names = [name.partition(".")[0] for name in page.evaluate(NAMES)]
            states.append((names, page.evaluate(marks)))
        return states

    states = visit(chromium, trio.as_uri(), click)[0]
    assert [names for names, _ in states] == [
        ["alpha", "beta", "gamma"],
        ["gamma", "beta", "alpha"],
        ["alpha", "beta", "gamma"],
        ["beta", "gamma", "alpha"],
        ["beta", "alpha", "gamma"],
        ["beta", "alpha", "gamma"],
    ]
    marks = [[(at, mark) for at, mark in enumerate(row) if mark] for _, row in states]
    assert marks == [
        [(1, "ascending")],
        [(1, "descending")],
        [(5, "descending")],
        [(5, "ascending")],
        [(2, "descending")],
        [(0, "ascending")],
    ]


def test_columns_sort_from_the_keyboard(chromium: str, trio: Path) -> None:
    def press(page: Page) -> list[str]:
        page.get_by_role("button", name="Backlinks", exact=True).press("Enter")
        return page.evaluate(NAMES)

    assert visit(chromium, trio.as_uri(), press)[0][0] == "gamma.example"


def test_page_reads_without_its_script(chromium: str, trio: Path) -> None:
    def look(page: Page) -> tuple[list[str], bool, int]:
        names = page.locator("#ranking-table .domain").all_inner_texts()
        return names, page.locator("#controls").is_visible(), page.locator("th button").count()

    found, seen = visit(chromium, trio.as_uri(), look, java_script_enabled=False)
    assert found == (["beta.example", "alpha.example", "gamma.example"], False, 0)
    assert seen.requests == [trio.as_uri()]


@pytest.mark.parametrize("width", [360, 390, 768, 1280])
def test_page_is_never_wider_than_the_screen(chromium: str, niche: Path, width: int) -> None:
    measure = "document.documentElement.scrollWidth"
    viewport = {"width": width, "height": 800}
    found, _ = visit(
        chromium, niche.as_uri(), lambda page: page.evaluate(measure), viewport=viewport
    )
    assert found <= width


def test_the_longest_name_makes_no_page_wider_than_the_screen(
    chromium: str, tmp_path: Path, make: Any
) -> None:
    label = "x" * 63  # the most that a label of a name may have
    seed, *others = "https://a.com/", f"https://{label}.co.uk/", f"https://{label}.com/"
    links = [make.link(seed, other) for other in others]
    folder = make.crawl(tmp_path / "c", [make.page(seed)], links, seeds=[seed])
    rank(folder)
    page_of = write_report(folder, title=label).as_uri()
    measure = "document.documentElement.scrollWidth"
    viewport = {"width": 360, "height": 800}
    found, _ = visit(chromium, page_of, lambda page: page.evaluate(measure), viewport=viewport)
    assert found <= 360


def test_page_prints_without_controls(chromium: str, niche: Path) -> None:
    def look(page: Page) -> tuple[bool, bool, str]:
        page.emulate_media(media="print", color_scheme="dark")
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        controls, nav = page.locator("#controls"), page.locator("nav")
        return controls.is_visible(), nav.is_visible(), paper

    found, _ = visit(chromium, niche.as_uri(), look, color_scheme="dark")
    assert found == (False, False, "rgb(255, 255, 255)")


def test_page_can_be_pictured(chromium: str, niche: Path) -> None:
    picture, _ = visit(chromium, niche.as_uri(), lambda page: page.screenshot(full_page=True))
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 50_000


def test_hostile_text_runs_nothing_and_loads_nothing(chromium: str, tmp_path: Path) -> None:
    folder = ranked.write_dataset(
        tmp_path,
        domains=[ranked.domain(text, rank) for rank, text in enumerate(HOSTILE, start=1)],
        pages=[ranked.page("https://a.example/", "a", "failed", text) for text in HOSTILE],
        seeds=list(HOSTILE),
        arguments={text: text for text in HOSTILE},
        versions={text: text for text in HOSTILE},
        state=HOSTILE[0],
        finish_reason=HOSTILE[1],
        crawl_id=HOSTILE[2],
    )
    report = write_report(folder, title=HOSTILE[1])

    def look(page: Page) -> tuple[list[str], object, str]:
        page.get_by_label("Filter").fill("<script>")
        return page.evaluate(NAMES), page.evaluate("window.pwned ?? null"), page.title()

    (names, pwned, title), seen = visit(chromium, report.as_uri(), look)
    assert names == [text for text in HOSTILE if "<script>" in text]
    assert pwned is None
    assert title == HOSTILE[1]
    assert seen.requests == [report.as_uri()]
    assert seen.console == []
    assert seen.errors == []
