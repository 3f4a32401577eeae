"""A command as the command line runs it, in this process."""

import typer
from typer.testing import CliRunner

from linkcrawler.exceptions import LinkCrawlerError


def caller(*commands):
    """Return a function that runs one of ``commands`` and returns typer's result.

    Where there are several, its name is the first argument. An error for the operator is raised, as the
    command line is what turns it into a line and an exit code.
    """
    app = typer.Typer()
    for command in commands:
        app.command()(command)

    def run(*arguments):
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if isinstance(result.exception, LinkCrawlerError):
            raise result.exception
        return result

    return run
