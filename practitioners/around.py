"""What do the register and the queue hold around the people of some profiles, all of them read at once?

A dozen queries whatever the number of profiles: a facility sends its whole staff in one list.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from portal.codelists.lookup import Entry, lists_on
from portal.dates import PartialDate
from portal.names import name_norm
from portal.places.models import Organisation, OrganisationIdentifier
from practitioners import outside
from practitioners.approved import RELATED, license_key
from practitioners.beside import Beside
from practitioners.items import Values
from practitioners.learnt import relations_in
from practitioners.models import (
    RESPONSIBLE,
    Evidence,
    PracticeLicense,
    Practitioner,
    PractitionerIdentifier,
    ProfileSubmission,
    Registration,
    WorkingSlot,
)
from practitioners.querysets import holding_on
from practitioners.rules import LIST as RULES
from practitioners.rules import Rules, rules_of
from practitioners.scopes import owners_of
from practitioners.training import TERMS, Terms

TITLES, SCOPES, PROCEDURES = "professional_titles", "practice_scopes", "procedures"
# What a profile says, and whether the person may practise at all.
STANDING = (*RELATED, "licenses__events", "licenses__versions", "bans")
TWINS_SHOWN = 20
Key = tuple[int, str, str]
NAMED = """
SELECT DISTINCT person.id FROM practitioners_practitioner person
JOIN unnest(%s::text[], %s::int[]) AS said(name_norm, year)
  ON person.name_norm = said.name_norm COLLATE "C"
  AND person.birth_date BETWEEN make_date(said.year, 1, 1) AND make_date(said.year, 12, 31)
