"""The part of a page that a link stands in, where elements leave it untold: signal by signal."""

from __future__ import annotations

import pytest

from linkcrawler.extraction.layout import COLUMN, MAP, MENU, ROW

HOME = "http://page.test/a/"
URL = f"{HOME}b/c.html"
PROSE = "Words that somebody has written so that others may read them, and that go on for quite a while. "


@pytest.fixture
def place(read):
    """A function from HTML to the placements of its links in order, runs of one written once."""

    def placements(html):
        found = [link.placement for link in read(html, url=URL).links]
        return " ".join(part for at, part in enumerate(found) if not at or part != found[at - 1])

    return placements


def a(text, href="x"):
    return f"<a href='{href}'>{text}</a>"


def ul(*texts, href="x"):
    return "<ul>" + "".join(f"<li>{a(text, href)}</li>" for text in texts) + "</ul>"


ENTRIES = ("Introduction", "Download", "Documentation", "Community", "Licence")
TEXT = f"<h1>Pears</h1><p>{PROSE}{a('pear trees')}</p>"
MAIN = f"<main>{TEXT}</main>"
LOGO = "<img src=l alt=''>"


@pytest.mark.parametrize(
    "row",
    [
        a("previous") + a("Table of Contents") + a("next"),
        a("&lt;-previous") + a("Pears"),
        a("« Apples") + a("Quinces"),
        f"<b>Previous:</b> {a('Apples')}",
        a("Next: Quinces"),
        a("前へ") + a("目次"),
    ],
)
def test_a_row_of_ways_through_a_document_is_a_menu_by_what_it_says(place, row):
    assert place(f"{TEXT}<div>{row}</div>") == "main nav"
    assert place(f"{MAIN}<aside>{row}</aside>") == "main nav"
    assert place(f"{MAIN}<footer>{row}</footer>") == "main footer"


@pytest.mark.parametrize(
    "row",
    [
        a("Read more »"),
        a("« quoted »"),
        a("The next one"),
        f"next {a('Pears')}",
        f"{PROSE}{a('next')}",
        a("next") + "".join(a(f"Pear {n}") for n in range(ROW)),
    ],
)
def test_what_only_looks_like_one_is_none(place, row):
    assert place(f"{TEXT}<div>{row}</div>") == "main"


def test_the_letters_of_an_index_are_a_menu(place):
    letters = [a(letter) for letter in "ABCD"]
    assert place(f"{TEXT}<table><tr><td>{' '.join(letters)}</table>") == "main nav"
    assert place(f"{TEXT}<table><tr><td>{' '.join(letters[1:])}</table>") == "main"
    assert place(f"{TEXT}<p>{' '.join(a(n) for n in '1234')}</p>") == "main"
    assert place(f"{TEXT}<p>{' '.join(a(n) for n in 'AAAA')}</p>") == "main"


def test_a_run_of_entries_in_a_header_is_a_menu_and_one_of_languages_is_none(place):
    entries = " | ".join(map(a, ENTRIES[:MENU]))
    assert place(f"<header><p>{entries}</header>{MAIN}") == "nav main"
    assert place(f"<header><p>{a('A')} {a('B')}</header>{MAIN}") == "header main"
    assert place(f"<header><p>{a('de')} {a('en')} {a('fr')}</header>{MAIN}") == "header main"
    assert place(f"<header><p>{PROSE}{entries}</header>{MAIN}") == "header main"


def test_a_header_below_a_text_is_that_of_a_section(place):
    below = f"<div class=page-header>{a('1.')}</div>"
    assert place(f"{TEXT}{below}") == "main"
    assert place(f"<h1>Pears</h1>{a('pear trees')}{below}") == "main"
    assert place(f"{below}{TEXT}") == "header main"
    assert place(f"{a('Skip to content', '#c')}{below}{TEXT}") == "main header main"


