"""The documentation in, where it and the code say different things out."""

from __future__ import annotations

import ast
import importlib
import itertools
import re
import shlex
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
import typer
from support.ranked import domain, edge, link, page, write_dataset

from analysis.record import Record
from linkcrawler import exceptions, settings
from linkcrawler.cli import build_app
from linkcrawler.options import OPTIONS
from pipelines.describe import describe, main, updated
from pipelines.manifest import Manifest, Part
from pipelines.schema import TABLES

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference"
PACKAGES = ("linkcrawler", "pipelines", "analysis")
ENVIRONMENT = {"LINKCRAWLER_BROWSER", "LINKCRAWLER_REQUIRE_BROWSER", "LINKCRAWLER_SUITES"}
"""Variables of the tests, which are no settings."""


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


# Commands

ENTRY_POINTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
    "entry-points"
]["linkcrawler.commands"]
CLI = REFERENCE / "cli.md"


def options_of(command):
    """Return every spelling of every option of a command, help apart."""
    return {
        spelling
        for parameter in command.params
        if parameter.param_type_name == "option"
        for spelling in (*parameter.opts, *parameter.secondary_opts)
    } - {"--help"}


def command_of(name):
    """Return a command as the command line builds it."""
    module, _, function = ENTRY_POINTS[name].partition(":")
    app = typer.Typer(add_completion=False)
    app.command(name)(getattr(importlib.import_module(module), function))
    return typer.main.get_command(app)


def spellings(text):
    """Return the options in the first cells of the tables in ``text``."""
    return {
        word.partition(" ")[0]
        for row in rows(text)
        for word in re.findall(r"`(-[^`]+)`", row[0])
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(ENTRY_POINTS))
def test_each_command_is_described_with_its_options_and_no_others(name):
    text = section(CLI, f"## linkcrawler {name}")
    assert spellings(text) == options_of(command_of(name))
    assert f"Usage: linkcrawler {name}" in text
    assert f"$ linkcrawler {name} " in text or f"$ linkcrawler {name}\n" in text, "no example"
    assert "Exit codes:" in text


@pytest.mark.parametrize("name", sorted(ENTRY_POINTS))
def test_the_defaults_of_a_command_are_those_that_are_described(name):
    described = {
        spelling: row[1].strip("`")
        for row in rows(section(CLI, f"## linkcrawler {name}"))
        for spelling in spellings("|" + "|".join(row) + "|")
    }
    checked = 0
    for parameter in command_of(name).params:
        if isinstance(parameter.default, (int, float)) and not isinstance(parameter.default, bool):
            assert float(described[parameter.opts[0]]) == parameter.default
            checked += 1
        argument = next((o for o in OPTIONS if o.name == parameter.name), None)
        if name == "crawl" and argument and not isinstance(SETTINGS[argument.setting], list):
            default = SETTINGS[argument.setting]
            if default and argument.name != "out":
                written = described[parameter.opts[0]]
                assert written == (f"{default:g}" if isinstance(default, float) else str(default))
                checked += 1
    assert checked or name in ("check", "decisions", "export", "methods")


def test_no_command_is_described_that_does_not_exist():
    headings = re.findall(r"^## linkcrawler (\w+)$", CLI.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted(ENTRY_POINTS)


def test_the_options_of_the_command_line_as_a_whole_are_described():
    app = typer.main.get_command(build_app())
    assert spellings(section(CLI, "## linkcrawler")) - {"--help"} == options_of(app)


def test_each_spider_argument_and_nothing_else_is_described_with_its_setting():
    described = {
        name: row[2].strip("`") for name, row in documented(section(CLI, "## Spider arguments")).items()
        if row[0] == f"`{name}`"
    }  # fmt: skip
    assert described == {"seeds": ""} | {option.name: option.setting for option in OPTIONS}


def errors():
    """Return every error class of ours."""
    found = [exceptions.LinkCrawlerError]
    for kind in found:
        found.extend(kind.__subclasses__())
    return {kind for kind in found if kind.__module__ == exceptions.__name__}


def test_each_exit_code_and_nothing_else_is_described_with_its_errors():
    described = {
        int(row[0]): set(re.findall(r"`(\w+Error)`", row[2]))
        for row in rows(section(CLI, "## Exit codes"))
    }
    codes = {code: set() for name, code in vars(exceptions).items() if name.startswith("EXIT_")}
    for kind in errors():
        codes.setdefault(kind.exit_code, set()).add(kind.__name__)
    assert described == codes


# Examples


def shell_lines():
    """Yield each command of linkcrawler or Scrapy in a shell example, and where it stands."""
    for path in documents():
        for block in blocks(path, "sh"):
            for line in block.splitlines():
                if line.startswith(("linkcrawler ", "scrapy ")):
                    yield pytest.param(shlex.split(line), id=f"{name_of(path)}: {line[:50]}")


@pytest.mark.parametrize("words", list(shell_lines()))
def test_each_shell_example_uses_commands_options_and_settings_that_exist(words):
    if words[:2] == ["scrapy", "crawl"]:
        given = [words[i + 1].partition("=")[0] for i, word in enumerate(words) if word == "-a"]
        assert set(given) <= {"seeds"} | {option.name for option in OPTIONS}
        return
    _, name, *arguments = words[words.index("linkcrawler") :]
    assert name in ENTRY_POINTS
    with command_of(name).make_context(name, list(arguments)) as context:
        assert context.params  # parsed: an unknown option or a missing argument raises
    chosen = [v.partition("=")[0] for w, v in itertools.pairwise(words) if w == "-s"]
    scrapy_settings = set(dir(importlib.import_module("scrapy.settings.default_settings")))
    assert set(chosen) <= set(SETTINGS) | scrapy_settings


def python_blocks():
    """Yield the Python examples of the documents; those for Spark need what is not installed."""
    for path in sorted((ROOT / "docs").rglob("*.md")):
        for number, block in enumerate(blocks(path, "python")):
            if "pyspark" not in block:
                yield pytest.param(block, id=f"{name_of(path)} {number}")


@pytest.fixture(scope="module")
def pens(tmp_path_factory):
    """Return a folder in which ``crawls/pens`` is a ranked crawl."""
    home = tmp_path_factory.mktemp("docs")
    names = ("penwiki.example", "nibs.example", "ink.example")
    write_dataset(
        home / "crawls" / "pens",
        domains=[domain(name, rank, is_seed=rank == 1) for rank, name in enumerate(names, 1)],
        edges=[edge(names[1], names[0]), edge(names[2], names[0]), edge(names[0], names[2])],
        links=[link(names[1], names[0], anchor="pens"), link(names[2], names[0], position=1)],
        pages=[page(f"https://{names[0]}/", names[0]), page("https://x.example/", "x.example", "failed", "dns")],
        counts={"done": 1},
    )  # fmt: skip
    return home


@pytest.mark.parametrize("block", list(python_blocks()))
def test_each_python_example_runs(block, pens, monkeypatch, capsys):
    monkeypatch.chdir(pens)
    exec(compile(block, "example", "exec"), {"__name__": "example"})
    assert capsys.readouterr().err == ""


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
