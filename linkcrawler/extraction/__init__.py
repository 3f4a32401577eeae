"""An answer's bytes in, links and facts about the page out, as a browser would read them."""
