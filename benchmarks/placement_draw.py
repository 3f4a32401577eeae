"""A web's folder in, pictures of drawn pages with numbered links out: what the labels were made from.

    python -m benchmarks.placement_draw FOLDER --out OUT
    python -m benchmarks.placement_draw FOLDER --out OUT --fresh

The second draws what has no label yet: one page of each template and up to seven of its links, by another seed.
FOLDER holds a folder of files for each host name. The pages are shown by a headless Chromium with scripts off. OUT gets one picture a page (the top of the page, then a strip around each link
further down), the numbers beside anchor and box in ``links.txt``, and ``labels.csv`` with its last
column empty. Links without a visible box are not drawn.
"""

from __future__ import annotations

import argparse
import base64
import csv
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from playwright.sync_api import Error

from benchmarks.chromium import chromium
from benchmarks.placement import LABELS, rows_of
from benchmarks.placement_sample import FRESH_SEED, SEED, USED, Candidate, candidates, drawn, wanted
from benchmarks.real_pages import Corpus
from linkcrawler.extraction.text import clean_text
from linkcrawler.urls.canonical import canonicalize

if TYPE_CHECKING:
    from collections.abc import Collection

    from playwright.sync_api import BrowserContext, Page

FEWEST_LINKS: Final = 6
"""A page with fewer visible links is passed over."""
TOP, STRIP, SCALE = 900, 300, 0.6

_LINKS: Final = """() => [...document.querySelectorAll("a[href], area[href]")].map(e => {
  const box = e.getClientRects()[0] || {x: 0, y: 0, width: 0, height: 0};
  const shown = e.checkVisibility({opacityProperty: true, visibilityProperty: true});
  return {href: String(e.href), text: e.textContent, shown: shown && box.width > 1 && box.height > 1
    && box.x + box.width > 0 && box.x < innerWidth && box.y + scrollY + box.height > 0,
    box: [box.x, box.y + scrollY, box.width, box.height].map(Math.round)}
})"""

_SHOW: Final = """([wanted, scroll]) => {
  document.getElementById("placement-marks")?.remove();
  const all = document.querySelectorAll("a[href], area[href]");
  document.documentElement.style.scrollBehavior = "auto";
  if (scroll === null) scrollTo(0, 0); else all[scroll].scrollIntoView({block: "center"});
  const marks = document.createElement("div");
  marks.id = "placement-marks";
  marks.style.cssText = "all:initial;position:fixed;inset:0;z-index:2147483647;pointer-events:none";
  const seen = [];
  let middle = 0;
  wanted.forEach((index, number) => {
    const b = all[index].getClientRects()[0];
    if (!b || b.y + b.height < 0 || b.y > innerHeight) return;
    if (index === scroll) middle = b.y + b.height / 2;
    seen.push([index, b.y]);
    marks.innerHTML += `<div style="position:fixed;left:${b.x - 2}px;top:${b.y - 2}px;` +
      `width:${b.width}px;height:${b.height}px;border:3px solid red"></div>` +
      `<div style="position:fixed;left:${Math.max(0, b.x - 26)}px;top:${b.y - 12}px;color:#fff;` +
      `font:bold 22px sans-serif;background:#c00;padding:0 2px">${number + 1}</div>`;
  });
  document.documentElement.append(marks);
  return {seen, middle};
}"""


@dataclass(frozen=True, slots=True)
class Label:
    """One drawn link and where it stands on its page."""

    page: str
    generator: str
    target: str
    occurrence: int
    """Which of the page's links to this target, from 0; areas count."""
    position: int
    """Order among the page's ``a[href]`` and ``area[href]``, from 0."""
    anchor: str
    """At most 60 code points."""
    label: str
    """main, nav, header, footer, aside, or empty: not labelled."""


@dataclass(frozen=True, slots=True)
class Draw:
    """What is drawn."""

    seed: int
    known: Collection[str] = ()
    """Pages that are not drawn."""
    pages: int = 0
    """Of each template; 0 means `wanted`."""
    links: int = 10
    """Of each page, at the most."""


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--fresh", action="store_true", help="of pages that have no label")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.fresh:
        known = USED.union(row["page"] for row in rows_of(LABELS))
        draw(options.folder, options.out, Draw(FRESH_SEED, known, pages=1, links=7))
    else:
        draw(options.folder, options.out, Draw(SEED))


