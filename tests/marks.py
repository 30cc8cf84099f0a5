"""Read the square mark off a rendered page: where its three corners are, which squares are dark."""

from __future__ import annotations

import shutil
import subprocess
from itertools import groupby
from typing import NamedTuple

CORNER = (1, 1, 3, 1, 1)  # dark, light, dark, light, dark: the runs through the middle of a corner
DARK = 128


class Corner(NamedTuple):
    """The middle of a corner in pixels, and how wide one square is there."""

    x: float
    y: float
    square: float


class Picture(NamedTuple):
    """A page in shades of grey."""

    width: int
    height: int
    pixels: bytes

    def is_dark(self, x: float, y: float) -> bool:
        return self.pixels[int(y) * self.width + int(x)] < DARK


def rendered(pdf: bytes, *, dots: int = 200) -> Picture | None:
    """Draw the first page, None where the machine has no poppler."""
    tool = shutil.which("pdftoppm")
    if tool is None:
        return None
    command = [tool, "-r", str(dots), "-gray", "-f", "1", "-l", "1", "-"]
    drawn = subprocess.run(command, input=pdf, capture_output=True, check=True).stdout
    kind, size, _most, pixels = drawn.split(b"\n", 3)
    assert kind == b"P5"
    width, height = map(int, size.split())
    return Picture(width, height, pixels)


def matrix_of(picture: Picture, count: int) -> list[list[bool]]:
    """Return the squares of the page's mark, ``count`` to a side, row by row."""
    corners = corners_of(picture)
    assert len(corners) == 3, f"{len(corners)} corners of a mark on the page"
    top = sorted(corners, key=lambda c: c.y)[:2]
    left, right = sorted(top, key=lambda c: c.x)
    bottom = max(corners, key=lambda c: c.y)
    across, down = (right.x - left.x) / (count - 7), (bottom.y - left.y) / (count - 7)
    return [
        [
            picture.is_dark(left.x + (column - 3) * across, left.y + (row - 3) * down)
            for column in range(count)
        ]
        for row in range(count)
    ]


def corners_of(picture: Picture) -> list[Corner]:
    """Return the corners: where the most rows and columns cross dark and light as a corner does.

    Letters and the squares between may do so once; a corner does for as long as its middle is high.
    """
    met: list[Corner] = []
    for y in range(picture.height):
        line = picture.pixels[y * picture.width : (y + 1) * picture.width]
        for x, square in _crossings(line):
            column = picture.pixels[int(x) :: picture.width]
            if any(abs(at - y) <= square for at, _width in _crossings(column)):
                met.append(Corner(x, y, square))
    found: list[list[Corner]] = []
    for one in met:
        near = (group for group in found if _is_near(group[0], one))
        group = next(near, None)
        if group is None:
            found.append([one])
        else:
            group.append(one)
    return [_middle(group) for group in sorted(found, key=len, reverse=True)[:3]]


def _is_near(first: Corner, second: Corner) -> bool:
    return max(abs(first.x - second.x), abs(first.y - second.y)) < 4 * first.square


def _middle(group: list[Corner]) -> Corner:
    return Corner(*(sum(values) / len(group) for values in zip(*group, strict=True)))


def _crossings(line: bytes) -> list[tuple[float, float]]:
    """Return the middles of what crosses like a corner, each with the width of a square."""
    runs, at = [], 0
    for is_dark, pixels in groupby(line, lambda pixel: pixel < DARK):
        length = sum(1 for _pixel in pixels)
        runs.append((is_dark, at, length))
        at += length
    found = []
    for first in range(len(runs) - 4):
        five = runs[first : first + 5]
        square = sum(length for _dark, _at, length in five) / 7
        fits = (
            abs(length - part * square) <= square / 2
            for (_dark, _at, length), part in zip(five, CORNER, strict=True)
        )
        if five[0][0] and square >= 2 and all(fits):
            found.append((five[2][1] + five[2][2] / 2, square))
    return found
