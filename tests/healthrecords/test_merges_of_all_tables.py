"""Three joinings with work between, parted in any order: compared row by row in all tables."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db.models import F

from healthrecords import services
from healthrecords.models import Appointment, CareRelation, Citizen, MergedRow, Referral, Visit
from healthrecords.services.belongings import belongings
from healthrecords.services.versions import version_of
from portal.accounts.models import User
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import visit_of
from tests.healthrecords.merging import (
    LATER,
    Rows,
    changes,
    everything,
    fresh,
    join,
    mended,
    part,
)
from tests.healthrecords.planting import bare, plant, plant_waiting
from tests.intake.sending import confirm, send, visit, workbook

Record = Callable[..., Visit]
# All that three joinings, the work between and three partings leave behind: whose rows, and how.
# What was worked stays worked, with the record that spoke then; nothing else may differ.
WORKED = {
    ("citizen", "a", "occupation"): 1,  # mended
    ("fieldsource", "a", "new"): 2,  # the occupation and where it comes from
    ("visit", "b", "reason"): 1,  # corrected: its parts are written anew
    ("diagnosis", "b", "gone"): 1,
    ("diagnosis", "b", "new"): 1,
    ("medication", "b", "gone"): 1,
    ("medication", "b", "new"): 1,
    ("vitalsigns", "b", "gone"): 1,
    ("vitalsigns", "b", "new"): 1,
    ("visit", "a", "new"): 1,  # the file
    ("diagnosis", "a", "new"): 2,
    ("vitalsigns", "a", "new"): 1,
    ("carerelation", "a", "new"): 1,  # of the hospital
    ("stagedrow", "", "new"): 1,
    ("batch", "", "new"): 1,
    ("storedfile", "", "new"): 1,
    ("visit", "d", "new"): 1,  # recorded for who spoke last
    ("diagnosis", "d", "new"): 1,
    ("medication", "d", "new"): 1,
    ("vitalsigns", "d", "new"): 1,
    ("carerelation", "d", "new"): 1,  # by the referral of B: it ended with the joining
}


def _described(before: Rows, after: Rows, names: Mapping[UUID, str]) -> Iterator[tuple[str, ...]]:
    """Tell of each row that differs its table, whose it is, and whether it came, went or changed."""
    for key, columns in changes(before, after).items():
        row = after.get(key) or before[key]
        whose = [names[row[n]] for n in ("citizen_id", "older_id", "newer_id") if n in row]
        if key[0] == "healthrecords_citizen":
            whose = [names[row["id"]]]
        how = "new" if key not in before else "gone" if key not in after else ", ".join(columns)
        yield key[0].partition("_")[2], ", ".join(whose), how


@pytest.fixture
def planted(
    people: list[Citizen], clerk: User, clinician: User, settings: Any, tmp_path: Path
) -> list[Citizen]:
    """Four records of one woman who have of everything something."""
    settings.MEDIA_ROOT = tmp_path
    a, b, c, d = people
    for one, other in zip(people, (b, c, d, a), strict=True):
        plant(one, other, clerk=clerk, doctor=clinician)
    plant_waiting(b.visits.get(sensitivity="", reason__contains="huyết áp"), clerk=clerk)
    for one in people:
        for somebody in (clerk, clinician):
            services.open_access(user=somebody, citizen=one, at=LATER)
    return fresh(people)


def test_every_column_that_names_a_person_or_a_visit_is_planted(planted: list[Citizen]) -> None:
    _a, b, *_rest = planted
    assert bare(b) == set()


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_three_joinings_with_work_between_are_parted_in_any_order(
    order: tuple[int, ...],
    clerk: User,
    clinician: User,
    data_officer: User,
    hospital: Organisation,
    communes: list[Area],
    planted: list[Citizen],
    record: Record,
) -> None:
    a, b, c, d = planted
    visit_of_b = b.visits.get(sensitivity="hiv")
    before = everything()
    first = join(clerk, a, b, take=["phone"])
    visit_of_b.refresh_from_db()
    services.correct_visit(
        actor=clerk,
        visit=visit_of_b,
        entry=visit_of("B20", reason="Khám lại"),
        version=version_of(visit_of_b),
        at=LATER,
    )
    mended(clerk, a, communes[0], occupation="52")
    second = join(clerk, a, c, take=["phone", "occupation"])
    # A file speaks of the number that B brought: it means the record that stays.
    sent = visit(
        HO_TEN="Quàng Thị Hạc", SO_CCCD="040123456", NGAY_SINH="1962", GIOI_TINH="Nữ",
        MA_THE_BHYT="",
    )  # fmt: skip
    confirm(send(workbook([sent]), by=data_officer, organisation=hospital), data_officer)
    assert Visit.objects.get(origin="file").citizen == a
    third = join(clerk, d, a, take=["phone", "address", "name"])
    new = record(Citizen.objects.get(pk=d.pk), "I10", at=LATER)
    assert Citizen.objects.get(pk=d.pk).phone == "0912000418"
    assert {one.merged_into_id for one in fresh((a, b, c))} == {d.pk}
    assert Referral.objects.filter(arrived_visit=new).exists()
    assert Appointment.objects.filter(kept_by=new).exists()
    merges = (first, second, third)
    for n in order:
        part(clinician, merges[n], at=LATER)
    after = everything()
    names = {one.pk: name for one, name in zip((a, b, c, d), "abcd", strict=True)}
    assert Counter(_described(before, after, names)) == WORKED
    assert after["healthrecords_citizen", a.pk]["occupation"] == "52"
    assert Visit.objects.get(pk=new.pk).citizen == d
    assert Visit.objects.get(origin="file").citizen == a
    assert not MergedRow.objects.exists()
    assert not _across()
    ended = CareRelation.objects.get(citizen=d, ground="referral")
    assert ended.until == LATER.date()


def _across() -> list[Any]:
    """Return the rows of a person that hang on a row of somebody else."""
    kept = {one.model for one in belongings() if one.column == "citizen_id"}
    return [
        row
        for model in kept
        for field in model._meta.local_concrete_fields
        if field.is_relation and field.related_model in kept
        for row in model._base_manager.exclude(**{field.name: None}).exclude(
            **{f"{field.name}__citizen": F("citizen")}
        )
    ]
