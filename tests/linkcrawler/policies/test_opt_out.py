"""A domain that asked to be left alone is left alone, with all that is below it."""

from __future__ import annotations

import pytest

from linkcrawler.exceptions import UsageError
from linkcrawler.opt_outs import read_domains
from linkcrawler.policies.gate import Gate
from linkcrawler.policies.opt_out import is_opted_out

LEFT_ALONE = frozenset({"shop.example", "xn--bcher-kva.example", "192.0.2.7"})


@pytest.mark.parametrize(
    "host", ["shop.example", "www.shop.example", "a.b.shop.example", "xn--bcher-kva.example"]
)
def test_it_and_what_is_below_it_are_left_alone(host):
    assert is_opted_out(host, LEFT_ALONE)
    assert Gate(opted_out=LEFT_ALONE).reject_reason(f"https://{host}/") == "opt_out"


@pytest.mark.parametrize("host", ["myshop.example", "example", "shop.example.org", "2.7"])
def test_others_are_not(host):
    assert not is_opted_out(host, LEFT_ALONE)


def test_a_list_that_grows_judges_known_urls_again():
    assert Gate().fingerprint() != Gate(opted_out=LEFT_ALONE).fingerprint()


def test_domains_urls_and_files_are_read(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text(
        "\ufeff# asked by mail\n\nShop.Example.  # all of it\nhttps://bücher.example/x\n"
    )
    found = read_domains("opt_out", ["a.example", f"@{path}", "A.EXAMPLE"])
    assert found == ["a.example", "shop.example", "xn--bcher-kva.example"]


@pytest.mark.parametrize(
    "entry",
    ["", "two words.example", "http://", "ftp://a.example", "a b", ".a.example", "a..example"],
)
def test_what_is_no_domain_is_named(entry):
    with pytest.raises(UsageError, match="opt_out: expected a domain"):
        read_domains("opt_out", [entry])


def test_what_is_wrong_in_a_file_is_named_with_its_line(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("a.example\nno domain\n")
    with pytest.raises(UsageError, match=r"'no domain' \(.*list\.txt, line 2\)"):
        read_domains("opt_out", [f"@{path}"])
    with pytest.raises(UsageError, match=r"cannot read .*missing"):
        read_domains("opt_out", [f"@{tmp_path / 'missing'}"])
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="not UTF-8"):
        read_domains("opt_out", [f"@{path}"])