def test_what_nothing_speaks_for_is_placed_by_where_the_main_part_is(place):
    part = f"<div>{a('Sign in')}</div>"
    assert place(f"{part}{MAIN}{part}") == "header main footer"
    assert place(f"<main>{PROSE}</main>{part}") == "unknown"
    assert place(f"{MAIN}{part}{MAIN}") == "main unknown main"
    assert place(f"<div>{ul(*ENTRIES[:MENU])}</div>{MAIN}") == "nav main"


def test_a_side_column_of_lists_is_a_menu_where_they_lead_about_the_site(place):
    column = ul(*ENTRIES[:COLUMN])
    assert place(f"{MAIN}<aside>{column}</aside>") == "main nav"
    assert place(f"{MAIN}<aside>{ul(*ENTRIES[: COLUMN - 1])}</aside>") == "main aside"
    away = ul(*ENTRIES, href="http://elsewhere.test/")
    assert place(f"{MAIN}<aside>{away}</aside>") == "main aside"
    assert place(f"{MAIN}<aside>{column}<p>{PROSE * 3}{a('it')}</p></aside>") == "main aside"
    assert place(f"{MAIN}<div class=widget>{column}</div>") == "main aside"


def test_a_text_set_apart_inside_of_a_text_is_part_of_it(place):
    box = f"<div class=sidebar>{PROSE}{a('pears')}</div>"
    assert place(f"{TEXT}{box}{TEXT}") == "main"
    assert place(f"{TEXT}{box}") == "main aside"
    assert place(f"{box}{TEXT}") == "aside main"
    assert place(f"{TEXT}<div class=sidebar>{a('pears')}</div>{TEXT}") == "main aside main"
    assert place(f"{TEXT}<div class=promo>{PROSE}{a('buy')}</div>{TEXT}") == "main aside main"


def test_contents_that_describe_what_they_list_are_a_text(place):
    described = "".join(f"<li>{a(text)} — {PROSE}</li>" for text in ENTRIES)
    assert place(f"<div class=toc><ul>{described}</ul></div>{TEXT}") == "main"
    assert place(f"<div class=toc>{ul(*ENTRIES)}</div>{TEXT}") == "nav main"
    assert place(f"<nav><div class=toc>{described}</div></nav>{TEXT}") == "nav main"


def test_a_titled_list_of_the_pages_own_headings_is_its_contents(place):
    body = "".join(f"<h2>{text}</h2><p>{PROSE}{a('it')}</p>" for text in ENTRIES)
    contents = ul(*ENTRIES, href="#there")
    assert place(f"{TEXT}<h2>Contents</h2>{contents}{body}") == "main nav main"
    assert place(f"{TEXT}<h2>Questions</h2>{contents}{body}") == "main"
    plain = "".join(f"<h2>{text}</h2>" for text in ENTRIES)
    assert place(f"<h2>Questions</h2>{contents}{plain}") == "main"
    assert place(f"<h2>Contents</h2>{contents}{plain}") == "nav"
    assert place(f"{TEXT}<h2>Contents</h2>{ul(*ENTRIES)}{body}") == "main"
    assert place(f"{TEXT}<h2>Contents</h2>{contents}") == "main"
    few = ul(*ENTRIES[: COLUMN - 1], href="#there")
    assert place(f"{TEXT}<h2>Contents</h2>{few}{body}") == "main"


def test_lists_before_the_first_heading_of_a_text_are_menus(place):
    assert place(f"<div>{ul(*ENTRIES)}</div>{TEXT}") == "nav main"
    assert place(f"<div>{ul(*ENTRIES[:COLUMN])}</div>{TEXT}") == "main"
    assert place(f"<div>{ul(*ENTRIES)}</div>") == "main"
    assert place(f"<main>{ul(*ENTRIES)}{TEXT}</main>") == "main"
    assert place(f"<p>{PROSE * 3}{''.join(map(a, ENTRIES))}</p>{TEXT}") == "main"


