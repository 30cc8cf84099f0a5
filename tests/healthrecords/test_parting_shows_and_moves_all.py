"""Parting asks whose each entry is: whoever may not see one of them does not part two records.

Law 71/2020/QH14, Article 30 (read second-hand): protected rows are a compartment of their own.
"""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.models import Citizen, CitizenMerge, MergedRow, Visit
from healthrecords.services.merges import unmerge_citizens
from healthrecords.side_by_side import owned
from portal.accounts.models import User
from portal.places.models import Organisation
from tests.healthrecords.merging import LATER, changes, everything, join
from tests.healthrecords.pages import logged_in, text_of

Record = Callable[..., Visit]


def part_url(merge: CitizenMerge) -> str:
    return reverse("admin:healthrecords_unmerge", args=[merge.pk])


def twins_url(citizen: Citizen) -> str:
    return reverse("admin:healthrecords_citizen_twins", args=[citizen.pk])


def test_every_protected_row_is_with_its_person_again(
    clerk: User, clinician: User, people: list[Citizen], record: Record
) -> None:
    a, b, *_rest = people
    old = b.visits.get(sensitivity="hiv")
    merge = join(clerk, a, b)
    theirs = record(a, "B20", actor=clinician, at=timezone.now())
    mine = record(a, "B20", actor=clinician, at=timezone.now())
    page = logged_in(clinician)
    name = f"row_healthrecords_visit_{theirs.pk}"
    assert name in page.get(part_url(merge)).content.decode()
    page.post(part_url(merge), {name: "merged"})
    stands = dict(Visit.objects.exclude(sensitivity="").values_list("pk", "citizen"))
    assert stands == {old.pk: b.pk, theirs.pk: b.pk, mine.pk: a.pk}
    assert not MergedRow.objects.exists()


def test_who_may_not_see_protected_rows_is_refused_alike_with_one_and_without(
    clerk: User, clinician: User, people: list[Citizen], record: Record
) -> None:
    a, b, *_rest = people
    merge = join(clerk, a, b)
    client = logged_in(clerk)
    answers = []
    for protected in (0, 1):
        if protected:
            record(a, "B20", actor=clinician, at=timezone.now())
        before = everything()
        for answer in (client.get(part_url(merge)), client.post(part_url(merge))):
            assert answer.status_code == 403
            answers.append(text_of(answer))
        assert changes(before, everything()) == {}
        answers.append(text_of(client.get(twins_url(a))))
    assert answers[:3] == answers[3:]
    assert "người khám" in answers[0]
    assert CitizenMerge.objects.get().undone_at is None


def test_nobody_goes_round_the_page(clerk: User, people: list[Citizen]) -> None:
    a, b, *_rest = people
    merge = join(clerk, a, b)
    before = everything()
    with pytest.raises(PermissionDenied):
        unmerge_citizens(actor=clerk, merge=merge, at=LATER)
    assert changes(before, everything()) == {}


def test_the_page_of_joined_records_offers_parting_to_who_may(
    clerk: User, clinician: User, people: list[Citizen]
) -> None:
    a, b, *_rest = people
    merge = join(clerk, a, b)
    assert part_url(merge) in logged_in(clinician).get(twins_url(a)).content.decode()
    shown = logged_in(clerk).get(twins_url(a))
    assert part_url(merge) not in shown.content.decode()
    assert "người khám" in text_of(shown).lower()


def test_a_preview_counts_nothing_that_a_protected_visit_brought(
    clinician: User, hospital: Organisation, people: list[Citizen], record: Record
) -> None:
    a, b, *_rest = people
    hidden = {one.pk: False for one in (a, b)}
    services.access.care_for(citizen=a, organisation=hospital, ground="insurance", at=LATER)
    before = owned((a, b), sees_sensitive=hidden)
    record(a, "B20", actor=clinician, at=LATER)
    assert owned((a, b), sees_sensitive=hidden) == before
    shown = owned((a, b), sees_sensitive={one.pk: True for one in (a, b)})
    assert sum(map(sum, (one.counts for one in shown))) > sum(
        map(sum, (one.counts for one in before))
    )
