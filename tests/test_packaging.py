"""The wheel and sdist: they build, install, and run from any folder."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tarfile
import zipfile

import pytest
from support.crawling import DEADLINE, ENVIRONMENT, ROOT, linkcrawler, run


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT],
        check=True, capture_output=True, timeout=DEADLINE,
    )  # fmt: skip
    return folder


def test_wheel_and_sdist_hold_what_a_run_needs(built):
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    for needed in (
        "linkcrawler/cli.py",
        "linkcrawler/sample-web/web.toml",
        "linkcrawler/py.typed",
        "pipelines/schema.py",
        "analysis/report/template.html",
        "analysis/report/style.css",
        "analysis/report/script.js",
    ):
        assert needed in names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/"))]
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        inside = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"pyproject.toml", "LICENSE", "README.md", "data/sample-web/web.toml"} <= inside
    assert not [name for name in inside if name.startswith("data/crawls")]


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory):
    """The wheel in an environment of its own; its dependencies are this environment's."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, timeout=DEADLINE)
    python = folder / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "-q", "--no-index", "--no-deps",
         "--disable-pip-version-check", next(built.glob("*.whl"))],
        check=True, timeout=DEADLINE, env=ENVIRONMENT,
    )  # fmt: skip
    packages = next(folder.glob("lib/python3*/site-packages"))
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


def test_the_demo_runs_from_a_folder_that_holds_other_packages_of_our_names(installed, tmp_path):
    for name in ("linkcrawler", "pipelines", "analysis"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise ImportError('a stranger')\n")
    (tmp_path / "elsewhere").mkdir()
    for command in (
        [str(installed / "linkcrawler"), "demo"],
        [str(installed / "linkcrawler"), "check", "linkcrawler-demo"],
    ):
        ended = run(command, tmp_path, env={"PYTHONPATH": ""})
        assert ended.code == 0, ended
    assert (tmp_path / "linkcrawler-demo" / "report.html").exists()
    ended = run([str(installed / "linkcrawler"), "demo"], tmp_path, env={"PYTHONPATH": ""})
    assert ended.code == 0, ended  # a second demo goes on from the first: nothing is left


def test_python_dash_m_finds_our_packages_too(installed, tmp_path):
    for name in ("pipelines", "analysis"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise ImportError('a stranger')\n")
    ended = run([str(installed / "python"), "-m", "linkcrawler", "rank", "."], tmp_path)
    assert ended.code == 5
    assert "no crawl" in ended.err


def test_the_installed_scrapy_has_the_command(installed, tmp_path):
    ended = run([str(installed / "python"), "-m", "scrapy", "linkcrawler", "check", "."], tmp_path)
    assert ended.code == 5
    assert "no crawl" in ended.err


def test_help_is_quick_because_it_imports_nothing_heavy():
    code = (
        "import sys; from linkcrawler.cli import run; run(['--help']); "
        "heavy = {'scrapy', 'pyarrow', 'duckdb', 'networkx', 'scipy', 'numpy', 'jinja2'}; "
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    ended = run([sys.executable, "-c", code], ROOT)
    assert ended.code == 0, ended.err
    for command in ("crawl", "rank", "report", "export", "check", "demo"):
        assert command in ended.out
    assert linkcrawler("--version").out.strip()


def test_a_crawl_does_without_what_only_the_analysis_and_large_sorts_need():
    code = (
        "import sys, linkcrawler.spiders.links, pipelines.parquet, pipelines.keeper; "
        "heavy = {'duckdb', 'scipy', 'networkx', 'pandas'}; "
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    ended = run([sys.executable, "-c", code], ROOT)
    assert ended.code == 0, ended.err