WHERE person.replaced_by_id IS NULL
"""


@dataclass
class Around:
    """The register around profiles whose values are known; what is sent meanwhile is added."""

    on: date
    people: dict[UUID, Practitioner] = field(default_factory=dict)
    numbers: dict[tuple[str, str], list[PractitionerIdentifier]] = field(default_factory=dict)
    licenses: dict[Key, list[PracticeLicense]] = field(default_factory=dict)
    registered: dict[UUID, list[Registration]] = field(default_factory=dict)  # by person
    responsible: dict[UUID, list[Registration]] = field(default_factory=dict)  # by facility
    slots: dict[UUID, list[WorkingSlot]] = field(default_factory=dict)  # by person
    waiting: dict[str, list[ProfileSubmission]] = field(default_factory=dict)  # by licence number
    waiting_people: dict[tuple[UUID, UUID], UUID] = field(default_factory=dict)
    evidence: dict[UUID, list[Evidence]] = field(default_factory=dict)  # by profile
    places: dict[str, Organisation] = field(default_factory=dict)  # other facilities by code
    beside: Beside = field(default_factory=Beside)
    _by_name: dict[str, list[Practitioner]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        profiles: Sequence[Values],
        *,
        facilities: Iterable[UUID],
        on: date,
        submissions: Iterable[UUID] = (),
        people: Iterable[UUID] = (),
    ) -> Around:
        """Read what stands around profiles of these facilities; ``people`` are known to be meant."""
        around, places, sent = cls(on), set(facilities), list(submissions)
        around._read_numbers(profiles)
        around._read_licenses(profiles)
        around._read_people(profiles, people)
        around._read_registrations(places)
        around._read_places(profiles)
        keys = list(outside.keys_of(profiles, places))
        around.beside = Beside.of(profiles, people=around.people, submissions=sent, keys=keys)
        around._read_waiting(profiles, places)
        for paper in Evidence.objects.filter(submission__in=sent):
            around.evidence.setdefault(paper.submission_id, []).append(paper)  # type: ignore[arg-type]
        return around

    def _read_numbers(self, profiles: Sequence[Values]) -> None:
        wanted = {(v["identifier_kind"], v["identifier"]) for v in profiles if v.get("identifier")}
        rows = PractitionerIdentifier.objects.filter(
            value__in={value for _kind, value in wanted}, valid_until=None
        )
        for row in rows.order_by("practitioner", "kind", "id"):
            self.numbers.setdefault((row.kind, row.value), []).append(row)

    def _read_licenses(self, profiles: Sequence[Values]) -> None:
        keys = {key for v in profiles if (key := license_key(v["license_number"])) is not None}
        rows = PracticeLicense.objects.filter(serial__in={key[0] for key in keys})
        for row in rows.order_by("pk"):
            if row.key in keys:
                self.licenses.setdefault(row.key, []).append(row)

    def _read_people(self, profiles: Sequence[Values], known: Iterable[UUID]) -> None:
        named = {(name_norm(v["name"]), int(v["birth_date"][:4])) for v in profiles}
        with connection.cursor() as cursor:
            cursor.execute(NAMED, [[n for n, _year in named], [year for _n, year in named]])
            ids = {key for (key,) in cursor.fetchall()}
        ids |= {row.practitioner_id for rows in self.numbers.values() for row in rows}
        ids |= {row.practitioner_id for rows in self.licenses.values() for row in rows}
        people = Practitioner.objects.filter(pk__in=ids | set(known)).select_related("keeper")
        rows = people.prefetch_related(*STANDING, *relations_in(profiles))
        self.people = {row.pk: row for row in rows}
        # The same rows again, now with what their states are computed from.
        acted = {row.pk: row for person in self.people.values() for row in person.licenses.all()}
        for key, held in self.licenses.items():
            self.licenses[key] = [acted[row.pk] for row in held]
        for row in sorted(self.people.values(), key=lambda p: (p.name_sort, p.birth_date, p.pk)):
            self._by_name.setdefault(row.name_norm, []).append(row)

    def _read_registrations(self, facilities: set[UUID]) -> None:
        wanted = Q(practitioner__in=list(self.people)) | Q(
            facility__in=facilities, position__in=RESPONSIBLE
        )
        rows = Registration.objects.filter(wanted).select_related("facility", "practitioner")
        registered, responsible = defaultdict(list), defaultdict(list)
        for row in rows.order_by("facility", "practitioner", "-valid_from", "id"):
            registered[row.practitioner_id].append(row)
            if row.facility_id in facilities and row.position in RESPONSIBLE:
                responsible[row.facility_id].append(row)
        self.registered, self.responsible = registered, responsible
        slots = WorkingSlot.objects.filter(practitioner__in=list(self.people))
        for slot in slots.select_related("facility").order_by("weekday", "starts", "id"):
            self.slots.setdefault(slot.practitioner_id, []).append(slot)

    def _read_places(self, profiles: Sequence[Values]) -> None:
        codes = {code for values in profiles for code in outside.codes_of(values)}
        if not codes:
            return
        rows = OrganisationIdentifier.objects.filter(
            holding_on(self.on), scheme="insurance", value__in=codes
        )
        for row in rows.select_related("organisation").order_by("valid_from", "id"):
            self.places[row.value] = row.organisation

    def _read_waiting(self, profiles: Sequence[Values], facilities: set[UUID]) -> None:
        numbers = {v["license_number"] for v in profiles}
        wanted = Q(license_number__in=numbers) | Q(
            facility__in=facilities, practitioner__in=list(self.people)
        )
        rows = ProfileSubmission.objects.waiting().filter(wanted).select_related("facility")
        for row in rows.order_by("-submitted_at", "-id"):
            self._wait(row)

    def _wait(self, row: ProfileSubmission) -> None:
        self.waiting.setdefault(row.license_number, []).append(row)
        self.beside.wait(row)
        if row.practitioner_id is not None:
            self.waiting_people[row.facility_id, row.practitioner_id] = row.pk

    def add(self, submission: ProfileSubmission, papers: Iterable[Evidence] = ()) -> None:
        """Take a profile that is being sent into account for those after it."""
        self.evidence[submission.pk] = list(papers)
        self._wait(submission)

    def forget(self, submission: ProfileSubmission) -> None:
        """Take back a profile that is not sent after all."""
        self.waiting[submission.license_number].remove(submission)
        self.beside.leave(submission)
        if submission.practitioner_id is not None:
            del self.waiting_people[submission.facility_id, submission.practitioner_id]

    @cached_property
    def lists(self) -> dict[str, list[Entry]]:
        """Return the code lists of the day that profiles are judged by; one query."""
        return lists_on((TITLES, SCOPES, PROCEDURES, RULES, TERMS), self.on)

    @cached_property
    def titles(self) -> frozenset[str]:
        """Return the professional titles of the day; nothing where the list is not loaded."""
        return frozenset(entry.code for entry in self.lists[TITLES])

    @cached_property
    def title_words(self) -> dict[str, str]:
        """Return how the professional titles of the day are written."""
        return {entry.code: entry.title for entry in self.lists[TITLES]}

    @cached_property
    def rules(self) -> Rules:
        """Return the rules of practice of the day."""
        return rules_of(self.lists[RULES], self.on)

    @cached_property
    def training_terms(self) -> Terms | None:
        """Return how many credit hours the law of the day asks for in how many years."""
        return Terms.of(self.lists[TERMS])

    @cached_property
    def procedures(self) -> dict[str, str]:
        """Return the titles of administrative procedures on the day."""
        return {entry.code: entry.title for entry in self.lists[PROCEDURES]}

    @cached_property
    def scope_owners(self) -> dict[str, frozenset[str]]:
        """Return to which titles the list of the day gives each scope, by its folded name."""
        return owners_of(self.lists[SCOPES])

    def person_of(self, values: Values) -> Practitioner | None:
        """Return the person in the register whose number, name and birth date are all those sent.

        A number alone never decides: it may be mistyped, reissued or lent.
        """
        held = {row.practitioner_id for row in self.holders_of_number(values)}
        key = license_key(values["license_number"])
        held |= {row.practitioner_id for row in self.licenses_of(key) if _is_current(row)}
        named = self._by_name.get(name_norm(values["name"]), ())
        born = PartialDate.parse(values["birth_date"])
        return next((p for p in named if p.pk in held and p.birth.may_be(born)), None)

    def twins_of(self, values: Values, *, but: UUID | None) -> list[Practitioner]:
        """Return others of this name and birth."""
        born = PartialDate.parse(values["birth_date"])
        others = [p for p in self._by_name.get(name_norm(values["name"]), ()) if p.pk != but]
        return [p for p in others[:TWINS_SHOWN] if p.birth.may_be(born)]

    def holders_of_number(self, values: Values) -> Sequence[PractitionerIdentifier]:
        """Return the current numbers equal to the one sent."""
        return self.numbers.get(
            (values.get("identifier_kind", ""), values.get("identifier", "")), ()
        )

    def licenses_of(self, key: Key | None) -> Sequence[PracticeLicense]:
        """Return the licences with this number, those that were replaced too."""
        return self.licenses.get(key, ()) if key is not None else ()

    def holder_of_license(self, key: Key, *, but: UUID | None) -> Practitioner | None:
        """Return who else holds a licence of this number now."""
        rows = (r for r in self.licenses_of(key) if _is_current(r) and r.practitioner_id != but)
        row = next(rows, None)
        return self.people[row.practitioner_id] if row is not None else None

    def elsewhere(self, person: UUID, facility: UUID, since: date) -> list[Registration]:
        """Return where else a person is registered on or after a day."""
        return [
            row
            for row in self.registered.get(person, ())
            if row.facility_id != facility and (row.valid_until is None or row.valid_until >= since)
        ]

    def slots_elsewhere(self, person: UUID, facility: UUID) -> list[WorkingSlot]:
        """Return the hours a person has at other places."""
        return [slot for slot in self.slots.get(person, ()) if slot.facility_id != facility]

    def responsible_at(self, facility: UUID, on: date, *, but: UUID | None) -> Registration | None:
        """Return who else is responsible for the profession of a facility on a day."""
        rows = self.responsible.get(facility, ())
        return next((r for r in rows if r.practitioner_id != but and _holds(r, on)), None)


def _is_current(row: PracticeLicense) -> bool:
    return row.superseded_on is None


def _holds(row: Any, on: date) -> bool:
    return row.valid_from <= on and (row.valid_until is None or row.valid_until >= on)
