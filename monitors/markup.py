"""Words out of markup: what a reader would have seen, with the breaks between paragraphs, and where it leads."""

import html
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from bs4 import BeautifulSoup
from bs4.element import CData, NavigableString, Tag

_BLOCKS = frozenset(["p", "div", "br", "li", "tr", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "pre"])
_UNSEEN = frozenset(["script", "style", "template", "noscript", "head", "iframe"])

_LEADS = {"a": ("href",), "blockquote": ("cite", "data-url"), "iframe": ("src",), "embed": ("src",)}
MOST_LINKS = 200

LONGEST_MARKUP = 1_000_000
"""Characters of markup that are read, ten times those of the longest post: a parser takes seconds for so many tags."""

LONGEST_PAGE = 2 * 1024 * 1024
"""Bytes of somebody's page that are read: anybody may write one of 32 MB of tags, which would take minutes."""


def plain_text(markup: str) -> str:
    """``markup`` (HTML of any quality) as plain text; entities are characters, tags are gone, scripts are not text.

    What stands behind ``LONGEST_MARKUP`` is not read.
    """
    markup = markup[:LONGEST_MARKUP]
    if "<" not in markup:
        return html.unescape(markup).strip()
    soup = BeautifulSoup(markup, "lxml")
    lines = (" ".join(line.split()) for line in "".join(_said(soup)).split("\n"))
    return re.sub(r"\n{2,}", "\n", "\n".join(lines)).strip()


def links_out(markup: str | bytes, page: str) -> list[str]:
    """Where a page leads and what it embeds on other hosts, each once and in its order, at most ``MOST_LINKS``."""
    soup = BeautifulSoup(markup[:LONGEST_MARKUP], "lxml")
    given = (tag.get(name) for tag in soup.find_all(tuple(_LEADS)) for name in _LEADS[tag.name])
    found = dict.fromkeys(link.strip() for link in given if isinstance(link, str) and _is_out(link, _host(page)))
    return list(found)[:MOST_LINKS]


def _is_out(link: str, here: str) -> bool:
    return link.strip().startswith(("http://", "https://")) and _host(link.strip()) not in {"", here}


def _host(link: str) -> str:
    try:
        return (urlsplit(link).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _said(soup: BeautifulSoup) -> Iterator[str]:
    """What is seen, in its order. Each element is met once: changing the tree takes the number of elements squared."""
    waiting: list[object] = [soup]
    while waiting:
        element = waiting.pop()
        if isinstance(element, Tag):
            if element.name not in _UNSEEN:
                breaks = ["\n"] if element.name in _BLOCKS else []
                waiting += [*breaks, *reversed(element.contents), *breaks]
        elif type(element) in {str, NavigableString, CData}:
            yield str(element)
