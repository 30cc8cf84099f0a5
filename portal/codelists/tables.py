"""Which codes does a list's file hold, and what is wrong with it, by row and column?"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from portal.codelists.limits import UNREADABLE, unreadable
from portal.codelists.population import COUNT, unreadable_count
from portal.codelists.properties import REMEDY, properties_of
from portal.codelists.properties import UNREADABLE as PROPERTIES_UNREADABLE
from portal.codelists.referring import Known, misnamed
from portal.names import name_norm
from portal.sheet_lines import lines_of

MAX_CODE, MAX_TITLE = 40, 500
MAX_ROWS = 200_000
DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")
# What the head of a column may be called, folded; whatever else a file has becomes an attribute.
HEADS: Mapping[str, frozenset[str]] = {
    "code": frozenset({"code", "ma", "ma benh", "ma danh muc", "ma so", "ma icd"}),
    "title": frozenset({"title", "ten", "ten benh", "ten danh muc", "ten goi", "noi dung"}),
    "parent": frozenset({"parent", "ma cha", "thuoc ma", "ma nhom"}),
    "valid_from": frozenset(
        {"valid_from", "tu ngay", "hieu luc tu", "co hieu luc tu", "ngay hieu luc"}
    ),
    "valid_until": frozenset({"valid_until", "den ngay", "hieu luc den", "ngay het hieu luc"}),
    "synonyms": frozenset({"synonyms", "tu khoa", "ten khac"}),
    # Names that makers give a medicine, several parted by “;”.
    "brands": frozenset({"brands", "ten thuong mai", "biet duoc", "ten biet duoc"}),
    "titles": frozenset(
        {"titles", "chuc danh", "chuc danh chuyen mon", "ma chuc danh", "cac chuc danh"}
    ),
    "ingredients": frozenset({"ingredients", "hoat chat", "ten hoat chat", "thanh phan"}),
    "properties": frozenset({"properties", "thuoc tinh"}),
    COUNT: frozenset({COUNT, "dan so", "so dan", "dan so thuong tru", "nhan khau"}),
}
# What every list has of its own; all else is an attribute.
BASIC = ("code", "title", "parent", "valid_from", "valid_until", "properties")
# What the list's own export says besides: made from the rest, so nothing is read from it.
MADE = frozenset({"phien ban", "tu tim kiem"})
# Attributes whose values are everyday words for the code.
SPOKEN = ("synonyms", "other_names", "aliases", "brands")


@dataclass(frozen=True, slots=True)
class Row:
    """One code as a file gives it; days are empty where they are the version's."""

    code: str
    title: str
    parent: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """Return what a person may type for this code."""
        spoken = (self.attributes.get(name, "") for name in SPOKEN)
        code = self.code if "." not in self.code else f"{self.code} {self.code.replace('.', '')}"
        return "; ".join(part for part in (code, self.title, *spoken) if part)


@dataclass(frozen=True, slots=True)
class Of:
    """Which list a file is of, and what may stand in its columns that name codes of other lists."""

    key: str
    known: Known


@dataclass(frozen=True, slots=True)
class Problem:
    """One cell that cannot stand: where it is, what it says, and what to do."""

    row: int
    column: str
    value: str
    message: StrOrPromise
    code: str


