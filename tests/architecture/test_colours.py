"""The palette, read from the stylesheet: text 4.5 to 1, parts of the page 3 to 1, in light and dark."""

import re

import pytest

from podsched.folders import HERE

TEXT = [
    ("ink", "paper"), ("ink", "surface"), ("muted", "paper"), ("muted", "surface"), ("act", "paper"), ("act", "surface"),
    ("on-act", "act"), ("on-act", "act-strong"), ("danger", "surface"), ("danger", "paper"), ("ink", "warm"),
    ("ink", "soft"), ("on-free", "free"), ("act", "warm"), ("muted", "soft"),
]  # fmt: skip
PARTS = [("free", "surface"), ("muted", "surface"), ("act", "surface"), ("danger", "surface")]


def _tokens(scheme: str) -> dict[str, str]:
    css = (HERE / "static" / "base.css").read_text()
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    light, dark = (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block)) for block in blocks[:2])
    return light if scheme == "light" else light | dark


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back"), TEXT)
def test_text_can_be_read(scheme, front, back):
    tokens = _tokens(scheme)
    assert _contrast(tokens[front], tokens[back]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back"), PARTS)
def test_parts_can_be_told_apart(scheme, front, back):
    tokens = _tokens(scheme)
    assert _contrast(tokens[front], tokens[back]) >= 3
