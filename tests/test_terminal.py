"""Nothing that strangers or arguments hold reaches a terminal or a log as an escape sequence."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys

import pytest
from support import ranked
from support.crawling import ENVIRONMENT, ROOT
from support.hostile_text import ESCAPES, OBEYED
from support.rude_web import RudeWeb

from linkcrawler.progress import Progress

ESC = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202e\x08\x7f"


def answer(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """The bytes of an answer."""
    lines = [
        b"HTTP/1.1 " + status,
        *headers,
        b"Content-Length: %d" % len(body),
        b"Connection: close",
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


RAW = ESC.encode()
HTML = b"Content-Type: text/html; charset=utf-8"
PAGE = b"".join(
    (
        b"<title>" + RAW + b"</title>",
        *(b'<a href="http://a.example/%d' % n + RAW + b'">' + RAW + b"</a>" for n in range(9)),
        *(b'<a href="http://h%d.example/">x</a>' % n for n in range(9)),
        b'<a href="http://x' + RAW + b'.example/">y</a>',
        b'<a href="http://a.example/[red]bold[/red][link=http://evil.example]">[red]z</a>',
    )
)
RUDE = {
    "http://a.example/": answer(PAGE, HTML, b"Link: <" + RAW + b">; rel=" + RAW, b"Server: " + RAW),
    "http://h0.example/": answer(b"", b"Location: http://b.example/" + RAW, status=b"302 " + RAW),
    "http://h1.example/": answer(b"x", b"Content-Type: text/" + RAW),
    "http://h2.example/": answer(b"", status=b"500 " + RAW),
    "http://h3.example/": RAW + b" 200 OK\r\n\r\n",
    "http://h4.example/": b"HTTP/1.1 " + RAW + b" " + RAW + b"\r\n\r\n",
    "http://h5.example/": answer(b"x", HTML, b"Content-Encoding: " + RAW),
    "http://h6.example/": answer(b"x", HTML, RAW + b": " + RAW, b"Set-Cookie: a=" + RAW + b"; path=/"),
    "http://h7.example/": answer(b"x", HTML, b"Transfer-Encoding: " + RAW),
    "http://h8.example/": b"HTTP/1.1 200 OK\r\nContent-Length: " + RAW + b"\r\n\r\n",
    "http://h0.example/robots.txt": answer(b"User-agent: *\nDisallow: /" + RAW, b"Content-Type: " + RAW),
    "http://h1.example/robots.txt": answer(b"", b"Location: http://\x1b[2J/", status=b"301 " + RAW),
}  # fmt: skip
CRAWL = ("--delay", 0, "-s", "LOG_LEVEL=DEBUG", "-s", "RETRY_TIMES=0", "-s", "LINKCRAWLER_CONTACT=a@b.example",
         "--max-time", 60)  # fmt: skip


def run(*command: object, **options) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", *map(str, command)],
        cwd=ROOT, env=ENVIRONMENT | options.pop("env", {}), capture_output=True, timeout=120,
        check=False, **options,
    )  # fmt: skip


def several(commands) -> tuple[subprocess.CompletedProcess[bytes], list[int]]:
    """Run several commands as the command line does, with what they import imported once."""
    code = (
        "import json, os, sys\n"
        "import linkcrawler.spiders.links\n"
        "from linkcrawler.cli import run\n"
        "from linkcrawler.plain import plain_streams\n"
        "plain_streams()\n"
        "codes = []\n"
        "for command in json.load(sys.stdin):\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        code = run(command)\n"
        "        sys.stdout.flush()\n"
        "        os._exit(code)\n"
        "    codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
        "print('\\n' + json.dumps(codes))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(list(commands)).encode(),
        cwd=ROOT, env=ENVIRONMENT, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return done, json.loads(done.stdout.splitlines()[-1])


def obeyed(data: bytes) -> list[str]:
    """What a terminal or a reader of ``data`` would obey."""
    return OBEYED.findall(data.decode("utf-8", "surrogateescape"))


@pytest.fixture(scope="module")
def rude(tmp_path_factory):
    """A crawl of a web that sends escape sequences wherever it can, and what it printed."""
    folder = tmp_path_factory.mktemp("rude") / "crawl"
    with RudeWeb(RUDE) as web:
        done = run("linkcrawler", "crawl", "a.example", "--out", folder, "--proxy", web.url, *CRAWL)
        asked = web.asked
    assert {f"http://h{n}.example/" for n in range(9) if n != 1} <= set(asked)
    return folder, done


def test_a_crawl_prints_and_logs_no_escape_sequence(rude):
    folder, done = rude
    assert done.returncode == 0, done.stderr.decode()
    log = (folder / "crawl.log").read_bytes()
    assert log.count(b"\n") > 20
    for data in (done.stdout, done.stderr, log):
        assert obeyed(data) == []
    assert b"\\x1b[2J" in log  # it is seen


def test_no_command_on_it_prints_one(rude):
    folder, _ = rude
    commands = ["rank", "rank --format csv", "rank --format json", "status", "status --format json",
                "check", "report", "export --format csv"]  # fmt: skip
    done, codes = several(
        [name, str(folder), *options] for name, *options in map(str.split, commands)
    )
    assert codes == [0] * len(commands), done.stderr.decode()
    assert b"All is well" in done.stdout
    assert obeyed(done.stdout + done.stderr) == []


def test_scrapys_own_log_is_as_plain(tmp_path):
    with RudeWeb(RUDE) as web:
        arguments = {"seeds": "a.example", "out": tmp_path / "c", "proxy": web.url, "delay": 0}
        given = [part for name, value in arguments.items() for part in ("-a", f"{name}={value}")]
        noisy = {"pipelines.parquet.ParquetPipeline": 900, "support.noisy.NoisyPipeline": 1}
        log = ("-s", "LOG_LEVEL=DEBUG", "-s", "RETRY_TIMES=0",
               "-s", f"ITEM_PIPELINES={json.dumps(noisy)}")  # fmt: skip
        path = {"PYTHONPATH": str(ROOT / "tests")}
        done = run("scrapy", "crawl", "links", *given, *log, env=path)
        to_file = run(
            "scrapy", "crawl", "links", *given[2:], "-a", "seeds=h4.example", "-a",
            f"out={tmp_path / 'd'}", *log, "-s", f"LOG_FILE={tmp_path / 'own.log'}", env=path,
        )  # fmt: skip
    assert done.returncode == to_file.returncode == 0
    own = (tmp_path / "own.log").read_bytes()
    for data in (done.stdout, done.stderr, own):
        assert obeyed(data) == []
        assert b"the page says \\x1b[2J" in data or data is done.stdout
        assert b"ValueError: \\x1b[2J" in data or data is done.stdout
        assert not [line for line in data.splitlines() if line.startswith(b"INFO")]
    assert b"Spider closed" in done.stderr


def test_a_live_line_on_a_terminal_holds_our_own_sequences_only(tmp_path):
    outer, inner = pty.openpty()
    with RudeWeb(RUDE) as web:
        done = subprocess.Popen(
            [sys.executable, "-m", "linkcrawler", "crawl", "a.example", "--out", tmp_path / "c",
             "--proxy", web.url, *map(str, CRAWL)],
            cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=inner,
        )  # fmt: skip
        os.close(inner)
        seen = b""
        try:
            while chunk := os.read(outer, 65536):
                seen += chunk
        except OSError:  # the other end is closed
            pass
        os.close(outer)
        assert done.wait(60) == 0
    own = seen.replace(b"\r\n", b"\n").replace(b"\r\x1b[2K", b"")
    assert own != seen  # there was a live line
    assert obeyed(own) == []


def test_no_argument_comes_back_as_one():
    commands = [
        ["crawl", f"http://{ESC}/"],
        ["crawl", f"@{ESC}.txt"],
        ["crawl", "a.example", "--hops", ESC],
        ["crawl", "a.example", f"--{ESC}"],
        ["crawl", "a.example", "-s", ESC],
        ["crawl", "a.example", "--include", f"({ESC}"],
        ["crawl", "a.example", "--proxy", ESC],
        ["status", f"./{ESC}"],
        ["status", "./\udcff\udc9b"],  # bytes that are no UTF-8
        ["rank", f"./{ESC}"],
        ["check", f"./{ESC}"],
        ["report", f"./{ESC}"],
        ["export", "./x", "--format", ESC],
        [ESC],
    ]
    done, codes = several(commands)
    assert set(codes) == {2, 5}
    assert done.stderr.count(b"\\x1b[2J") >= len(commands) - 1
    assert b"\\udcff" in done.stderr
    assert obeyed(done.stdout + done.stderr) == []


def test_hostile_names_of_folders_and_seeds_in_files_are_spelled_out(tmp_path):
    seeds = tmp_path / f"{ESC}.txt"
    seeds.write_text(f"a.example\n{ESC}\n", encoding="utf-8")
    done, codes = several([["crawl", f"@{seeds}"]])
    assert codes == [2]
    assert obeyed(done.stderr) == []
    assert b"\\x1b[2J" in done.stderr
    folder = tmp_path / ESC
    with RudeWeb(RUDE) as web:
        done = run("linkcrawler", "crawl", "a.example", "--out", folder, "--proxy", web.url, *CRAWL)
    assert done.returncode == 0
    assert obeyed(done.stdout + done.stderr + (folder / "crawl.log").read_bytes()) == []
    # The command that is named next can be pasted into a shell.
    command = done.stdout.decode().splitlines()[-1].removeprefix("next: linkcrawler rank ")
    shown = subprocess.run(
        ["bash", "-c", f"printf %s {command}"], capture_output=True, check=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert shown.stdout == str(folder).encode()


def test_a_dataset_of_another_program_cannot_forge_a_table(tmp_path):
    names = [*ESCAPES, "[red]a[/red]", "[link=http://evil.example]b[/link]", "c\nd"]
    domains = [ranked.domain(name, rank) for rank, name in enumerate(names, 1)]
    links = [ranked.link("a.example", name, anchor=name) for name in names]
    folder = ranked.write_dataset(
        tmp_path / "d", domains=domains, links=links,
        pages=[ranked.page("https://a.example/", "a.example", "failed", ESC)],
    )  # fmt: skip
    table = run("linkcrawler", "rank", folder, "--top", 0)
    assert table.returncode == 0, table.stderr.decode()
    assert len(table.stdout.splitlines()) == len(names) + 2
    others, _ = several([["rank", str(folder), "--top", "0", "--format", name]
                         for name in ("csv", "json")])  # fmt: skip
    for done in (table, others):
        assert obeyed(done.stdout + done.stderr) == []
        assert b"[red]a[/red]" in done.stdout  # as it is, and no markup


def test_an_error_that_nobody_caught_is_as_plain(tmp_path):
    code = (
        f"from linkcrawler.plain import plain_streams\nplain_streams()\nraise ValueError({ESC!r})\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, check=False)
    assert done.returncode == 1
    assert obeyed(done.stderr) == []
    assert b"ValueError: \\x1b[2J" in done.stderr


def test_a_warning_above_the_live_line_is_one_plain_line():
    stream = io.StringIO()
    Progress(stream).say(f"a{ESC}\nb")
    line = stream.getvalue()
    assert line.count("\n") == 1
    assert not OBEYED.search(line)
    assert "\\x1b[2J" in line
