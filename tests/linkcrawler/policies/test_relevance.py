"""How well pages and links fit a niche, in all scripts, and that stuffing does not help."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.policies import likeness
from linkcrawler.policies.likeness import Background
from linkcrawler.policies.niche import Niche, niche_of
from linkcrawler.policies.relevance import Relevance, Shown, honesty, mentions, terms_of

FILLER = (
    "the",
    "quick",
    "fox",
    "walks",
    "over",
    "hills",
    "and",
    "sees",
    "many",
    "green",
    "trees",
    "there",
)


def text(n, every=0, words=()):
    """A text of ``n`` words, one of ``words`` after each ``every``."""
    found = [FILLER[at % len(FILLER)] for at in range(n)]
    for at in range(0, n, every or n + 1):
        if every:
            found[at] = words[at // every % len(words)]
    return " ".join(found)


MAIL = Relevance(Niche(("mail server", "SMTP", "IMAP")))
HONEST = Shown(
    "Running a mail server", ("SMTP in short", "IMAP"), text(600, 40, ("SMTP", "mail server", "IMAP")),
)  # fmt: skip


def test_a_page_of_the_niche_is_told_from_another_one():
    assert MAIL.of_page(HONEST) > 0.6
    assert MAIL.of_page(Shown("Walks", ("Hills",), text(600))) == 0
    assert MAIL.of_page(Shown("Walks", ("Hills",), text(600, 599, ("mail",)))) < 0.1


@pytest.mark.parametrize(
    ("keyword", "on", "off"),
    [
        ("mail server", "Install several mail servers", "A serious novel of sailors"),
        ("почтовый сервер", "Настройка почтового сервера", "Прогулка по лесу осенью"),
        ("邮件服务器", "如何安装邮件服务器软件", "今天天气很好我们去公园"),
        ("メールサーバー", "自宅でメールサーバーを立てる", "今日は公園を散歩しました"),
        ("메일 서버", "집에서 메일 서버를 설치하기", "오늘은 공원을 걸었습니다"),
        ("خادم البريد", "تثبيت خادم بريد على لينكس", "ذهبنا اليوم الى الحديقة"),
        ("Mailserver", "Einen eigenen Mailserver betreiben", "Spaziergang durch den Wald"),
    ],
)
def test_every_script_is_read(keyword, on, off):
    judge = Relevance(Niche((keyword,)))
    assert judge.of_page(Shown(on, (), on)) > 0.4
    assert judge.of_page(Shown(off, (), off)) == 0


def test_repeating_gains_less_and_less_and_stuffing_loses_nearly_all():
    def value(every):
        return MAIL.of_page(Shown("Walks", (), text(600, every, ("SMTP",))))

    assert value(200) < value(60) < value(20)
    assert value(20) - value(60) < value(60) - value(200)
    assert value(2) < value(60)
    honest = MAIL.of_page(HONEST)
    stuffed = Shown("Walks", (), text(500) + " smtp imap mail server" * 500)
    assert MAIL.of_page(stuffed) < 0.2 * honest
    assert MAIL.of_page(Shown("", (), "smtp " * 5000)) < 0.1 * honest


def test_a_hidden_list_of_all_keywords_in_one_spot_does_not_win():
    many = (
        "alpha",
        "bravo",
        "delta",
        "foxtrot",
        "hotel",
        "india",
        "juliet",
        "kilo",
        "november",
        "oscar",
        "papa",
        "romeo",
        "zulu",
    )
    judge = Relevance(Niche(many))
    assert judge.of_page(Shown("Walks", (), f"{text(600)} {' '.join(many)}")) < 0.4
    assert judge.of_page(Shown("Alpha and bravo", ("delta",), text(600, 30, many[:3]))) > 0.6


def test_words_of_a_phrase_far_apart_count_little():
    assert mentions((0, 1), [(4, 0, 1.0), (5, 1, 1.0), (40, 1, 1.0)]) == 1.0
    assert mentions((0, 1), [(4, 0, 1.0), (50, 1, 1.0)]) == pytest.approx(0.2)
    assert mentions((0, 1), [(4, 0, 1.0)]) == 0


def test_naming_synonyms_that_no_page_has_does_no_harm():
    more = Relevance(Niche((*MAIL.niche.keywords, *(f"synonym{n}" for n in range(50)))))
    assert more.of_page(HONEST) == MAIL.of_page(HONEST)


def test_a_link_says_what_its_anchor_its_context_and_its_page_say():
    bare, page = MAIL.of_link("here", (), 0.0), MAIL.of_link("here", (), 0.8)
    assert bare == 0 < page
    around, anchor = MAIL.of_link("here", ("About SMTP",), 0.0), MAIL.of_link("SMTP", (), 0.0)
    assert 0 < around < anchor < MAIL.of_link("SMTP", ("About SMTP",), 0.8) <= 1


def test_examples_weigh_what_they_show_and_the_crawl_does_not():
    def shown(*words):
        return Shown(words[0], (), text(300, 10, words))

    examples = tuple(terms_of(shown("smtp", "postmaster", "queue")) for _ in range(2))
    judge = Relevance(Niche((), examples))
    for n in range(64):  # the crawl knows the filler by now
        judge.of_page(shown(f"other{n}", f"more{n}"))
    alike, other = (
        judge.of_page(shown("smtp", "postmaster", "queue")),
        judge.of_page(shown("a1", "b2")),
    )
    assert alike > 0.8
    assert other < 0.1
    again = Relevance(judge.niche.with_examples((examples[0],)), judge)
    assert again.background is judge.background


def test_a_niche_comes_back_from_json():
    niche = Niche(("a", "日本"), ({"smtp": 2.0},))
    assert niche_of(niche.to_json()) == niche


@given(st.lists(st.text(max_size=12), max_size=5), st.text(max_size=400), st.text(max_size=60))
def test_relevance_is_a_share_whatever_is_asked_and_shown(keywords, body, title):
    judge = Relevance(Niche(tuple(keywords), (terms_of(Shown(title, (), body)),)))
    shown = Shown(title, (title,), body, (title,))
    assert 0 <= judge.of_page(shown) <= 1
    assert 0 <= judge.of_link(title, (body,), 0.5) <= 1


@given(st.integers(0, 500), st.data())
def test_honesty_is_a_share(n_words, data):
    at = data.draw(st.lists(st.integers(0, max(0, n_words - 1)), max_size=40))
    assert 0 <= honesty([(one, 0, 1.0) for one in sorted(at)], n_words) <= 1


def test_the_background_keeps_the_commonest_words_within_its_bound(monkeypatch):
    """However many words stand on more than one page; and seldom looks through all of them."""
    monkeypatch.setattr(likeness, "MOST_KNOWN", 1000)
    background, forgotten = Background(), []
    forget = background._forget
    monkeypatch.setattr(background, "_forget", lambda: forgotten.append(forget()))
    for page in range(2000):
        background.add({"common", *(f"w{page // 2}-{word}" for word in range(20))})
        assert len(background._on) <= 1000
    assert background._on["common"] == 2000
    assert len(forgotten) < 60  # as often as hundreds of words are new
    assert background.rarity("common") == 0 < background.rarity("w999-1")
    assert background._on["w999-1"] == 2  # what is new gets in
