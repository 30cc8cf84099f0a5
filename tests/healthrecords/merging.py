"""All that the database holds, row by row, and what is done to two records of one person."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps

from healthrecords.models import CareRelation, Citizen, CitizenIdentifier, CitizenMerge, Visit
from healthrecords.services import NumberEntry, open_access, register_citizen
from healthrecords.services.citizens import mend_citizen
from healthrecords.services.merges import merge_citizens, unmerge_citizens
from healthrecords.services.numbers import shown_numbers
from healthrecords.services.report_entries import ReportEntry, ResultEntry
from healthrecords.services.versions import version_of_citizen
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, entry_of

Rows = dict[tuple[str, UUID], dict[str, Any]]
LATER = AT + timedelta(hours=1)
LONG_AGO = date(2025, 7, 1)


# What tells that there was a joining, and lists of thousands of codes that none of them touches.
# Of the rows that stand with another record than their own, the tests ask apart: none may be left.
OF_THE_ACT = {
    "audit_accesslog",  # who looked
    "codelists_code",
    "healthrecords_citizenmerge",  # the joinings themselves
    "healthrecords_mergedrow",
    "pghistory_context",  # who wrote
    "pghistory_events",  # no table: a view of all histories
}


def everything() -> Rows:
    """Return every row of every table, but history and what tells of the joining itself."""
    return {
        (model._meta.db_table, row[model._meta.pk.attname]): row  # type: ignore[union-attr]
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not hasattr(model, "pgh_tracked_model")
        if model._meta.db_table not in OF_THE_ACT
        for row in model._base_manager.values()
    }


def changes(before: Rows, after: Rows) -> dict[tuple[str, UUID], dict[str, tuple[Any, Any]]]:
    """Return which columns of which rows differ; a row that came or went differs in all."""
    found = {}
    for key in before.keys() | after.keys():
        old, new = before.get(key, {}), after.get(key, {})
        differ = {
            name: (old.get(name), new.get(name))
            for name in old.keys() | new.keys()
            if old.get(name) != new.get(name)
        }
        if differ:
            found[key] = differ
    return found


def join(actor: Any, survivor: Citizen, merged: Citizen, **said: Any) -> CitizenMerge:
    """Join two records as somebody who has both of them open."""
    at = said.pop("at", LATER)
    for one in (survivor, merged):
        open_access(user=actor, citizen=one, at=at)
    return merge_citizens(actor=actor, survivor=survivor, merged=merged, at=at, **said)


def part(actor: Any, merge: CitizenMerge, **said: Any) -> CitizenMerge:
    """Part two records again."""
    at = said.pop("at", LATER + timedelta(hours=1))
    root = Citizen.objects.get(pk=merge.survivor_id)
    open_access(user=actor, citizen=root.merged_into or root, at=at)
    return unmerge_citizens(actor=actor, merge=merge, at=at, **said)


def fresh(people: Iterable[Citizen]) -> list[Citizen]:
    return [Citizen.objects.get(pk=one.pk) for one in people]


MARKED = NumberEntry("personal", "011162004137")
SAID: list[dict[str, Any]] = [
    {"numbers": [MARKED]},
    {
        "name": "Quàng Thị Hạc",
        "phone": "0912000417",
        "birth": PartialDate(1962),
        "numbers": [MARKED, NumberEntry("old_card", "040123456")],
    },
    {
        "name": "Quàng Thị Hac",
        "phone": "0912000418",
        "occupation": "63",
        "numbers": [NumberEntry("insurance_number", "1123456789")],
    },
    {"name": "Quang Thi Hac", "address": "Bản Hồi", "numbers": []},
]


def four_records(
    clerk: User, station: Organisation, area: Area, record: Callable[..., Visit]
) -> list[Citizen]:
    """Make four records of one woman, A to D: other spellings, other numbers, a number twice."""
    made: list[Citizen] = []
    for changed in SAID:
        made.append(
            register_citizen(
                actor=clerk,
                place=station,
                entry=entry_of(area, **changed),
                client_key=uuid7(),
                at=AT,
                not_twins=frozenset(citizen.pk for citizen in made),
            ).row
        )
    for citizen in made:
        record(citizen, "I10")
    record(made[1], "B20")
    return fresh(made)


def person_of(station: Organisation, n: int) -> Citizen:
    """Write somebody who lives at a station: one birth, one number, another name for each n."""
    citizen = Citizen.objects.create(
        name=f"Lò Thị {n}", birth_date=date(1962, 3, 12), sex="female", home_station=station
    )
    CareRelation.objects.create(
        citizen=citizen, organisation=station, ground="residence", since=LONG_AGO
    )
    CitizenIdentifier.objects.create(citizen=citizen, kind="personal", value="011162004137")
    return citizen


def report_of(value: str) -> ReportEntry:
    """A laboratory's report of glucose."""
    return ReportEntry("laboratory", "Glucose", AT, results=[ResultEntry("Glucose", value)])


def mended(clerk: User, citizen: Citizen, area: Area, **changed: Any) -> Citizen:
    """Mend a record at the desk, everything else as the form shows it: one number of each kind."""
    at = changed.pop("at", LATER)
    citizen = Citizen.objects.get(pk=citizen.pk)
    numbers = [NumberEntry(row.kind, row.value) for row in shown_numbers(citizen)]
    stands = {
        "name": citizen.name,
        "birth": citizen.birth,
        "phone": citizen.phone,
        "address": citizen.address,
        "occupation": citizen.occupation,
        "numbers": numbers,
    }
    everybody = frozenset(Citizen.objects.values_list("pk", flat=True))
    return mend_citizen(
        actor=clerk,
        citizen=citizen,
        entry=entry_of(area, **{**stands, **changed}),
        version=version_of_citizen(citizen),
        at=at,
        not_twins=everybody,
    )
