"""How does the file of a code list become a version: whole, from a day on, by a law?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.codelists.limits import UNREADABLE, unreadable
from portal.codelists.models import Code, CodeList, CodeListVersion
from portal.codelists.services import Edition, publish_version
from portal.intake.comparing import Staged
from portal.intake.copying import Pipe
from portal.intake.handler import Consequences, Handler, Known, Row, Subject, Values
from portal.intake.lists import differing, undoing
from portal.intake.lists.rows import day_of, known_of, row_of, said_of, version_before
from portal.intake.models import StagedRow
from portal.intake.problems import Problem
from portal.intake.progress import Teller

FIRST = "HIEU_LUC_TU"


class CodesHandler(Handler):
    """A list is replaced whole: one wrong row keeps its whole list back."""

    @cached_property
    def lists(self) -> dict[str, CodeList]:
        return {row.key: row for row in CodeList.objects.all()}

    @cached_property
    def _editions(self) -> dict[str, tuple[str, int, str]]:
        """Return the first day each list of the file names, with the row that named it."""
        return {}

    @cached_property
    def _before(self) -> dict[tuple[str, date], tuple[CodeListVersion | None, dict[str, Code]]]:
        return {}

    @cached_property
    def _published(self) -> dict[str, UUID]:
        return {}

    @override
    def check_row(self, row: Row) -> Iterator[Problem]:
        values = row.values
        key, day = values.get("DANH_MUC"), values.get("HIEU_LUC_TU")
        if key and key not in self.lists:
            yield Problem(
                "list_unknown",
                _("There is no code list “%(value)s”."),
                _("Write the key of a list, as the template offers it."),
                {"value": key},
                column="DANH_MUC",
                value=key,
                by_value=True,
            )
        if key and day:
            first, number, place = self._editions.setdefault(key, (day, row.number, row.place))
            values["@"] = {"first_row": place}
            if first != day:
                yield Problem(
                    "version_of_two_days",
                    _(
                        "This row begins on %(day)s, but row %(number)d of the same list on %(first)s."
                    ),
                    _("Write the same first day in every row of a list."),
                    {"day": shown(day), "number": number, "first": shown(first)},
                    column="HIEU_LUC_TU",
                    value=shown(day),
                )
        for name, value, remedy in unreadable(str(key or ""), row_of(values).attributes):
            yield Problem(
                "limit_unreadable",
                UNREADABLE,
                remedy,
                {"value": value[:60], "name": name},
                column="THUOC_TINH",
                value=f"{name}={value}"[:80],
            )
        begins, ends = values.get("TU_NGAY") or day, values.get("DEN_NGAY")
        if begins and ends and ends < begins:
            yield Problem(
                "period_reversed",
                _("The code ends on %(last)s, before it begins (%(first)s)."),
                _("Check both days; leave out a code that holds no more."),
                {"first": shown(begins), "last": shown(ends)},
                column="DEN_NGAY",
                value=shown(ends),
            )

    @override
    def check_all(self) -> None:
        differing.keep_whole(self.batch)

    @override
    def match(self) -> None:
        differing.say(self.batch)

    def _held(self, key: str, on: date) -> dict[str, Code]:
        if (key, on) not in self._before:
            version = version_before(key, on)
            codes = version.codes.all() if version is not None else ()
            self._before[key, on] = version, {code.code: code for code in codes}
        return self._before[key, on][1]

    @override
    def known(self, keys: Sequence[str]) -> Mapping[str, Known]:
        days = differing.days_of(self.batch)
        found: dict[str, Known] = {}
        for key in keys:
            name, _bar, code = key.partition("|")
            held = self._held(name, days[name]).get(code) if name in days else None
            if held is not None:
                version = self._before[name, days[name]][0]
                begins = version.valid_from.isoformat() if version is not None else ""
                found[key] = Known(held.pk, {**known_of(held), FIRST: begins})
        return found

    @override
    def shape(self, row: Row) -> Values:
        """Compare a code; the first one of a list tells besides from when the version holds."""
        said = said_of(row.values)
        if row.values.get("@", {}).get("first_row") == row.place:
            said[FIRST] = row.values[FIRST]
        return said

    @override
    def write(self, rows: Sequence[Staged], pipe: Pipe) -> Mapping[UUID, UUID]:
        return {row.pk: self._version(row) for row in rows}

    def _version(self, row: Staged) -> UUID:
        """Return the version of a row's list; the first row of a list publishes it whole."""
        key = row.values["DANH_MUC"]
        if key not in self._published:
            begins = date.fromisoformat(row.values["HIEU_LUC_TU"])
            undoing.keep_before(row.pk, key, begins)
            version = publish_version(
                code_list=self.lists[key],
                rows=[row_of(values) for values in self._whole(key)],
                edition=Edition(
                    valid_from=begins,
                    legal_basis=row.values["CAN_CU"],
                    source=row.values.get("NGUON") or "",
                    digest=self.batch.file.sha256,
                ),
            )
            self._published[key] = version.pk
        return self._published[key]

    def _whole(self, key: str) -> Iterable[dict[str, Any]]:
        staged = StagedRow.objects.filter(batch=self.batch, values__DANH_MUC=key)
        rows = staged.exclude(decision=StagedRow.Decision.WRONG).order_by("number", "id")
        by_code: dict[str, dict[str, Any]] = {}
        for values in rows.values_list("values", flat=True):
            by_code.setdefault(values["MA"], values)
        return by_code.values()

    @override
    def consequences(self) -> Consequences:
        return undoing.consequences(self.batch)

    @override
    def undo(self, at: datetime, teller: Teller) -> None:
        undoing.undo(self.batch)

    @override
    def summary(self, row: Row) -> Subject:
        code, title = row.values.get("MA"), row.values.get("TEN")
        return Subject(title=f"{code} {title}", about=str(row.values.get("DANH_MUC") or ""))


def shown(day: str) -> str:
    """Write a day of a row as people do."""
    found = day_of(day)
    return f"{found:%d/%m/%Y}" if found else ""
