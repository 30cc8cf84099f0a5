"""The insurer's list of facilities: code, name, address, former district."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from facilities.forms_of_name import CommuneReader
from facilities.imports import undoing
from facilities.models import Facility
from facilities.services import Given, Received, receive_facilities
from portal.database.periods import not_over
from portal.identifiers import FacilityCode
from portal.intake.comparing import Staged
from portal.intake.copying import Pipe
from portal.intake.declaration import Column, Kind, Need, Read, Table, Type
from portal.intake.handler import Consequences, Handler, Known, Row, Subject, Values
from portal.intake.models import Batch, StagedRow
from portal.intake.noting import keep_before, note_all
from portal.intake.problems import WARNING, Problem, of_doubt, of_refusal
from portal.intake.progress import Teller
from portal.names import name_norm
from portal.places.models import OrganisationIdentifier

CODE, NAME, ADDRESS, DISTRICT = "MA_CSKCB", "TEN_CSKCB", "DIA_CHI", "QUAN_HUYEN_CU"
COMPARED = (NAME, ADDRESS, DISTRICT)


def read_code(text: str) -> Read:
    """Read an insurance code; one that cannot be read keeps its row out."""
    try:
        code = FacilityCode.parse(text)
    except ValidationError as refused:
        return None, [of_refusal(refused)]
    return str(code), [of_doubt(doubt) for doubt in code.doubts()]


class FacilityHandler(Handler):
    """Compares by insurance code; a code with two names keeps both and says so."""

    @cached_property
    def _first_of(self) -> dict[str, list[tuple[str, int]]]:
        """Return the names met so far in this file, by code, with their rows."""
        return {}

    @cached_property
    def _communes(self) -> dict[str, CommuneReader]:
        return {}

    def _commune(self, values: Values) -> UUID | None:
        code = str(values[CODE])[:2]
        if code not in self._communes:
            self._communes[code] = CommuneReader(code)
        return self._communes[code].find(
            name=values.get(NAME) or "",
            address=values.get(ADDRESS) or "",
            district=values.get(DISTRICT) or "",
        )

    @override
    def check_row(self, row: Row) -> Iterable[Problem]:
        code, name = row.values.get(CODE), row.values.get(NAME)
        if not (code and name):
            return
        yield from self._two_names(code, name, row.number)
        if self._commune(row.values) is None:
            yield Problem(
                "commune_unresolved",
                _("The commune of today cannot be told from the address and the former district."),
                _("The facility is taken without it; choose the commune on its page."),
                severity=WARNING,
                column=ADDRESS,
                value=row.values.get(ADDRESS) or "",
            )

    def _two_names(self, code: str, name: str, number: int) -> Iterable[Problem]:
        met = self._first_of.setdefault(code, [])
        if all(name_norm(name) != name_norm(other) for other, _number in met):
            met.append((name, number))
            if len(met) > 1:
                first, first_row = met[0]
                yield Problem(
                    "code_two_names",
                    _(
                        "Code %(code)s carries two names: “%(first)s” (row %(first_row)d)"
                        " and “%(second)s” (row %(second_row)d)."
                    ),
                    _(
                        "Both are kept under the first one. Ask the insurer which facility has the"
                        " code; mend the file or settle the names on the facility's page."
                    ),
                    params={
                        "code": code,
                        "first": first,
                        "first_row": first_row,
                        "second": name,
                        "second_row": number,
                    },
                    severity=WARNING,
                    column=NAME,
                    value=code,
                    by_value=True,
                )

    @override
    def check_all(self) -> None:
        held_by_others(self.batch)

    @override
    def known(self, keys: Sequence[str]) -> Mapping[str, Known]:
        by_code = facilities_by_code({key.split("|", 1)[0] for key in keys})
        found: dict[str, Known] = {}
        for key in keys:
            code = key.split("|", 1)[0]
            facility = by_code.get(code)
            if facility is None:
                continue
            names = {
                FACILITIES.key_of({CODE: code, NAME: row.name}): row
                for row in facility.names.all()
                if row.valid_until is None
            }
            own = FACILITIES.key_of({CODE: code, NAME: facility.organisation.name})
            row = names.get(key) or names.get(own)
            if row is not None:
                values = {NAME: row.name, ADDRESS: row.address, DISTRICT: row.former_district}
                found[key] = Known(facility.pk, values)
        return found

    @override
    def shape(self, row: Row) -> Values:
        return {name: row.values[name] or "" for name in COMPARED if name in row.values}

    @override
    def write(self, rows: Sequence[Staged], pipe: Pipe) -> Mapping[UUID, UUID]:
        known = facilities_by_code({row.values[CODE] for row in rows})
        before = {
            row.pk: undoing.before_of(facility, row.values[NAME])
            for row in rows
            if (facility := known.get(row.values[CODE])) is not None
            and facility.batch_id != self.batch.pk
        }
        facilities = receive_facilities(
            department=self.batch.organisation,
            given=[Given(row.values[CODE], self._received(row.values)) for row in rows],
            known=known,
            on=self.on,
        )
        keep_before(before)
        return {row.pk: one.pk for row, one in zip(rows, facilities, strict=True)}

    @override
    def consequences(self) -> Consequences:
        return undoing.consequences(self.batch)

    @override
    def undo(self, at: datetime, teller: Teller) -> None:
        undoing.undo(self.batch)

    def _received(self, values: dict[str, Any]) -> Received:
        return Received(
            name=values[NAME],
            address=values.get(ADDRESS) or "",
            former_district=values.get(DISTRICT) or "",
            area_id=self._commune(values),
            batch_id=self.batch.pk,
        )

    @override
    def summary(self, row: Row) -> Subject:
        return Subject(title=str(row.values.get(NAME)), about=str(row.values.get(CODE)))


def facilities_by_code(codes: Iterable[str]) -> dict[str, Facility]:
    """Return the facilities that hold these insurance codes now."""
    rows = (
        Facility.objects.filter(
            not_over(timezone.localdate(), "organisation__identifiers__"),
            organisation__identifiers__scheme="insurance",
            organisation__identifiers__value__in=codes,
        )
        .select_related("organisation")
        .prefetch_related("names", "organisation__identifiers")
    )
    held = [
        (identifier, facility)
        for facility in rows
        for identifier in facility.organisation.identifiers.all()
        if identifier.scheme == "insurance" and (identifier.holds or identifier.is_to_come)
    ]
    # A code that is handed on is still that of who has it today.
    held.sort(key=lambda pair: pair[0].holds)
    return {identifier.value: facility for identifier, facility in held}


def held_by_others(batch: Batch) -> None:
    """Keep rows out whose code an organisation has that is no facility yet; the others go on."""
    codes = OrganisationIdentifier.objects.filter(
        not_over(timezone.localdate()), scheme="insurance", organisation__facility=None
    )
    held = dict(codes.values_list("value", "organisation__name"))
    rows = StagedRow.objects.filter(batch=batch, decision=StagedRow.Decision.NEW)
    wrong = rows.filter(**{f"values__{CODE}__in": list(held)}) if held else rows.none()
    note_all(
        batch,
        [
            (
                row,
                Problem(
                    "code_of_no_facility",
                    _("The code %(value)s is that of “%(name)s”, which is no facility here yet."),
                    _("Enter it as a facility on the page of facilities, then send the row again."),
                    {"value": row.values[CODE], "name": held[row.values[CODE]]},
                    column=CODE,
                    value=row.values[CODE],
                ),
            )
            for row in wrong
        ],
    )


FACILITIES = Kind(
    id="facilities",
    title=_("List of facilities"),
    about=_("One row per facility with its insurance code; compared by code, nothing is deleted."),
    tables=(
        Table(
            name="CSKCB",
            title="Danh sách cơ sở khám bệnh, chữa bệnh",
            columns=(
                Column(
                    name=CODE,
                    label="Mã cơ sở KCB",
                    aliases=("ma", "Mã CSKCB", "Mã BHXH"),
                    need=Need.REQUIRED,
                    type=Type.IDENTIFIER,
                    rule=read_code,
                    example="01020",
                    about=_("the insurer's code, 5 characters"),
                ),
                Column(
                    name=NAME,
                    label="Tên cơ sở",
                    aliases=("ten", "Tên CSKCB", "Tên cơ sở KCB"),
                    need=Need.REQUIRED,
                    type=Type.NAME,
                    length=255,
                    example="Trạm Y tế xã Duyên Hà",
                ),
                Column(
                    name=ADDRESS,
                    label="Địa chỉ",
                    need=Need.WANTED,
                    length=500,
                    example="Xã Duyên Hà",
                ),
                Column(
                    name=DISTRICT,
                    label="Quận huyện cũ",
                    aliases=("Quận, huyện", "huyện"),
                    length=120,
                    example="Huyện Thanh Trì",
                    about=_("the district before 01/07/2025, which tells the commune of today"),
                ),
            ),
        ),
    ),
    key=(CODE, NAME),
    handler=FacilityHandler,
    upload="edit_facilities",
    confirm="edit_facilities",
    sees="",
    places=frozenset({"department"}),
    noun=_("facilities"),
    order=30,
)