def test_the_end_of_a_page_is_its_footer_where_it_says_so(place):
    says = f"<p>© 2026, all who have ever written a line here: {a('The team')}</p>"
    row = f"<p>{' | '.join(map(a, ENTRIES[:MENU]))}</p>"
    assert place(f"{TEXT}{row}{says}") == "main footer"
    assert place(f"<header>{a('Pears')}</header>{row}{says}") == "header footer"
    assert place(f"{TEXT}{says}<p>{a('The team')}</p>") == "main"
    assert place(f"{TEXT}{row}<p>{PROSE}{a('The team')}</p>{says}") == "main footer"
    assert place(f"{says}{TEXT}{row}") == "main"
    assert place(f"{TEXT}{says}<aside>{a('Buy')}</aside>") == "main aside"
    assert place(f"<article>{TEXT}{says}</article>") == "main"


@pytest.mark.parametrize("said", ["Powered by", "Last updated", "Created using", "(c) 2026"])
def test_a_foot_is_known_by_its_words(place, said):
    assert place(f"{TEXT}<p>{said} {a('a tool')}</p>") == "main footer"


def test_a_page_that_is_a_menu_and_nothing_else_is_about_what_it_lists(place):
    many = ul(*(f"Entry {n}" for n in range(MAP)))
    assert place(f"<div class=menu>{many}</div>") == "main"
    assert place(f"<div class=menu>{many}</div>{PROSE * 20}") == "nav"
    assert place(f"<div class=menu>{many}</div><footer>{a('Contact')}</footer>") == "nav footer"
    assert place(f"<div class=menu>{ul(*ENTRIES)}</div>") == "nav"


def test_the_sites_name_at_the_head_of_a_column_is_header(place):
    menu = ul(*ENTRIES)
    for name in (a("Pears", HOME), a(LOGO, f"{HOME}index.html")):
        assert place(f"{MAIN}<nav><div>{name}</div>{menu}</nav>") == "main header nav"
        assert place(f"{MAIN}<nav>{menu}<div>{name}</div>{menu}</nav>") == "main nav"
    assert place(f"<nav>{a(LOGO, HOME)}{a('Pears')}{menu}</nav>{MAIN}") == "header nav main"
    assert place(f"<nav>{a('Pears')}{menu}</nav>{MAIN}") == "nav main"
    assert place(f"<nav>{a('Home', HOME)} » Pears</nav><nav>{menu}</nav>{MAIN}") == "nav main"
    assert place(f"<nav>{a('Home', HOME)} {a('Pears')}</nav>{MAIN}") == "nav main"
    assert place(f"{MAIN}<nav>{a('Home', HOME)}</nav>") == "main nav"
    assert place(f"<nav>{a(LOGO, HOME)}{a('Next')}</nav>{MAIN}") == "nav main"


def test_a_link_home_at_the_top_of_a_page_is_header(place):
    assert place(f"<p>{a(LOGO, HOME)}</p>{TEXT}") == "header main"
    assert place(f"<p>{a('Pears', HOME)}</p>{TEXT}") == "header main"
    assert place(f"<p>{a(LOGO)}</p>{TEXT}") == "main"
    assert place(f"<h1>Pears</h1><p>{a(LOGO, HOME)}</p>") == "main"
    assert place(f"<nav>{ul(*ENTRIES)}</nav><p>{a(LOGO, HOME)}</p>") == "nav main"


def test_the_footer_of_the_main_part_is_the_pages_and_that_of_an_article_is_not(place):
    footer = f"<footer>{a('Contact')}</footer>"
    assert place(f"<div class=main>{TEXT}{footer}</div>") == "main footer"
    assert place(f"<div class=content>{TEXT}{footer}</div>") == "main footer"
    for name in ("article", "div class=post", "div class=entry", "aside"):
        element = name.partition(" ")[0]
        assert "footer" not in place(f"<main>{TEXT}<{name}>{footer}</{element}></main>")
