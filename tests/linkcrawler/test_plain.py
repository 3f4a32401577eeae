"""Text, log records and streams made plain: nothing in them is obeyed, and no letter is lost."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.hostile_text import OBEYED, TEXT

from linkcrawler.plain import PlainFormatter, PlainStream, beneath, one_line, quoted, spelled


@given(TEXT)
def test_spelled_text_holds_nothing_that_is_obeyed_and_loses_no_letter(text):
    found = spelled(text)
    assert not OBEYED.search(found)
    assert [c for c in found if not c.isascii()] == [
        c for c in text if not c.isascii() and not OBEYED.match(c)
        and spelled(c) == c
    ]  # fmt: skip
    assert spelled(found) == found


@given(TEXT, st.integers(0, 40))
def test_one_line_is_one_and_short(text, limit):
    found = one_line(text, limit)
    assert found.isprintable()
    assert len(found) <= limit
    assert one_line(text) == one_line(one_line(text))


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12))
def test_quoted_words_are_plain(text):
    assert quoted(text).isprintable()


def test_bash_reads_a_quoted_word_back():
    words = ["", "a b", "it's", "\\", "a\x1b[2J\n'\\b", "é\u202e\U000e0041x", "\x7f1", "-x"]
    command = f"printf '%s\\0' {' '.join(map(quoted, words))}"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, check=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert done.stdout.decode().split("\0")[:-1] == words


def test_a_record_cannot_pass_for_two(caplog):
    formatter = PlainFormatter(logging.Formatter("%(levelname)s %(message)s"))
    try:
        raise ValueError("x\nINFO forged\x1b[2J")
    except ValueError:
        record = logging.LogRecord(
            "n", logging.ERROR, "p", 1, "a\nINFO %s", ("b\x1b",), sys.exc_info()
        )
    lines = formatter.format(record).splitlines()
    assert lines[0] == "ERROR a"
    assert not [line for line in lines[1:] if line.startswith("INFO")]
    assert not OBEYED.search("\n".join(lines).replace("\n", ""))
    assert record.getMessage() == "a\nINFO b\x1b"  # other handlers see it as it was


def test_a_plain_stream_is_the_stream_beneath_but_for_what_is_written(tmp_path):
    with (tmp_path / "x").open("w", encoding="utf-8") as file:
        stream = PlainStream(file)
        assert stream.write("a\x1b\n") == 3
        stream.writelines(["b\x07", "c"])
        assert (stream.isatty(), stream.name) == (False, file.name)
        assert beneath(stream) is file
        assert beneath(file) is file
        with pytest.raises(TypeError):
            stream.write(b"bytes")
        stream.flush()
    assert Path(tmp_path / "x").read_text("utf-8") == "a\\x1b\nb\\x07c"
