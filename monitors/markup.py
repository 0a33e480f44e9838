"""Words out of markup: what a reader would have seen, with the breaks between paragraphs."""

import html
import re

from bs4 import BeautifulSoup, Comment

_BLOCKS = ["p", "div", "br", "li", "tr", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "pre"]
_UNSEEN = ["script", "style", "template", "noscript", "head", "iframe"]


def plain_text(markup: str) -> str:
    """``markup`` (HTML of any quality) as plain text; entities are characters, tags are gone, scripts are not text."""
    if "<" not in markup:
        return html.unescape(markup).strip()
    soup = BeautifulSoup(markup, "lxml")
    for unseen in soup.find_all(_UNSEEN):
        unseen.decompose()
    for comment in soup.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    for block in soup.find_all(_BLOCKS):
        block.insert_before("\n")
        block.insert_after("\n")
    lines = (" ".join(line.split()) for line in soup.get_text().split("\n"))
    return re.sub(r"\n{2,}", "\n", "\n".join(lines)).strip()
