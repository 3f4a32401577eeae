"""The documentation in, where it and the code say different things out."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from pathlib import Path

import pytest
from support.documents import (
    PACKAGES,
    REFERENCE,
    ROOT,
    documented,
    documents,
    name_of,
    prose,
    rows,
    section,
)

from analysis.rankings import RANKING_COLUMNS
from analysis.record import Record
from linkcrawler import settings
from linkcrawler.options import OPTIONS
from pipelines.describe import describe, main, updated
from pipelines.manifest import Manifest, Part
from pipelines.schema import TABLES

ENVIRONMENT = {"LINKCRAWLER_BROWSER", "LINKCRAWLER_REQUIRE_BROWSER", "LINKCRAWLER_SUITES"}
"""Variables of the tests, which are no settings."""


# Settings

SETTINGS = {name: value for name, value in vars(settings).items() if name.isupper()}
SETTINGS_DOC = documented((REFERENCE / "settings.md").read_text(encoding="utf-8"))
ARGUMENT_OF = {option.setting: option.name for option in OPTIONS}


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_each_setting_is_described_with_its_default(name):
    assert name in SETTINGS_DOC, f"settings.md does not describe {name}"
    value = SETTINGS[name]
    ours = name.startswith("LINKCRAWLER_")
    expected = "see the file" if isinstance(value, dict) else f"`{value!r}`"
    assert SETTINGS_DOC[name][1] == expected
    assert len(SETTINGS_DOC[name]) == (6 if ours else 5)
    assert not ours or (SETTINGS_DOC[name][2] and SETTINGS_DOC[name][4]), "no unit, or no meaning"


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_each_setting_names_its_command_line_option(name):
    written = SETTINGS_DOC[name][3]
    if name == "ROBOTSTXT_OBEY":
        assert written == "`--no-robots`"
    else:
        argument = ARGUMENT_OF.get(name)
        assert written == (f"`--{argument.replace('_', '-')}`" if argument else "")


@pytest.mark.parametrize("name", sorted(n for n in SETTINGS if n.startswith("LINKCRAWLER_")))
def test_each_setting_is_read_by_exactly_the_files_that_the_reference_links(name):
    linked = {
        (REFERENCE / target).resolve()
        for target in re.findall(r"\]\(([^)]+)\)", SETTINGS_DOC[name][5])
        if "committer.py" not in target  # takes values, not settings
    }
    indirect = ROOT / "linkcrawler" / "frontier" / "plan.py"  # by `checked_settings`
    readers = {
        path for path in sources()
        if path.name not in ("settings.py", "options.py", "record.py", "demo.py")
        and f'"{name}"' in path.read_text(encoding="utf-8")
    }  # fmt: skip
    assert linked - {indirect} == readers - {indirect}
    assert (indirect in readers) <= (indirect in linked)


@pytest.mark.parametrize("path", documents(), ids=name_of)
def test_no_document_names_a_setting_that_does_not_exist(path):
    named = set(re.findall(r"\bLINKCRAWLER_[A-Z0-9_]*[A-Z0-9]\b", path.read_text(encoding="utf-8")))
    assert named <= set(SETTINGS) | ENVIRONMENT


# Stats


def sources():
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def stats_of(path):
    """Yield the stat keys that a module sets, ``<name>`` where a value is put in."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("inc_value", "set_value", "max_value", "min_value")
        ):
            yield key_of(node.args[0])


def key_of(node):
    if isinstance(node, ast.Constant):
        return node.value
    assert isinstance(node, ast.JoinedStr), f"a stat's key is no text: {ast.unparse(node)}"
    parts = [
        part.value if isinstance(part, ast.Constant)
        else f"<{ast.unparse(part.value).rpartition('.')[2]}>"
        for part in node.values
    ]  # fmt: skip
    return "".join(parts)


def test_each_stat_and_nothing_else_is_described_with_the_file_that_sets_it():
    set_by = {(key, name_of(path)) for path in sources() for key in stats_of(path)}
    table = documented((REFERENCE / "stats.md").read_text(encoding="utf-8"))
    said = {
        (key, name_of((REFERENCE / target).resolve()))
        for key, row in table.items()
        for target in re.findall(r"\]\(([^)]+)\)", row[1])
    }
    assert set_by
    assert said == set_by


# The dataset

DATASET = REFERENCE / "dataset.md"


def test_the_tables_of_the_dataset_are_those_of_the_schema():
    text = DATASET.read_text(encoding="utf-8")
    assert text == updated(text), "run: python -m pipelines.describe docs/reference/dataset.md"
    assert re.findall(r"<!-- table:(\w+) -->", text) == list(TABLES)
    assert text.count("<!-- end -->") == len(TABLES)


def test_the_reference_says_how_many_columns_ranking_csv_has():
    said = f"`ranking.csv` holds {len(RANKING_COLUMNS)} of these columns"
    assert said in DATASET.read_text(encoding="utf-8")


def test_each_column_that_other_tools_are_mapped_to_is_there():
    text = (REFERENCE / "mapping.md").read_text(encoding="utf-8")
    named = set(re.findall(rf"`({'|'.join(TABLES)})\.(\w+)`", text))
    assert len(named) > 50
    assert named <= {(table, name) for table, schema in TABLES.items() for name in schema.names}
    tools = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert [tool.partition("\n")[0].partition(":")[0] for tool in tools] == [
        "Ahrefs", "Ahrefs", "DataForSEO", "Majestic", "Screaming Frog",
    ]  # fmt: skip


def test_describing_the_tables_replaces_what_was_there_and_nothing_else(tmp_path):
    path = tmp_path / "doc.md"
    path.write_text("before\n<!-- table:pages -->\nold\n<!-- end -->\nafter\n", encoding="utf-8")
    assert main([str(path)]) == 0
    found = path.read_text(encoding="utf-8")
    assert found == f"before\n<!-- table:pages -->\n{describe('pages')}<!-- end -->\nafter\n"


@pytest.mark.parametrize(
    ("text", "arguments", "code", "said"),
    [
        ("", [], 2, "name the Markdown files"),
        ("<!-- table:nothing -->\n<!-- end -->", ["doc.md"], 2, "no table 'nothing'"),
        ("", ["missing.md"], 6, "cannot read missing.md"),
    ],
)
def test_describing_what_cannot_be_described_says_why(
    text, arguments, code, said, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    Path("doc.md").write_text(text, encoding="utf-8")
    assert main(arguments) == code
    assert said in capsys.readouterr().err


def test_each_key_of_the_manifest_and_nothing_else_is_described():
    table = rows(section(DATASET, "## run.json").partition("`counts` of a crawl")[0])
    keys = {row[0].strip("`"): row[2] for row in table}
    assert list(keys) == [field.name for field in fields(Manifest)]
    for field in fields(Part):
        assert f"`{field.name}`" in keys["parts"]


def test_each_key_of_the_record_of_a_ranking_and_nothing_else_is_described():
    keys = [row[0].strip("`") for row in rows(section(DATASET, "## ranking.json"))]
    assert keys == [field.name for field in fields(Record)]


# Links


def anchors(path):
    """Return the anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings}


@pytest.mark.parametrize("path", documents(), ids=name_of)
def test_each_relative_link_leads_to_a_file_and_heading_that_exist(path):
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(path)):
        if re.match(r"[a-z]+:", target):
            continue
        place, _, anchor = target.partition("#")
        file = (path.parent / place).resolve() if place else path
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert not broken
