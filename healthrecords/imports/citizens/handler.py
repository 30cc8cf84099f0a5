"""How are the people of a list checked, matched, compared and written?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cached_property
from hashlib import md5
from typing import Any
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.imports import around, spoken, standing
from healthrecords.imports.citizens import checks, matching, undoing
from healthrecords.imports.citizens.known import People, Words, area_name, said_of
from healthrecords.imports.citizens.writing import Writer
from healthrecords.imports.places import Places
from healthrecords.imports.record import person_of
from healthrecords.models import Citizen
from portal.dates import PartialDate
from portal.intake.comparing import Staged
from portal.intake.copying import Pipe
from portal.intake.handler import Consequences, Handler, Known, Row, Subject, Values
from portal.intake.models import StagedRow
from portal.intake.problems import WARNING, Problem
from portal.intake.progress import Teller
from portal.names import display_name, name_norm
from portal.places.gazetteer import TWO_LEVELS_SINCE
from portal.places.models import Area, Organisation, OrganisationIdentifier


class CitizenHandler(Handler):
    """People by number, card, the sender's own code, or a person's decision; a blank takes nothing away."""

    @cached_property
    def places(self) -> Places:
        return Places(self.batch.organisation, self.on)

    @cached_property
    def words(self) -> Words:
        return Words(self.book, self.on, self.batch.organisation)

    @cached_property
    def writer(self) -> Writer:
        return Writer(self.batch, self.on, self.places)

    @cached_property
    def _area_names(self) -> dict[UUID, str]:
        return {area.pk: area_name(area) for area in Area.objects.communes()}

    @cached_property
    def _facilities(self) -> dict[str, Organisation]:
        """Return every facility by its insurance code: people are registered anywhere."""
        rows = OrganisationIdentifier.objects.current().filter(scheme="insurance")
        return {row.value: row.organisation for row in rows.select_related("organisation")}

    @override
    def check_row(self, row: Row) -> Iterator[Problem]:
        values = row.values
        yield from checks.check_person(row, self.on)
        area, problems = self._area(values)
        yield from problems
        place, problems = self._registered(values)
        yield from problems
        at: dict[str, Any] = {
            **asdict(person_of(values)),
            "area": str(area) if area else None,
            "area_name": self._area_names.get(area) if area else None,
            "registered": str(place.pk) if place else None,
            "registered_name": place.name if place else None,
        }
        values["@"] = {**at, "key": _key(row, at)}

    def _area(self, values: Mapping[str, Any]) -> tuple[UUID | None, list[Problem]]:
        code = str(values.get("MAXA_CU_TRU") or "")
        areas = self.places.areas_of(code, is_new=self.on >= TWO_LEVELS_SINCE) if code else []
        if not code or len(areas) == 1:
            return (areas[0] if areas else None), []
        if areas:
            found = Problem(
                "commune_split",
                _("The old commune %(value)s was divided among several of today's."),
                _("Write the code of today's commune; the address text is kept meanwhile."),
                {"value": code},
                WARNING,
                column="MAXA_CU_TRU",
                value=code,
                by_value=True,
            )
        else:
            found = Problem(
                "commune_unknown",
                _("%(value)s is not the code of a commune."),
                _("Write the five digits of the commune; the address text is kept meanwhile."),
                {"value": code},
                WARNING,
                column="MAXA_CU_TRU",
                value=code,
                by_value=True,
            )
        return None, [found]

    def _registered(self, values: Mapping[str, Any]) -> tuple[Organisation | None, list[Problem]]:
        codes = values.get("MA_DKBD") or []
        if not codes:
            return None, []
        place = self._facilities.get(codes[0])
        if place is not None:
            return place, []
        problem = Problem(
            "registered_place_unknown",
            _("No facility here has the insurance code %(value)s."),
            _("Check the code; the person is taken without the place of registration."),
            {"value": codes[0]},
            WARNING,
            column="MA_DKBD",
            value=codes[0],
            by_value=True,
        )
        return None, [problem]

    @override
    def subject_key(self, row: Row) -> str:
        return str(row.values["@"]["key"])

    @override
    def check_all(self) -> None:
        checks.check_rows(self.batch)

    @override
    def match(self) -> None:
        matching.match(self.batch)

    @override
    def known(self, keys: Sequence[str]) -> Mapping[str, Known]:
        rows = StagedRow.objects.filter(batch=self.batch, key__in=keys, written_at=None)
        found = {
            key: (subject, values)
            for key, subject, values in rows.exclude(subject_id=None)
            .exclude(decision=StagedRow.Decision.WRONG)
            .values_list("key", "subject_id", "values")
            if subject is not None
        }
        people = People.read((subject for subject, _values in found.values()), self.words)
        return {
            key: Known(subject, people.known(subject, values), subject)
            for key, (subject, values) in found.items()
        }

    @override
    def shape(self, row: Row) -> Values:
        return said_of(row.values, self.words)

    @override
    def begin_writing(self) -> None:
        standing.redirect(self.batch)

    @override
    def write(self, rows: Sequence[Staged], pipe: Pipe) -> Mapping[UUID, UUID]:
        return self.writer.write(rows, pipe)

    @override
    def end_writing(self, at: datetime) -> None:
        around.fill(self.batch, at)

    @override
    def consequences(self) -> Consequences:
        return undoing.consequences(self.batch)

    @override
    def undo(self, at: datetime, teller: Teller) -> None:
        undoing.undo(self.batch, at, teller)
        around.take_back(self.batch, at)
        spoken.take_back(self.batch, at)

    @override
    def describe(self, ids: Iterable[UUID]) -> Mapping[UUID, Subject]:
        people = Citizen.objects.filter(pk__in=list(ids)).select_related("area")
        return {person.pk: _described(person) for person in people}

    @override
    def summary(self, row: Row) -> Subject:
        values = row.values
        born = values.get("NGAY_SINH")
        about = [
            str(PartialDate.parse(born)) if born else "",
            str(values.get("SO_CCCD") or gettext("no personal number")),
            str(values.get("DIA_CHI") or ""),
        ]
        return Subject(
            title=display_name(str(values.get("HO_TEN") or "")),
            about=", ".join(part for part in about if part),
        )


def _key(row: Row, at: Mapping[str, Any]) -> str:
    """Tell a sender's people apart: by their code, their number, or all that is said of them."""
    if code := row.values.get("MA_BN"):
        return f"bn:{code}"
    if at["number"]:
        return f"so:{at['number']}"
    home = name_norm(str(row.values.get("DIA_CHI") or "")) or at["area"] or ""
    # A year of birth and a village name many people: only the row tells them apart.
    place = home if at["precision"] == "day" and home else row.place
    said = f"{at['name_norm']}:{at['birth']}:{at['sex']}:{place}"
    return f"ai:{md5(said.encode(), usedforsecurity=False).hexdigest()}"


def _described(person: Citizen) -> Subject:
    place = person.area.name if person.area else person.address
    try:
        url = reverse("admin:healthrecords_citizen_change", args=[person.pk])
    except NoReverseMatch:
        url = ""
    about = ", ".join(part for part in (str(person.birth), place) if part)
    return Subject(title=person.name, about=about, url=url)
