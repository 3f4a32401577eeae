"""What the documents say of commands is what the command line has, and their examples run."""

from __future__ import annotations

import importlib
import itertools
import re
import shlex
import tomllib

import pytest
import typer
from support.documents import (
    REFERENCE,
    ROOT,
    blocks,
    documented,
    documents,
    name_of,
    rows,
    section,
)
from support.ranked import domain, edge, link, page, write_dataset

from linkcrawler import exceptions, settings
from linkcrawler.cli import build_app
from linkcrawler.options import OPTIONS

SETTINGS = {name: value for name, value in vars(settings).items() if name.isupper()}

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
