"""Everything in a frontier of version 1 is there when it has been brought up."""

from __future__ import annotations

import json
import re

from support.crawling import ROOT
from support.earlier import migrate, query, schema, survives, version

from linkcrawler.frontier import sqlite_file
from linkcrawler.frontier.limits import Limits
from linkcrawler.frontier.sqlite_schema import SCHEMA_VERSION, url_key
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore

NOW = 1.7e9


def test_the_fixtures_are_of_version_1(folder):
    assert version(folder / "frontier.sqlite") == 1
    assert json.loads((folder / "run.json").read_bytes())["schema_version"] == 1


def test_everything_in_a_frontier_survives(folder):
    survives(folder / "frontier.sqlite")


def test_everything_in_an_eventful_frontier_survives(eventful):
    survives(eventful)
    assert query(eventful, "SELECT count(*) FROM outbox") == [(2,)]
    assert query(eventful, "SELECT count(*) FROM inner_link") == [(27,)]


def test_counters_equal_what_is_counted(eventful):
    migrate(eventful)
    scans = dict(
        query(eventful, "SELECT 'pending', count(*) FROM url WHERE state = 0 UNION ALL "
        "SELECT 'done', count(*) FROM url WHERE state = 1 UNION ALL "
        "SELECT 'failed', count(*) FROM url WHERE state = 2 UNION ALL "
        "SELECT 'excluded', count(*) FROM url WHERE state = 3 UNION ALL "
        "SELECT 'domains', count(*) FROM domain UNION ALL "
        "SELECT 'domains_crawled', count(*) FROM domain WHERE pages > 0 UNION ALL "
            "SELECT 'pages', sum(pages) FROM domain UNION ALL "
        "SELECT 'domain_links', count(*) FROM domain_link UNION ALL "
        "SELECT 'referred', count(DISTINCT target) FROM domain_link UNION ALL "
        "SELECT 'referred_once', count(*) FROM "
        "(SELECT 1 FROM domain_link GROUP BY target HAVING count(*) = 1)")
    )  # fmt: skip
    assert dict(query(eventful, "SELECT * FROM counter")) == scans
    assert scans["pending"] == 13
    assert scans["failed"] == scans["excluded"] == 1


def test_urls_are_found_again_by_their_key(eventful):
    migrate(eventful)
    for url, key in query(eventful, "SELECT url, key FROM url"):
        assert key == url_key(url)


def test_the_tables_are_those_of_a_new_frontier(eventful, tmp_path):
    migrate(eventful)
    migrate(tmp_path / "new.sqlite")
    assert schema(eventful) == schema(tmp_path / "new.sqlite")


def test_domains_that_gave_a_page_have_answered_and_others_have_not(eventful):
    migrate(eventful)
    proven = dict(query(eventful, "SELECT name, is_proven FROM domain"))
    assert proven == {
        "h0.example": 1, "h1.example": 1, "h2.example": 1, "h3.example": 1, "münchen.example": 0,
    }  # fmt: skip


def test_domains_within_the_limits_are_queued_and_others_are_not(eventful):
    migrate(eventful, max_hops=2, max_pages_per_domain=7)
    queued = {
        name for (name,) in query(eventful, "SELECT name FROM domain WHERE place IS NOT NULL")
    }
    assert queued == {"h1.example", "h2.example", "h3.example"}  # h0 has used up its pages


def test_a_frontier_whose_migration_was_cut_off_before_the_limits_came_is_queued(eventful):
    sqlite_file.open_frontier(eventful, leads=True).close()
    assert query(eventful, "SELECT count(*) FROM domain WHERE place IS NOT NULL") == [(0,)]
    store = SqliteFrontierStore(eventful, Limits(max_hops=None))
    rows, _ = store.lease_domains(1, NOW, proven=True, most=10)
    assert {row.name for row in rows} == {"h0.example", "h2.example", "h3.example"}
    store.close()


def test_the_reference_describes_this_version_and_each_table_and_no_other(tmp_path):
    text = (ROOT / "docs" / "reference" / "frontier.md").read_text(encoding="utf-8")
    text = text.partition("\n## Traps")[0]
    migrate(tmp_path / "new.sqlite")
    tables = query(tmp_path / "new.sqlite", "SELECT name FROM sqlite_master WHERE type = 'table'")
    described = dict(re.findall(r"^\| `([a-z_]+)` \|[^|]*\|(.*)\|$", text, re.MULTILINE))
    names = {name for (name,) in tables if not name.startswith("sqlite_")}
    assert described.keys() - {"state"} == names  # the head of the table of states
    assert f"Version {SCHEMA_VERSION};" in text
    for table in ("url", "domain", "part", "pace", "worker"):
        columns = {row[1] for row in query(tmp_path / "new.sqlite", f"PRAGMA table_info({table})")}
        assert columns - set(re.findall(r"`(\w+)`", described[table])) <= {"id", "key"}
