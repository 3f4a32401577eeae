"""However early an interrupt comes, the command line says so in one line."""

from __future__ import annotations

import pytest
from support.crawling import linkcrawler

from linkcrawler import cli
from linkcrawler.exceptions import EXIT_INTERRUPTED

INTERRUPTED = "linkcrawler: error: interrupted\n"


@pytest.mark.parametrize("library", ["typer", "inspect"])
def test_an_interrupt_while_the_command_loads_is_one_line(tmp_path, library):
    (tmp_path / f"{library}.py").write_text("raise KeyboardInterrupt\n")
    ended = linkcrawler("--version", env={"PYTHONPATH": str(tmp_path)})
    assert (ended.code, ended.err) == (EXIT_INTERRUPTED, INTERRUPTED)


def test_an_interrupt_while_a_class_is_made_is_one_line(monkeypatch, capsys):
    """Python 3.11 makes a RuntimeError of it, later versions leave it as it is."""

    class Interrupting:
        def __set_name__(self, owner, name):
            raise KeyboardInterrupt

    def app():
        type("Made", (), {"field": Interrupting()})

    monkeypatch.setattr(cli, "build_app", app)
    assert cli.run([]) == EXIT_INTERRUPTED
    assert capsys.readouterr().err == INTERRUPTED
