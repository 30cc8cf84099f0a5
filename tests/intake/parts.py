"""Writes workbooks by hand, part by part, as no decent program would."""

import io
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from portal.intake.readers import child
from portal.intake.readers.unreadable import UnreadableError

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
FILES = Path(__file__).parent / "files"


def zipped(parts: Mapping[str, str | bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", how) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def repacked(content: bytes, parts: Mapping[str, str | bytes]) -> bytes:
    """Put other parts in the place of those of a workbook."""
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        return zipped({**{name: old.read(name) for name in old.namelist()}, **parts})


def sheet(rows: str, *, before: str = "", behind: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{behind}</worksheet>'


def book_parts(
    sheets: Mapping[str, str],
    *,
    strings: str | None = None,
    styles: str | None = None,
    workbook: str = "",
    states: Mapping[str, str] | None = None,
) -> dict[str, str | bytes]:
    """The parts of a workbook whose sheets are given as XML."""
    names = list(sheets)
    listed = "".join(
        f'<sheet name="{name}" sheetId="{at}" r:id="rId{at}" state="{(states or {}).get(name, "visible")}"/>'
        for at, name in enumerate(names, start=1)
    )
    related = "".join(
        f'<Relationship Id="rId{at}" Type="{KIND}/worksheet" Target="worksheets/sheet{at}.xml"/>'
        for at in range(1, len(names) + 1)
    )
    for kind, given in (("sharedStrings", strings), ("styles", styles)):
        if given is not None:
            related += f'<Relationship Id="{kind}" Type="{KIND}/{kind}" Target="{kind}.xml"/>'
    parts: dict[str, str | bytes] = {
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{KIND}">{workbook}<sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f"<Relationships>{related}</Relationships>",
    }
    for at, name in enumerate(names, start=1):
        parts[f"xl/worksheets/sheet{at}.xml"] = sheets[name]
    if strings is not None:
        parts["xl/sharedStrings.xml"] = strings
    if styles is not None:
        parts["xl/styles.xml"] = styles
    return parts


def book(rows: str, **options: Any) -> bytes:
    """A workbook of one sheet, KhamBenh, with these rows."""
    return zipped(book_parts({"KhamBenh": sheet(rows)}, **options))


def cell(at: str, text: str) -> str:
    return f'<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>'


def row(number: int, *texts: str) -> str:
    cells = "".join(cell(f"{chr(65 + at)}{number}", text) for at, text in enumerate(texts))
    return f'<row r="{number}">{cells}</row>'


def events(content: bytes, folder: Path) -> list[tuple[Any, ...]]:
    """What the reader tells of a file, here and not in a process of its own."""
    path = folder / "sent"
    path.write_bytes(content)
    return list(child.events_of(path, ""))


def cells(content: bytes, folder: Path) -> dict[str, list[Any]]:
    """The rows of every sheet under their numbers: ``KhamBenh!2``."""
    return rows_of(events(content, folder))


def rows_of(told: Iterable[tuple[Any, ...]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    name = ""
    for event in told:
        if event[0] == "sheet":
            name = event[1]
        elif event[0] == "rows":
            for number, values in enumerate(event[2], start=event[1]):
                if values is not None:
                    found[f"{name}!{number}"] = list(values)
    return found


def remarks(told: Iterable[tuple[Any, ...]]) -> dict[str, Any]:
    return {event[1]: event[2] for event in told if event[0] == "remark"}


def refusal(content: bytes, folder: Path) -> str:
    """The code with which a file is refused; blank when it is read."""
    try:
        events(content, folder)
    except UnreadableError as error:
        return error.code
    return ""
