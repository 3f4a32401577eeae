"""What the README shows is what runs."""

from __future__ import annotations

import importlib
import re

import pytest
from support.crawling import ROOT, linkcrawler

README = (ROOT / "README.md").read_text()


def block(mark: str) -> str:
    """The code between ``<!-- mark -->`` and ``<!-- end -->``."""
    found = re.search(rf"<!-- {mark} -->\n```\w*\n(.*?)```\n<!-- end -->", README, re.DOTALL)
    assert found, mark
    return found.group(1)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("readme") / "demo"
    ended = linkcrawler("demo", "--out", folder)
    assert ended.code == 0, ended
    return folder, ended


LOADED = {
    "pandas": lambda frame: len(frame) >= 30 and frame["authority"].max() == 100,
    "polars": lambda frame: frame.height > 2000 and "anchor" in frame.columns,
    "DuckDB": lambda relation: len(relation.fetchall()) == 10,
    "networkx": lambda scores: abs(sum(scores.values()) - 1) < 1e-6,
}


@pytest.mark.parametrize("reader", LOADED)
def test_each_line_that_loads_the_result_runs(demo, reader):
    folder, _ = demo
    line = re.search(rf"^\| {reader} \| `(.*)` \|$", README, re.MULTILINE).group(1)
    modules = {name: importlib.import_module(name) for name in ("analysis", reader.lower())}
    assert LOADED[reader](eval(line.replace("DIR", str(folder)), modules))


def test_the_output_shown_is_the_output_of_the_demo(demo):
    shown = block("demo").splitlines()
    assert 10 <= len(shown) <= 14
    real = [without_interval(line.rstrip()) for line in demo[1].out.splitlines()]
    assert len([line for line in shown if without_interval(line) != line]) == 10
    for line in shown:
        assert without_interval(line.replace("data/crawls/demo", str(demo[0]))) in real


def without_interval(line):
    """Return a line of a ranking without interval and tier, which go by the order in which pages came."""
    return re.sub(r"^( *\d+) +\d+-\d+ +\d+ +", r"\1 ", line)


def test_the_demo_prints_ten_domains_and_where_the_report_is(demo):
    folder, ended = demo
    assert str(folder / "report.html") in ended.out
    ranked = [line for line in ended.out.splitlines() if re.match(r"\s*\d+  .*\S+\.\S+", line)]
    assert len(ranked) == 10


def test_gephi_can_have_its_file(demo):
    folder, _ = demo
    ended = linkcrawler("export", folder, "--format", "gexf")
    assert ended.code == 0
    assert str(folder / "graph.gexf") in ended.out
