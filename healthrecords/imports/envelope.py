"""How is a record of the official envelope checked: line by line, sum by sum, table against table?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.imports.agreement import check_agreement
from healthrecords.imports.columns import PERSON, VISIT
from healthrecords.imports.handler import VisitHandler
from healthrecords.imports.lines import line_check, unknown_field
from healthrecords.imports.named import named_in
from healthrecords.imports.record import told_class
from healthrecords.imports.tables import CHECK_IN, MAIN, Decision, decision_on
from healthrecords.models import Naming
from healthrecords.services.namings import resolve
from portal.codelists.sensitivity import strictest
from portal.intake.declaration import Need
from portal.intake.handler import Row
from portal.intake.models import Finding
from portal.intake.problems import WARNING, Problem, msgid
from portal.places.gazetteer import TWO_LEVELS_SINCE
from portal.places.models import Area

# Read column by column before the handler sees the row; the rest of the summary is checked here.
READ = frozenset(column.name for column in (*PERSON, *VISIT))
ASKED_ALREADY = frozenset(c.name for c in (*PERSON, *VISIT) if c.need != Need.OPTIONAL)
DIAGNOSED = ("MA_BENH_CHINH", "MA_BENH_KT", "MA_BENH", "MA_BENH_YHCT")
UNKNOWN_AT_MOST = 200
NAMED = """
SELECT named.key, row.sensitivity, min(row.number) AS first, count(*) AS records,
  (array_agg(row.id ORDER BY row.number))[1] AS row_id,
  (array_agg(named.value ORDER BY row.number))[1] AS cell,
  (array_agg(row.sheet ORDER BY row.number))[1] AS sheet
