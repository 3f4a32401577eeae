"""A niche as a person names it."""

import pytest

from linkcrawler.exceptions import UsageError
from linkcrawler.niche import example_urls, niche_from, read_niche


def test_keywords_urls_and_files_stand_side_by_side(tmp_path):
    (tmp_path / "page.html").write_text("<title>Mail servers</title><h1>SMTP</h1><p>Queues of mail")
    (tmp_path / "notes.txt").write_text("raster maps, raster data")
    (tmp_path / "n.txt").write_text(
        "# what we look for\n\nmail server\nC#\nhttps://Example.com\npage.html\nnotes.txt\nmail server\n"
    )
    entries = read_niche("niche", ["imap, pop3", f"@{tmp_path / 'n.txt'}"])
    assert entries[:5] == ["imap", "pop3", "mail server", "C#", "https://example.com/"]
    assert example_urls(entries) == ["https://example.com/"]
    assert read_niche("niche", entries) == entries
    niche = niche_from("niche", entries)
    assert niche.keywords == ("imap", "pop3", "mail server", "C#")
    page, notes = niche.examples
    assert {"mail", "servers", "smtp", "queues"} <= set(page)
    assert notes["raster"] == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [("…", "expected keywords"), ("gone.html", "there is no file"), ("http://", "is no seed")],
)
def test_an_entry_that_says_nothing_is_refused_with_its_place(tmp_path, line, said):
    (tmp_path / "n.txt").write_text(f"mail\n{line}\n")
    with pytest.raises(UsageError, match=said) as caught:
        read_niche("niche", f"@{tmp_path / 'n.txt'}")
    assert "line 2" in str(caught.value)


@pytest.mark.parametrize("written", [", ,", [" "], [""]])
def test_a_niche_without_an_entry_is_refused(written):
    with pytest.raises(UsageError, match="got none"):
        read_niche("niche", written)


def test_a_file_that_cannot_be_read_or_has_no_words_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot read"):
        read_niche("niche", f"@{tmp_path / 'gone.txt'}")
    (tmp_path / "empty.txt").write_text(" \n")
    with pytest.raises(UsageError, match="has no words"):
        niche_from("niche", read_niche("niche", str(tmp_path / "empty.txt")))


def test_a_line_of_a_file_is_one_entry_however_often_it_is_read(tmp_path):
    (tmp_path / "n.txt").write_text("mail server, SMTP\n@home\n")
    entries = read_niche("niche", f"@{tmp_path / 'n.txt'}")
    assert entries == ["mail server, SMTP", "@home"]
    assert read_niche("niche", entries) == entries


def test_a_url_ends_at_a_comma_with_a_space_behind_it():
    written = "https://a.example/x,y, mail"
    assert read_niche("niche", written) == ["https://a.example/x,y", "mail"]
