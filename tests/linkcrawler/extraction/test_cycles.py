"""What reading a page leaves to the collector of cycles, which runs seldom where pages are read."""

import gc

from linkcrawler.extraction.elements import PageHeaders
from linkcrawler.extraction.reading import Document, encode_reading, read

ROW = '<li><a href="/{n}"><b>{n}</b></a> text <xmp>a</xmp></li>'
BODY = f"<h2>x</h2><ul>{''.join(ROW.format(n=n) for n in range(200))}</ul>".encode()


def test_a_page_that_is_read_leaves_no_cycle_behind() -> None:
    document = Document(BODY, "text/html", "http://a.example/", PageHeaders(), "linkcrawler", 0)
    encode_reading(read(document))
    gc.collect()
    gc.disable()
    try:
        assert all(encode_reading(read(document)) for _ in range(3))
        assert gc.collect() == 0
    finally:
        gc.enable()
