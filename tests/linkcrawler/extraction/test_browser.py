"""Links of broken pages are those of a browser's document: the same targets, texts and rel, in order."""

from __future__ import annotations

import pytest
from support.browser import browser_or_skip

from benchmarks.browser_links import Browser, ours

pytestmark = pytest.mark.browser

URL = "http://pages.example/folder/page"
HTML = "text/html"
XHTML = "application/xhtml+xml"
XML_DOCTYPE = (
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" '
    '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">'
)


def _xhtml(body: str, head: str = "<title>t</title>", doctype: str = "") -> str:
    return (
        f'{doctype}<html xmlns="http://www.w3.org/1999/xhtml"><head>{head}</head>'
        f"<body>{body}</body></html>"
    )


PAGES: dict[str, tuple[str | bytes, str]] = {
    "a base": ('<base href="/b/"><a href="x">1</a><a href="?q">2</a><a href="">3</a>', HTML),
    "several bases": ('<base target=x><base href="b/"><base href="/c/"><a href="x">1</a>', HTML),
    "a base behind the links": ('<a href="x">1</a><base href="/late/"><a href="y">2</a>', HTML),
    "an empty base": ('<base href=""><a href="x">1</a>', HTML),
    "a base of another scheme": (
        '<base href="javascript:1"><a href="x">1</a><a href="http://o.example/">2</a>', HTML,
    ),
    "a base that is no URL": ('<base href="http://[/"><a href="http://o.example/x">1</a>', HTML),
    "a base in a template": (
        '<template><base href="/t/"></template><a href="x">1</a>', HTML,
    ),
    "a base of data": ('<base href="data:text/html,x"><a href="x">1</a>', HTML),
    "templates": (
        ('<template><a href="no">0</a><template><a href="no">0</a></template></template>'
        '<a href="yes">1<template>hidden</template></a>'), HTML,
    ),
    "comments": ('<!-- <a href="no"> --><a href="1">1<!-- x --></a><!--> <a href="2">2</a>', HTML),
    "SVG links": (
        ('<svg><a href="s"><text>in svg</text></a><a xlink:href="x"><text>old</text></a></svg>'
        '<a href="o"><svg><title>t</title></svg></a>'), HTML,
    ),
    "MathML": ('<math><mtext><a href="m">m</a></mtext></math><a href="n">n</a>', HTML),
    "white space in references": (
        ('<a href=" \n x ">1</a><a href="a\tb\nc">2</a><a href="\x0c/f">3</a><a href="a b">4</a>'
        '<a href="  http://h.example/ ">5</a><a href="\xa0x">6</a>'), HTML,
    ),
    "control characters": ('<a href="\x01x\x1f">1</a><a href="a\x00b">2</a>t\x00u', HTML),
    "entities": (
        ('<a href="?a=1&copy=2&lt=3&amp;b">1</a><a href="x&#47;y&#x2f">2</a>'
        '<a href="&#104;ttp://e.example/">&lt;b&gt; &nbsp; &copy &notit; &#0; &#x80;</a>'), HTML,
    ),
    "backslashes": (r'<a href="\\b.example\c">1</a><a href="http:\\b.example">2</a>', HTML),
    "odd schemes": (
        ('<a href="HTTP://C.EXAMPLE/A">1</a><a href="//p.example">2</a><a href="mailto:a@b">3</a>'
        '<a href="http:x">4</a><a href="https:y">5</a><a href="http://u:p@e.example/">6</a>'), HTML,
    ),
    "dots": ('<a href="../../../x">1</a><a href="./%2e%2E/y">2</a><a href="a/./b/../c">3</a>', HTML),
    "fragments": ('<a href="#a">1</a><a href="x#b">2</a><a href="x #c">3</a>', HTML),
    "names of hosts": (
        ('<a href="http://bücher.example/">1</a><a href="http://1.2/">2</a>'
        '<a href="http://a.example.:80/">3</a><a href="http://%61.example/">4</a>'
        '<a href="http://a b.example/">5</a>'), HTML,
    ),
    "nested anchors": ('<a href="1">one <a href="2">two</a> three</a> four', HTML),
    "an anchor over blocks": ('<a href="1"><p>p</p><div>d<p>q</a><p>r', HTML),
    "formatting": ('<b><a href="1"><i>x</b>y</i></a><a href="2">z', HTML),
    "the adoption agency": (
        '<a href="1"><div><a href="2"><p><a href="3">deep</a></p></div>', HTML,
    ),
    "tables": (
        ('<table><a href="1">out</a><tr><td><a href="2">in</a></td><a href="3">row</a></tr>'
        '<caption><a href="4">c</a></caption></table>'), HTML,
    ),
    "an anchor over a table": ('<a href="1">a<table><tr><td>b</a><td>c</table>d', HTML),
    "lists and forms": (
        ('<ul><li><a href="1">1<li><a href="2">2</ul><form><form><a href="3">3</form>'
        '<select><option><a href="4">4</a></select>'), HTML,
    ),
    "noscript": (
        '<noscript><a href="1">for those without</a></noscript><a href="2">2</a>', HTML,
    ),
    "noscript in the head": ('<head><noscript><link rel=x></noscript></head><a href="1">1', HTML),
    "text of scripts": (
        ('<script>"<a href=no>"</script><style>a::after{}</style>'
        '<a href="1">x<script>y</script><style>z</style></a>'), HTML,
    ),
    "a script in a comment": (
        '<script><!-- <script> "</script>" <a href="no"> --></script><a href="1">1</a>', HTML,
    ),
    "raw text": (
        ('<title><a href="no"></title><textarea><a href="no"></textarea><xmp><a href="no"></xmp>'
        '<iframe><a href="no"></iframe><noembed><a href="no"></noembed><a href="1">1</a>'), HTML,
    ),
    "an anchor open before a text area": (
        ('<p><a href="1">x</p><textarea>a<b><a href="no">q</textarea><div><b><a href="2">y</div>'
        '<textarea></textarea>z<svg><textarea><a href="3">s</a></textarea></svg>'), HTML,
    ),
    "plain text": ('<a href="1">1</a><plaintext><a href="no">', HTML),
    "a frameset too late": ('<p><a href="1">1</a><frameset><frame src="f"></frameset>', HTML),
    "attributes twice": ('<a href="1" href="2" rel=a rel=b>x</a><a rel="  B  a\tb ">y</a>', HTML),
    "attributes without quotes": ("<a href=1 rel=nofollow>1</a><a href='2'rel='x'>2</a><a href=3/>3", HTML),
    "upper case": ('<A HREF="1" REL="NoFollow UGC">X</A><AREA HREF="2" ALT="y">', HTML),
    "no value": ('<a href>1</a><a href=>2</a><area href><a>no</a>', HTML),
    "broken tags": ('<a href="1"<b>x</a>< a href="2">y</a></ a><a/href="3">z</a><a href="4', HTML),
    "image maps": (
        ('<map name=m><area href="1" alt="one"><area href="2"><area alt=no></map>'
        '<a href="3"><img alt="A"><img alt="B"></a><a href="4"><img></a>'
        '<a href="5"><input type=IMAGE alt=i></a><a href="6"><input alt=j></a>'), HTML,
    ),
    "texts": (
        ('<a href="1">  a\n\n b\xa0c </a><a href="2">e\u0301</a><a href="3">\u202eabc</a>'
        f'<a href="4">{"long " * 200}</a><a href="5"><br>x<br>y</a>'), HTML,
    ),
    "very deep": ("<div>" * 600 + '<a href="1">1</a>' + "</div>" * 600 + '<a href="2">2</a>', HTML),
    "deep anchors": ("".join(f'<a href="{n}"><b>' for n in range(40)), HTML),
    "heads and bodies": (
        '<html><body><a href="1">1</a></body></html><a href="2">2</a><head><a href="3">3', HTML,
    ),
    "a pre": ('<pre>\n\n<a href="1">\n1</a></pre><textarea>\n</textarea>', HTML),
    "custom elements": ('<x-a href="no"><a href="1" is="x">1</a></x-a><image href=no>', HTML),
    "UTF-8 with a mark": (b'\xef\xbb\xbf<meta charset=latin1><a href="\xc3\xa9">\xc3\xa9</a>', HTML),
    "UTF-16 with a mark": ('\ufeff<a href="é">é</a>'.encode("utf-16-le"), HTML),
    "UTF-16 the other way": ('\ufeff<a href="é">é</a>'.encode("utf-16-be"), HTML + ";charset=utf-8"),
    "cyrillic by the header": (
        '<a href="/привет">привет</a>'.encode("cp1251"), HTML + "; charset=windows-1251",
    ),
    "Shift_JIS by a meta": (
        '<meta charset="Shift_JIS"><a href="/日本">日本</a>'.encode("shift_jis"), HTML,
    ),
    "ISO-2022-JP": (
        '<meta http-equiv=content-type content="text/html; charset=iso-2022-jp">'
        '<a href="x">日本</a>'.encode("iso2022_jp"), HTML,
    ),
    "a header against a meta": (
        '<meta charset="utf-8"><a href="x">\xe9</a>'.encode("latin-1"), HTML + ";charset=iso-8859-1",
    ),
    "queries in the page's charset": (
        '<a href="/п?п=п#п">1</a><a href="http://o.example/?п&amp;語">2</a><a href="?a&#10;п">3</a>'
        '<base href="/b?">'.encode("cp1251", "xmlcharrefreplace"), HTML + ";charset=windows-1251",
    ),
    "a query in EUC-JP": ('<a href="?日本&#x2460;">日本</a>'.encode("euc_jp"), HTML + ";charset=euc-jp"),
    "a query in GBK": ('<a href="?中&euro;">x</a>'.encode("gbk"), HTML + ";charset=gbk"),
    "a query in ISO-2022-JP": (
        '<meta charset=iso-2022-jp><a href="?日&amp;本">x</a>'.encode("iso2022_jp"), HTML,
    ),
    "a query in UTF-16": ('\ufeff<a href="?é">x</a>'.encode("utf-16-le"), HTML),
    "bytes without a character": (
        b'<a href="a\x81?b\x9d">x\x81y\x8d</a>', HTML + ";charset=windows-1252",
    ),
    "a charset late in the head": (
        f"<head><script>{'x' * 5000}</script><meta charset=koi8-r></head><a href='?п'>п</a>".encode("koi8-r"),
        HTML,
    ),
    "a charset in a script": (
        '<script>"<meta charset=utf-8>"</script><meta charset=koi8-r><a href="x">п</a>'.encode("koi8-r"), HTML,
    ),
    "UTF-16 by its XML declaration": ('<?xml version="1.0"?><a href="é">é</a>'.encode("utf-16-le"), HTML),
    "bytes that are no text": (b'<meta charset=utf-8><a href="x">a\xffb\xc3</a>', HTML),
    "XML": (_xhtml('<p><a href="1">1</a><a href="2" />after</p><A href="no">n</A>'), XHTML),
    "XML that closes itself": (_xhtml('<script src="x" /><a href="1">1</a><a href="2"/>t'), XHTML),
    "XML with CDATA": (
        _xhtml('<a href="1"><![CDATA[<b>&amp;]]></a><script><![CDATA[<a href="no"/>]]></script>'),
        XHTML,
    ),
    "XML of other names": (
        _xhtml('<x:a xmlns:x="http://www.w3.org/1999/xhtml" href="1">1</x:a>'
               '<svg xmlns="http://www.w3.org/2000/svg"><a href="3"/></svg>'),
        XHTML,
    ),
    "XML with entities": (
        _xhtml('<a href="?a&amp;b">&eacute;&nbsp;&#233;</a>', doctype=XML_DOCTYPE), XHTML,
    ),
    "XML with its own entities": (
        '<!DOCTYPE html [<!ENTITY own "mine">]>' + _xhtml('<a href="1">&own;</a>'), XHTML,
    ),
    "XML with a base": (_xhtml('<a href="1">1</a>', head='<base href="/b/"/>'), XHTML),
    "XML that breaks": (_xhtml('<a href="1">1</a><p><a href="2">2</a></b><a href="3">3</a>'), XHTML),
    "XML with an unknown entity": (_xhtml('<a href="1">1</a>&nbsp;<a href="2">2</a>'), XHTML),
    "XML in another charset": (
        ('<?xml version="1.0" encoding="windows-1251"?>' + _xhtml('<a href="x">привет</a>')).encode("cp1251"),
        XHTML,
    ),
    "XML that is none": ("<p><a href=1>1</a>", XHTML),
    "XML with elements in a script": (
        _xhtml('<script>1<a href="1">2</a></script><style>3</style><a href="2">x<style>y</style></a>'),
        XHTML,
    ),
    "XML with frames": (
        _xhtml('<iframe src="f"><a href="1">1</a></iframe><xmp><a href="2">2</a></xmp>'), XHTML,
    ),
    "XML with an anchor in a text area": (_xhtml('<textarea><a href="1">1</a></textarea>'), XHTML),
    "XML with prefixes that nothing declares": (
        _xhtml('<a href="1">1</a><fb:like href="z"><a href="2">2</a></fb:like><q:a href="no"/><p xmlns:r=""/>'
               '<a:b:c/><a href="3">3</a><p og:x="y"><a href="no"/></p>'), XHTML,
    ),
    "XML with prefixes within each other": (
        _xhtml('<h:p xmlns:h="urn:h"><a href="1">1</a><h:a href="2" '
               'xmlns:h="http://www.w3.org/1999/xhtml">2</h:a></h:p><a href="3">3</a>'), XHTML,
    ),
    "XML with entities in attributes": (
        _xhtml('<a href="?a&eacute;&amp;&lt;"><img alt="&copy; Caf&eacute; &quot;x&quot;" src="i"/></a>&hearts;',
               doctype=XML_DOCTYPE), XHTML,
    ),
    "XML whose meta is wrong": (
        _xhtml('<a href="é">é</a>', head='<meta http-equiv="content-type" content="text/html; charset=latin1"/>'),
        XHTML,
    ),
    "XML that is no UTF-8": (_xhtml('<a href="1">1</a><a href="2">2é</a><a href="3"/>').encode("latin-1"), XHTML),
    "XML in UTF-16 without a mark": (
        ('<?xml version="1.0" encoding="utf-16"?>' + _xhtml('<a href="é">é</a>')).encode("utf-16-be"), XHTML,
    ),
    "XML noscript and template": (
        _xhtml('<noscript><a href="1">1</a></noscript><template><a href="2">2</a></template>'), XHTML,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    def serve(url: str) -> tuple[bytes, str] | None:
        return SERVED.get(url)

    opened = Browser(browser_or_skip(), serve)
    yield opened
    opened.close()


SERVED: dict[str, tuple[bytes, str]] = {}


@pytest.mark.parametrize("name", PAGES)
def test_links_are_those_of_a_browsers_document(browser, name):
    page, content_type = PAGES[name]
    if content_type == HTML and isinstance(page, str):
        content_type += "; charset=utf-8"
    body = page.encode("utf-8") if isinstance(page, str) else page
    SERVED.clear()
    SERVED[URL] = (body, content_type)
    expected = browser.links(URL)
    assert expected or "XML that is none" in name
    assert ours(URL, body, content_type) == expected