@dataclass(slots=True)
class Table:
    """What was read of a file."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_table(content: bytes, name: str, *, key: str = "", known: Known | None = None) -> Table:
    """Read a CSV or a workbook of the list ``key``; nothing of it is trusted.

    ``known`` says what may stand in columns that name codes of other lists.
    """
    try:
        head, *body = lines_of(content, name)
    except UnicodeDecodeError:
        return _unreadable(_("The file is not UTF-8 text; save it as “CSV UTF-8” or as .xlsx."))
    except ValueError:
        return _unreadable(_("The file is empty; choose the file of the list."))
    except (csv.Error, OSError):
        return _unreadable(_("The file cannot be opened; save it again as .xlsx or CSV."))
    return _read(head, body, Of(key, known or {}))


def _unreadable(message: StrOrPromise) -> Table:
    return Table(problems=[Problem(0, "", "", message, "file_unreadable")])


def _known_head(text: str) -> str:
    folded = name_norm(text)
    known = (name for name, heads in HEADS.items() if folded in heads)
    return next(known, text.strip())


def _read(head: Sequence[str], body: Iterable[Sequence[str]], of: Of) -> Table:
    table = Table()
    names = [_known_head(text) for text in head]
    for wanted, title in (("code", _("code")), ("title", _("title"))):
        if wanted not in names:
            message = _("The column “%(column)s” is missing; add it to the first row.")
            table.problems.append(
                Problem(1, str(title), "", message % {"column": title}, "column_missing")
            )
    if table.problems:
        return table
    seen: dict[str, int] = {}
    for number, line in enumerate(body, start=2):
        cells = dict(zip(names, (cell.strip() for cell in line), strict=False))
        if any(cells.values()):
            _take(table, number, cells, seen, of)
        if number > MAX_ROWS:
            return _unreadable(_("The file has too many rows for a code list."))
    if not table.rows and not table.problems:
        return _unreadable(_("The file holds no codes; check that the first sheet is the list."))
    return table


def _take(
    table: Table, number: int, cells: Mapping[str, str], seen: dict[str, int], of: Of
) -> None:
    problems = [*_code_problems(number, cells["code"], seen), *_title_problems(number, cells)]
    for name, value, remedy in (*unreadable(of.key, cells), *unreadable_count(of.key, cells)):
        message = UNREADABLE % {"value": value[:60], "name": name}
        problems.append(Problem(number, name, value, f"{message} {remedy}", "limit_unreadable"))
    for name, value, wrong in misnamed(cells, of.known):
        problems.append(Problem(number, name, value, wrong, "reference_unknown"))
    more = properties_of(cells.get("properties", ""))
    if more is None:
        said = cells["properties"]
        wrong = f"{PROPERTIES_UNREADABLE % {'value': said[:60]}} {REMEDY}"
        problems.append(Problem(number, "properties", said, wrong, "attribute_unreadable"))
    days: dict[str, date | None] = {}
    for column in ("valid_from", "valid_until"):
        value = cells.get(column, "")
        days[column] = _day(value)
        if value and days[column] is None:
            message = str(_("“%(value)s” is not a day; write it as 31/12/2026.") % {"value": value})
            problems.append(Problem(number, column, value, message, "day_unreadable"))
    first, last = days["valid_from"], days["valid_until"]
    if first and last and last < first:
        reversed_ = _("The last day of validity comes before the first.")
        value = cells["valid_until"]
        problems.append(Problem(number, "valid_until", value, reversed_, "period_reversed"))
    if problems:
        table.problems += problems
        return
    seen[cells["code"]] = number
    named = {k: v for k, v in cells.items() if k and v and k not in BASIC}
    extra = {k: v for k, v in named.items() if name_norm(k) not in MADE} | (more or {})
    table.rows.append(
        Row(cells["code"], cells["title"], cells.get("parent", ""), first, last, extra)
    )


def _code_problems(number: int, code: str, seen: Mapping[str, int]) -> Iterator[Problem]:
    if not code:
        yield Problem(number, "code", "", _("The code is missing; write it."), "code_missing")
    elif len(code) > MAX_CODE:
        message = _("The code “%(value)s” is longer than %(max)s characters; check the column.")
        values = {"value": code[:60], "max": MAX_CODE}
        yield Problem(number, "code", code, message % values, "code_too_long")
    elif code in seen:
        message = _("The code “%(value)s” already stands in row %(row)s; keep one of the two.")
        values = {"value": code, "row": seen[code]}
        yield Problem(number, "code", code, message % values, "code_twice")


def _title_problems(number: int, cells: Mapping[str, str]) -> Iterator[Problem]:
    title = cells.get("title", "")
    if not title:
        message = _("The title of code “%(value)s” is missing; write it.")
        values = {"value": cells["code"]}
        yield Problem(number, "title", "", message % values, "title_missing")
    elif len(title) > MAX_TITLE:
        message = _("The title is longer than %(max)s characters; shorten it.")
        yield Problem(number, "title", title, message % {"max": MAX_TITLE}, "title_too_long")


def _day(text: str) -> date | None:
    for form in DAYS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  (a day has no time zone)
        except ValueError:
            continue
    return None