def draw(folder: Path, out: Path, how: Draw) -> None:
    """Write a picture for each drawn page, the list of its links, and the labels still empty."""
    labels: list[Label] = []
    with (
        chromium(Corpus(folder).answer, height=TOP) as browser,
        (out / "links.txt").open("w", encoding="utf-8") as listing,
    ):
        page = browser.new_page()
        for generator, pages in candidates(folder, how.seed, how.known).items():
            taken = 0
            for candidate in pages:
                if taken == (how.pages or wanted(generator)):
                    break
                try:
                    found = _links_of(page, candidate, how)
                except Error:  # it went on to another page meanwhile
                    continue
                if not found:
                    continue
                taken += 1
                number = len({label.page for label in labels}) + 1
                labels += [label for label, _ in found]
                print(f"{number:03} {candidate.url} ({generator})", file=listing)
                for mark, (label, box) in enumerate(found, 1):
                    print(f"  {mark:2} {box} {label.anchor!r}", file=listing, flush=True)
                picture = _picture(browser, page, [label.position for label, _ in found])
                (out / f"{number:03}.png").write_bytes(picture)
    write_labels(out / "labels.csv", labels)


def _links_of(page: Page, candidate: Candidate, how: Draw) -> list[tuple[Label, str]]:
    """Open a page; return its drawn links with their boxes, none where it shows too few."""
    page.goto(candidate.url, wait_until="load")
    is_there = page.url == candidate.url
    if not is_there or page.locator('meta[http-equiv="refresh" i]').count():
        return []
    every: list[dict[str, Any]] = page.evaluate(_LINKS)
    targets = [canonicalize(link["href"]) for link in every]
    shown = [i for i, link in enumerate(every) if targets[i] and link["shown"]]
    if len(shown) < FEWEST_LINKS:
        return []
    height = page.evaluate("document.documentElement.scrollHeight")
    return [
        (
            Label(
                candidate.url,
                candidate.generator,
                str(targets[i]),
                targets[:i].count(targets[i]),
                i,
                clean_text(every[i]["text"], 60),
                "",
            ),
            "x={} y={} w={} h={}".format(*every[i]["box"]) + f" of {height}",
        )
        for i in drawn(shown, candidate.url, how.seed, how.links)
    ]


def _picture(browser: BrowserContext, page: Page, links: list[int]) -> bytes:
    """Return a PNG: the page's top and a strip around each link that it does not show."""
    first = page.evaluate(_SHOW, [links, None])
    shots = [page.screenshot()]
    seen = {index for index, y in first["seen"] if y < TOP - 40}
    for link in links:
        if link in seen:
            continue
        there = page.evaluate(_SHOW, [links, link])
        top = min(max(0, there["middle"] - STRIP / 2), TOP - STRIP)
        clip = {"x": 0, "y": top, "width": 1280, "height": STRIP}
        shots.append(page.screenshot(clip=clip))
        seen |= {i for i, y in there["seen"] if top + 10 < y < top + STRIP - 20} | {link}
    return _sheet(browser, shots)


def _sheet(browser: BrowserContext, shots: list[bytes]) -> bytes:
    """Return the pictures in two columns as one PNG."""
    images = "".join(
        f'<img width="{1280 * SCALE:.0f}" style="border-bottom:4px solid #06c;display:block" '
        f'src="data:image/png;base64,{base64.b64encode(shot).decode()}">'
        for shot in shots
    )
    sheet = browser.new_page()
    try:
        sheet.set_viewport_size({"width": 1544, "height": 400})
        sheet.set_content(f'<body style="margin:0;columns:2;column-gap:8px">{images}')
        return sheet.screenshot(full_page=True)
    finally:
        sheet.close()


def write_labels(path: Path, labels: list[Label]) -> None:
    """Write ``labels`` as CSV with a header."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(field.name for field in fields(Label))
        rows.writerows(astuple(label) for label in labels)


if __name__ == "__main__":
    main()
