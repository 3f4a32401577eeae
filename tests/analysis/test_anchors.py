import pytest

from analysis.anchors import CLASSES, GENERIC, AnchorWords, is_naked

WORDS = AnchorWords("acme-pens.com", brands=("Stylo & Co", "東京ペン"), keywords=("fountain pens",))


@pytest.mark.parametrize(
    ("anchor", "is_image", "expected"),
    [
        ("Acme Pens", True, "image"),
        (None, True, "image"),
        ("https://acme-pens.com/a?b", False, "naked"),
        ("www.other.org", False, "naked"),
        ("acme-pens.com", False, "naked"),
        ("AcmePens", False, "branded"),
        ("the ACME PENS shop", False, "branded"),
        ("Acme-Pens\u2019s fountain pens", False, "branded"),
        ("Stylo and Co.", False, "branded"),
        ("新しい東京ペンです", False, "branded"),
        ("pens by acme", False, "other"),
        ("Fountain Pens", False, "exact"),
        ("fountain-pens!", False, "exact"),
        ("cheap fountain pens here", False, "partial"),
        ("a pen like a fountain", False, "partial"),
        ("fountain", False, "other"),
        ("Click HERE »", False, "generic"),
        ("Más información", False, "generic"),
        ("→", False, "other"),
        ("  ", False, "empty"),
        (None, False, "empty"),
    ],
)
def test_an_anchor_has_the_first_class_that_applies(anchor, is_image, expected):
    assert WORDS.class_of(anchor, is_image) == expected


def test_without_keywords_no_anchor_is_exact_or_partial():
    words = AnchorWords("acme.com")
    assert {words.class_of(text, False) for text in ("fountain pens", "my fountain pens")} == {
        "other"
    }


def test_a_brand_inside_a_longer_word_is_no_brand():
    assert AnchorWords("pen.com").class_of("open pencils", False) == "other"


@pytest.mark.parametrize(
    ("text", "naked"),
    [("asp.net", True), ("index.html", False), ("3.14", False), ("a.b.test/x", True), ("e.g.", False)],
)  # fmt: skip
def test_a_host_is_naked_under_a_public_suffix_or_on_the_target(text, naked):
    assert is_naked(text, "b.test") is naked


def test_generic_texts_are_written_as_anchors_are_compared():
    for text in GENERIC:
        assert AnchorWords("x.com").class_of(text, False) == "generic"
    assert len(CLASSES) == 8
