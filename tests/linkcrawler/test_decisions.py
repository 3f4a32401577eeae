"""Decisions on domains are read as people write them, and what cannot be read is named."""

from __future__ import annotations

import pytest

from linkcrawler.decisions import read_decisions, seeds_in, written_decisions
from linkcrawler.exceptions import UsageError
from linkcrawler.policies.scope import Scope
from linkcrawler.seeds import read_seeds

SHEET = "\ufeffDomain;Note;Decision\nA.example;x;in\nb.example;;OUT\n'-c.example;;\n\n"


def test_a_sheet_as_a_spreadsheet_saves_it_is_read(tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_text(SHEET)
    found = read_decisions("decisions", [str(path)])
    assert found == {"a.example": "IN", "b.example": "OUT", "-c.example": "UNDECIDED"}
    assert read_decisions("decisions", written_decisions(found)) == {
        "a.example": "IN",
        "b.example": "OUT",
    }
    assert seeds_in(found) == ["http://a.example/"]
    assert read_seeds([f"@{path}"]) == ["http://a.example/"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("domain,verdict\na.example,IN\n", "no column named decision"),
        ("", "no column named domain or decision"),
        ("domain,decision\na.example,IN\nb.example,PERHAPS\n", r"got 'PERHAPS' \(.*line 3\)"),
        ("domain,decision\ntwo words,IN\n", r"expected a domain, got 'two words' \(.*line 2\)"),
        ("domain,decision\n*.a.example,OUT\n", r"expected a domain, got '\*\.a\.example'"),
        ("domain,decision\na.example,IN\na.example,OUT\n", r"decided twice.*line 3"),
    ],
)
def test_what_is_wrong_in_a_sheet_is_named_with_its_line(tmp_path, text, message):
    path = tmp_path / "sheet.csv"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        read_decisions("decisions", [str(path)])


def test_a_sheet_that_is_none_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"decisions: cannot read .*none\.csv"):
        read_decisions("decisions", [str(tmp_path / "none.csv")])
    path = tmp_path / "sheet.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="not UTF-8"):
        read_decisions("decisions", [str(path)])


def test_what_is_out_is_refused_with_what_is_below_it_but_for_what_is_decided_itself():
    decided = {"b.example": "OUT", "good.b.example": "UNDECIDED", "a.example": "IN"}
    scope = Scope(decisions=decided)
    urls = (
        "http://b.example/",
        "http://x.b.example/",
        "http://y.good.b.example/",
        "http://a.example/",
    )
    assert [scope.reject_reason(url) for url in urls] == ["out", "out", None, None]
    assert scope.fingerprint() != Scope(decisions=decided | {"c.example": "OUT"}).fingerprint()
    assert read_decisions("decisions", written_decisions(decided)) == decided