FROM intake_stagedrow row, jsonb_each_text(row."values" -> '@' -> 'named') named
WHERE row.batch_id = %s
GROUP BY named.key, row.sensitivity
ORDER BY first, named.key
"""
UNKNOWN = {
    "practitioner": (
        "practitioner_unknown",
        _("%(value)s, named in %(count)s records, is no number of a practitioner in the register."),
        _("Nothing to mend here: once the register has the number, this remark settles itself."),
    ),
    "facility": (
        "facility_unknown",
        _("%(value)s, named in %(count)s records, is no code of a facility in the register."),
        _("Nothing to mend here: once the register has the code, this remark settles itself."),
    ),
}


class EnvelopeHandler(VisitHandler):
    """Visits of the envelope: all of its tables are checked and kept, some become records."""

    main = MAIN

    @cached_property
    def seen_fields(self) -> set[tuple[str, str]]:
        return set()

    @cached_property
    def provinces(self) -> dict[str, str]:
        """Today's communes and the code of the province of each."""
        return dict(Area.objects.communes().values_list("code", "parent__code"))

    @override
    def prepare(self) -> None:
        super().prepare()
        _asked = self.provinces

    @override
    def check_row(self, row: Row) -> Iterator[Problem]:
        if not row.values.get("MA_LK") and not row.tables and not row.values.get("HO_TEN"):
            list(super().check_row(row))  # nothing could be read, and the reader has said so
            return
        decision = self._decision(row)
        yield from super().check_row(row)
        yield from self._summary(row, decision)
        for table, lines in row.tables.items():
            yield from self._lines(table, lines, decision)
        yield from check_agreement(row, decision)
        yield from self._residence(row.values)
        if named := named_in(row, self.main):
            row.values["@"]["named"] = named

    def _decision(self, row: Row) -> Decision:
        """Return the decision in force when the visit ended."""
        said = str(row.values.get("NGAY_RA") or row.values.get("NGAY_VAO") or "")[:10]
        return decision_on(date.fromisoformat(said) if len(said) == 10 else self.on)

    def _summary(self, row: Row, decision: Decision) -> Iterator[Problem]:
        check = line_check(self.main, decision, READ, ASKED_ALREADY)
        if check is not None:
            yield from check.check(row.values)

    def _lines(self, table: str, lines: list[dict[str, Any]], on: Decision) -> Iterator[Problem]:
        check = line_check(table, on)
        if check is None:
            return
        for at, line in enumerate(lines, start=1):
            for problem in check.check(line):
                yield problem.in_table(table, at)
            if not line.keys() <= check.names:
                for name in line.keys() - check.names:
                    yield from self._unknown_field(table, name, on, at, line[name])

    def _unknown_field(
        self, table: str, name: str, on: Decision, at: int, value: str
    ) -> Iterator[Problem]:
        """Say once for the file that a field is not the standard's."""
        if (table, name) not in self.seen_fields and len(self.seen_fields) < UNKNOWN_AT_MOST:
            self.seen_fields.add((table, name))
            yield unknown_field(table, name, on, value).in_table(table, at)

    def _residence(self, values: dict[str, Any]) -> Iterator[Problem]:
        """Since July 2025 the commune lies in the province, by the new list."""
        commune, province = values.get("MAXA_CU_TRU"), str(values.get("MATINH_CU_TRU") or "")
        arrived = str(values.get("NGAY_VAO") or "")[:10]
        known = self.provinces.get(str(commune or ""))
        if not known or not province or arrived < TWO_LEVELS_SINCE.isoformat():
            return
        if province.zfill(2)[-2:] != known.zfill(2)[-2:]:
            yield Problem(
                "commune_of_other_province",
                _("The commune %(commune)s lies in province %(known)s, not in %(value)s."),
                _("Correct the code of the commune or of the province."),
                {"commune": commune, "known": known, "value": province},
                WARNING,
                column="MATINH_CU_TRU",
                value=province,
            )

    @override
    def sensitivity_of(self, row: Row) -> str:
        """The class of all diagnoses, wherever they stand, of the tables that there are, and of the words."""
        codes: list[str] = []
        for part in (row.values, *(line for lines in row.tables.values() for line in lines)):
            for name in DIAGNOSED:
                if said := part.get(name):
                    codes += said if isinstance(said, list) else str(said).split(";")
        said = frozenset(code.strip() for code in codes if code.strip())
        of_codes = self.class_of(said, frozenset(row.tables), row)
        told = told_class(row, self.words, self.places.name_of(row.values))
        return strictest({of_codes, told})

    @override
    def check_all(self) -> None:
        """Find whose the numbers are that the records name; what no register knows is a remark."""
        super().check_all()
        Naming.objects.filter(batch=self.batch).delete()
        with connection.cursor() as cursor:
            cursor.execute(NAMED, [self.batch.pk])
            found = cursor.fetchall()
        namings, places = [], {}
        for key, sensitivity, first, records, row_id, cell, sheet in found:
            register, _colon, number = key.partition(":")
            naming = Naming(
                batch=self.batch,
                register=register,
                number=number,
                sensitivity=sensitivity,
                record_count=records,
            )
            namings.append(naming)
            places[naming.pk] = (first, row_id, cell, sheet)
        resolve(namings, at=timezone.now())
        findings = [
            self._unknown_number(naming, *places[naming.pk])
            for naming in namings
            if naming.resolved_at is None
        ]
        Finding.objects.bulk_create(findings, batch_size=1_000)
        Naming.objects.bulk_create(namings, batch_size=1_000)

    def _unknown_number(
        self, naming: Naming, number: int, row_id: Any, cell: str, sheet: str
    ) -> Finding:
        code, message, remedy = UNKNOWN[naming.register]
        finding = Finding(
            batch=self.batch,
            row_id=row_id,
            sheet=sheet,
            number=number,
            sensitivity=naming.sensitivity,
            cell=f"{sheet} {number}/{cell}"[:140],
            column=cell.rpartition("/")[2],
            value=naming.number,
            code=code,
            severity=WARNING,
            message=msgid(message),
            remedy=msgid(remedy),
            params={"value": naming.number, "count": naming.record_count},
            cause=f"{code}:{naming.number}"[:200],
        )
        naming.finding_id = finding.pk
        return finding


class CheckInHandler(EnvelopeHandler):
    """Patients who have arrived: visits without an end, which the envelope completes later."""

    main = CHECK_IN
