"""The colours can be read: contrast is computed from the sheet itself (WCAG 2.1)."""

import re

import pytest

from config.state import PROJECT

SHEET = (PROJECT / "static/portal/css/tokens.css").read_text("utf-8")
TEXT = [
    (ink, ground)
    for ground in ("bg", "panel", "sunk")
    for ink in ("ink", "ink-2", "ink-3", "act", "act-hover")
]
STATES = [(state, f"{state}-bg") for state in ("ok", "warn", "bad", "mute")]
STATES += [(state, "panel") for state in ("ok", "warn", "bad")]
OTHERS = [("on-act", "act"), ("on-act", "act-hover"), ("act", "act-soft"), ("ink", "act-soft")]
OTHERS += [("ink", "row-hover"), ("ink-3", "row-hover"), ("act", "row-hover")]
OTHERS += [("on-cham", "cham"), ("on-cham-2", "cham")]
OTHERS += [("ink", f"{state}-bg") for state in ("ok", "warn", "bad")]
EDGES = [(edge, ground) for edge in ("ctl", "focus") for ground in ("panel", "bg")]


def tokens(selector):
    block = re.search(re.escape(selector) + r" \{(.*?)\}", SHEET, re.DOTALL)[1]
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6});", block))


LIGHT = tokens(':root, html[data-theme="light"]')
DARK = tokens('html[data-theme="dark"]')


def luminance(colour):
    digits = colour.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT + STATES + OTHERS, ids="-on-".join)
def test_words_stand_out_from_their_ground(theme, ink, ground):
    assert contrast(theme[ink], theme[ground]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), EDGES, ids="-on-".join)
def test_edges_of_controls_and_the_focus_ring_stand_out(theme, edge, ground):
    assert contrast(theme[edge], theme[ground]) >= 3


def test_the_dark_of_the_system_and_the_dark_of_the_button_are_one():
    block = SHEET[SHEET.index("@media (prefers-color-scheme: dark)") :]
    of_system = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6});", block[: block.index("}")]))
    assert of_system == DARK
