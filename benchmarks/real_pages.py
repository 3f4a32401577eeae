"""Real pages to crawl on loopback: documentation packages under the host names they belong to.

    python -m benchmarks.real_pages get FOLDER      download and lay out (needs Debian's apt-get, dpkg)
    python -m benchmarks.real_pages serve FOLDER    serve them as a forward proxy on 127.0.0.1

``get`` downloads the packages of `PACKAGES` with ``apt-get download`` (about 25 MB; nothing is
installed, no page is changed) and unpacks them to ``FOLDER/<host>/<path>``. ``serve`` prints the
address for ``linkcrawler crawl --proxy``; links to hosts that it does not have are answered 404, and
``https:`` links to hosts that it has are served as ``http:``.
"""

from __future__ import annotations

import argparse
import mimetypes
import re
import shutil
import subprocess
import sys
import tempfile
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from linkcrawler.loopback import Answer, LoopbackWeb

SEEDS = ("http://docs.python.org/3/", "http://www.sphinx-doc.org/en/master/")


@dataclass(frozen=True)
class Package:
    """A documentation package and where its pages are published."""

    name: str
    folder: str
    """Inside the package."""
    host: str
    path: str
    """Where the folder stands on the host."""


PACKAGES = (
    Package("python3-doc", "usr/share/doc/python3/html", "docs.python.org", "/3/"),
    Package("sphinx-doc", "usr/share/doc/sphinx-doc/html", "www.sphinx-doc.org", "/en/master/"),
    Package("docutils-doc", "usr/share/doc/docutils-doc", "docutils.sourceforge.io", "/"),
    *(
        Package(
            f"python-{name}-doc",
            f"usr/share/doc/python-{name}-doc/html",
            f"{name}.palletsprojects.com",
            f"/en/{version}/",
        )
        for name, version in (
            ("jinja2", "3.1.x"),
            ("flask", "2.2.x"),
            ("werkzeug", "2.2.x"),
            ("click", "8.1.x"),
            ("itsdangerous", "2.1.x"),
        )
    ),
)
KEPT = 4000
HOSTS = {"jinja2.palletsprojects.com": "jinja.palletsprojects.com"}
"""Host names that differ from the package's."""


def get(folder: Path) -> None:
    """Download and lay out every package that is available; say what was left out."""
    with tempfile.TemporaryDirectory() as work:
        for package in PACKAGES:
            source = unpacked(package, Path(work))
            if source is None:
                print(f"not available: {package.name}", file=sys.stderr)
                continue
            host = HOSTS.get(package.host, package.host)
            target = folder / host / package.path.strip("/")
            shutil.copytree(source, target, dirs_exist_ok=True, ignore_dangling_symlinks=True)
            pages = sum(1 for path in target.rglob("*.html"))
            print(f"{package.name}: {pages} pages at http://{host}{package.path}")


def unpacked(package: Package, work: Path) -> Path | None:
    """Return the folder with the package's pages, or None where it cannot be had."""
    names = [package.name]
    if package.name == "python3-doc":  # holds a link to the documentation of one version
        names.append(newest_python_doc())
    for name in names:
        done = subprocess.run(
            ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", name],
            cwd=work, check=False, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode:
            return None
        archive = next(work.glob(f"{name}_*.deb"))
        subprocess.run(["dpkg", "-x", archive, work / name], check=True)
        archive.unlink()
    source = work / names[-1] / package.folder.replace("python3/", f"{names[-1][:-4]}/")
    return source if source.is_dir() else None


def newest_python_doc() -> str:
    """Return the name of the package that ``python3-doc`` stands for."""
    shown = subprocess.run(
        ["apt-cache", "depends", "python3-doc"], check=True, capture_output=True, text=True
    ).stdout
    return re.findall(r"python3\.\d+-doc", shown)[0]


@dataclass
class Corpus:
    """Answers for the folders of `get`, one a host."""

    folder: Path
    hosts: frozenset[str] = field(init=False)
    _kept: OrderedDict[str, Answer] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        self.hosts = frozenset(path.name for path in self.folder.iterdir() if path.is_dir())
        names = "|".join(re.escape(host) for host in self.hosts)
        self._https = re.compile(rf"https://(?=(?:{names})[/\"'#])".encode())

    def answer(self, url: str) -> Answer:
        """Return what the host would answer; the last `KEPT` pages stay in memory."""
        if url not in self._kept:
            self._kept[url] = self._read(url)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return self._kept[url]

    def _read(self, url: str) -> Answer:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if host not in self.hosts:
            return Answer(404, b"no such host here")
        relative = unquote(parts.path).lstrip("/")
        path = (self.folder / host / relative).resolve()
        if not path.is_relative_to((self.folder / host).resolve()):
            return Answer(404, b"not found")
        if path.is_dir():
            if not parts.path.endswith("/"):
                return Answer(301, b"", (("Location", f"http://{host}{parts.path}/"),))
            path /= "index.html"
        if not path.is_file():
            return Answer(404, b"not found")
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        body = path.read_bytes()
        if kind == "text/html":
            body = self._https.sub(b"http://", body)
        return Answer(200, body, (("Content-Type", kind),))


def serve(folder: Path, port: int) -> None:
    """Serve the folders until interrupted."""
    import threading

    corpus = Corpus(folder)
    with LoopbackWeb(corpus.answer, port) as web:
        print(f"{len(corpus.hosts)} hosts; crawl them with --proxy {web.url}", flush=True)
        threading.Event().wait()


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=("get", "serve"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    if options.what == "get":
        get(options.folder)
    else:
        serve(options.folder, options.port)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
