"""Defects put into a generated province, one for each way of a rule, and who then must be found.

A plant changes one record by SQL, the way no form of the house would let it, and says which rule must
find which field of it. What the generator itself left wanting is measured before and taken away.
"""

from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from facilities.models import Facility
from healthrecords.models import Citizen, Inquiry, TwinCase, Visit
from portal.places.models import Organisation
from practitioners.models import Practitioner, Registration
from reporting.models import ExpectedReport, QualityIssue
from reporting.quality import SOURCES
from tests.reporting import plants_of_fields  # noqa: F401
from tests.reporting.growing import (
    GROWN,
    count_residents,
    grow_commune,
    grow_facility,
    grow_practitioner,
)
from tests.reporting.plants import PLANTS, Found, Plant, asker
from tests.reporting.plants_of_places import OF_PLACES
from tests.reporting.plants_of_practitioners import OF_PRACTITIONERS
from tests.reporting.plants_of_records import OF_RECORDS, citizens, finished, twins_of
from tests.reporting.plants_of_reports import OF_REPORTS, beside, grow_series, grow_sum, prepare

__all__ = ["ELSEWHERE", "PLANTS", "Field", "Found", "citizens", "others_found", "twins_of"]

# Rules and fields whose defects are no single change of a generated record: who holds their proof.
ELSEWHERE = {
    (
        "L03",
        "freshness",
    ): "untouched for six months has no younger history: test_quality_of_registers",
}


Asked = tuple[str, str, str]  # rule, field, kind of record


def asked() -> set[Asked]:
    """Return which field of which kind of record each rule looks at whose defects are planted here."""
    return {
        (check.rule, name, source.label)
        for source in SOURCES
        for check in source.checks
        for name in check.fields
        if (check.rule, name) not in ELSEWHERE
    }


def planted(wanted: set[Found]) -> set[Asked]:
    """Return the same of what was planted, by the kinds of the records in which it was found."""
    rows = QualityIssue.objects.filter(object_id__in=[key for _rule, key, _field in wanted])
    kinds = dict(rows.values_list("object_id", "label"))
    return {
        (rule, "report" if kinds[key] == "reporting.report" else field, kinds[key])
        for rule, key, field in wanted
        if key in kinds
    }


class Field:
    """A province to spoil: the generated people and visits, and what was grown beside them."""

    def __init__(self, each: int) -> None:
        """Ask everybody everything, and grow practitioners and facilities: nothing wrong as yet."""
        self.each, self.spoilt = each, set[UUID]()
        prepare()
        station = Organisation.objects.filter(kind="station").order_by("path").first()
        assert station is not None
        asked = [
            Inquiry(
                citizen=citizen, facility=station, topic=topic, answer="none",
                asked_at=timezone.now(), asked_by=asker(),
            )
            for citizen in Citizen.objects.order_by("pk")[: 100 * each]
            for topic in ("allergy", "problem", "immunization")
        ]  # fmt: skip
        Inquiry.objects.bulk_create(asked, batch_size=5_000)
        wanted = {kind: sum(p.kind == kind for p in PLANTS) for kind in KINDS}
        communes = [grow_commune(station) for _n in range(each * wanted["Area"])]
        count_residents(communes)
        self.rows: dict[str, Iterator[Any]] = {
            "Citizen": citizens(),
            "Visit": finished(),
            "Practitioner": iter(
                [grow_practitioner(station) for _n in range(each * wanted["Practitioner"])]
            ),
            "Area": iter(communes),
            "Facility": iter([grow_facility(station) for _n in range(each * wanted["Facility"])]),
            "Series": iter([grow_series(station) for _n in range(each * wanted["Series"])]),
            "Sum": iter([grow_sum(station) for _n in range(each * wanted["Sum"])]),
        }

    def sow(self, before: Collection[Found] = frozenset()) -> set[Found]:
        """Spoil a record of its own for each plant, several times; return who must be found.

        What was wrong ``before`` is not spoilt: that it is found afterwards would prove nothing.
        """
        return {found for one in PLANTS for found in self._sown(one, before)}

    def _sown(self, one: Plant, before: Collection[Found]) -> set[Found]:
        wanted: set[Found] = set()
        for record in self.rows[one.kind]:
            person = record.citizen_id if one.kind == "Visit" else record.pk
            if person in self.spoilt or (one.rule, record.pk, one.field) in before:
                continue
            key = one.spoil(record)
            if key is None:
                continue
            self.spoilt |= {person, key}
            wanted.add((one.rule, key, one.field))
            if len(wanted) == self.each:
                return wanted
        message = f"{one.rule} {one.field}: no record left to spoil"
        raise AssertionError(message)


KINDS = (*OF_RECORDS, *OF_PRACTITIONERS, *OF_PLACES, *OF_REPORTS)


def others_found(found: set[Found], wanted: set[Found]) -> set[Found]:
    """Return what was found of records that nobody spoilt.

    What is wrong with a person is wrong with their visits, pairs and twins too; the doubles that a
    plant wrote lack what a plant leaves out, reports they owe among it. A figure of a report stands beside the place's other
    form of the month and in the sum above it.
    """
    spoilt = {key for _rule, key, _field in wanted}
    people = spoilt | set(Visit.objects.filter(pk__in=spoilt).values_list("citizen", flat=True))
    pairs = TwinCase.objects.filter(Q(older__in=people) | Q(newer__in=people) | Q(pk__in=spoilt))
    people |= {key for pair in pairs for key in (pair.pk, pair.older_id, pair.newer_id)}
    theirs = people | set(Visit.objects.filter(citizen__in=people).values_list("pk", flat=True))
    theirs |= set(Practitioner.objects.filter(name="Người Khác").values_list("pk", flat=True))
    doubles = Facility.objects.filter(organisation__name__startswith=GROWN.upper())
    theirs |= set(doubles.values_list("pk", flat=True))
    owed = ExpectedReport.objects.filter(organisation__facility__in=doubles)
    theirs |= set(owed.values_list("pk", flat=True))
    posts = Registration.objects.filter(practitioner__registrations__in=spoilt)
    theirs |= set(posts.values_list("pk", flat=True))
    theirs |= beside(spoilt)
    return {one for one in found - wanted if one[1] not in theirs}
