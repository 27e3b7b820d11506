"""The text of a message's HTML, for mail that has no other: what was quoted gets its ``>`` back.

The parser of the standard library takes minutes over a hundred kilobytes of unclosed tags, so this reads from one angle
bracket to the next and never goes back.
"""

import html
import re

_MARKUP = re.compile(r"<(/?)([a-z][a-z0-9]*)[^<>]*>|<[!?/][^<>]*>", re.IGNORECASE)
_UNREAD = {"head", "style", "script", "title"}
_BLOCKS = {"address", "article", "br", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p",
           "pre", "section", "table", "td", "tr", "ul"}  # fmt: skip


class _Page:
    def __init__(self) -> None:
        self.lines = [""]
        self.quotes = 0
        self.unread = ""

    def say(self, text: str) -> None:
        words = " ".join(html.unescape(text).split())
        if words and not self.unread:
            self.lines[-1] += words if self.lines[-1].strip("> ") == "" else f" {words}"

    def open(self, name: str) -> None:
        if name in _UNREAD:
            self.unread = self.unread or name
        elif name == "blockquote":
            self._quote(1)
        elif name in _BLOCKS:
            self._break()

    def close(self, name: str) -> None:
        if name == self.unread:
            self.unread = ""
        elif name == "blockquote":
            self._quote(-1)
        elif name in _BLOCKS:
            self._break()

    def _quote(self, deeper: int) -> None:
        self.quotes = max(0, self.quotes + deeper)
        self._break()

    def _break(self) -> None:
        self.lines.append("> " * min(self.quotes, 3))


def text_of(page: str) -> str:
    made, read_to = _Page(), 0
    for markup in _MARKUP.finditer(page):
        made.say(page[read_to : markup.start()])
        read_to = markup.end()
        if markup[2]:
            (made.close if markup[1] else made.open)(markup[2].lower())
    made.say(page[read_to:])
    return "\n".join(line.rstrip() for line in made.lines)
