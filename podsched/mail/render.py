"""A letter's words from templates/mail: a subject, a text part, and an HTML part with its styles inlined."""

from dataclasses import dataclass
from functools import cache

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from podsched.domain.letters import Letter
from podsched.folders import templates


@dataclass(frozen=True, slots=True)
class Rendered:
    subject: str
    text: str
    html: str


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(templates() / "mail"),
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(letter: Letter) -> Rendered:
    subject = _template(letter, "subject.txt")
    html = _template(letter, "body.html")
    return Rendered(
        subject=" ".join(subject.split()),
        text=_tidy(_template(letter, "body.txt")),
        html=css_inline.inline(html, keep_style_tags=True),
    )


def _template(letter: Letter, part: str) -> str:
    return _environment().get_template(f"{letter.template}/{part}").render(letter.values)


def _tidy(text: str) -> str:
    """Blank lines never more than one in a row, and no space that does not break."""
    lines: list[str] = []
    for line in text.replace("\u00a0", " ").splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines).strip() + "\n"
