"""The project's documents in, their blocks, sections and tables out."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
REFERENCE = ROOT / "docs" / "reference"
PACKAGES = ("linkcrawler", "pipelines", "analysis")


def documents():
    """Return every Markdown file of the project."""
    top = [path for path in ROOT.glob("*.md") if path.is_file()]
    below = [path for name in (*PACKAGES, "data", "docs", "tests", "benchmarks")
             for path in (ROOT / name).rglob("*.md")
             if not {"crawls", "node_modules"} & {*path.parts}]  # fmt: skip
    return sorted(top + below)


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def prose(path):
    """Return a document without its code blocks."""
    return re.sub(
        r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )


def blocks(path, language):
    """Return the code blocks of a language."""
    text = path.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)


def section(path, heading):
    """Return what stands under a heading, up to the next one of its level or above."""
    level = heading.split(" ")[0]
    text = path.read_text(encoding="utf-8")
    found = re.search(
        rf"^{re.escape(heading)}$(.*?)(?=^#{{1,{len(level)}}} |\Z)",
        text,
        flags=re.DOTALL | re.MULTILINE,
    )
    assert found, f"{name_of(path)} has no heading {heading!r}"
    return found[1]


def rows(text):
    """Return the cells of the rows of the tables in ``text``, without heads and rules."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    rules = {number for number, row in enumerate(cells) if set("".join(row)) <= set("-:")}
    return [row for number, row in enumerate(cells) if not {number, number + 1} & rules]


def documented(text):
    """Return the rows of tables by each name in back quotes in their first cell, the first wins."""
    found = {}
    for row in rows(text):
        for name in re.findall(r"`([^`]+)`", row[0]):
            found.setdefault(name, row)
    return found
