"""The page of a parting tells what was ended of the joined record since, and how it stands again."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from healthrecords import services
from healthrecords.finder import identifiers_named
from healthrecords.models import Allergy, Citizen
from healthrecords.services.background import end_fact
from portal.accounts.models import User
from portal.dates import PartialDate
from tests.healthrecords.conftest import ON
from tests.healthrecords.merging import LATER, join
from tests.healthrecords.pages import logged_in, text_of
from tests.healthrecords.test_ended_while_joined import NB, end, written
from tests.healthrecords.test_ended_while_joined import two as two  # noqa: PLC0414 (a fixture)

pytestmark = pytest.mark.usefixtures("few_lists")


def test_the_page_of_a_parting_tells_what_ended_since_and_how_it_stands_again(
    two: list[Citizen], clinician: User
) -> None:
    a, b = two
    for one in two:
        services.open_access(user=clinician, citizen=one, at=LATER)
    row = written(b, clinician, substance="Penicillin")
    merge = join(clinician, a, b)
    url = reverse("admin:healthrecords_unmerge", args=[merge.pk])
    client = logged_in(clinician)
    assert "Kết thúc sau khi gộp" not in text_of(client.get(url))
    end_fact(actor=clinician, fact=row, ended=PartialDate(2026, 11), at=LATER)
    end(clinician, NB, "not_theirs", note="bố nói")
    page = text_of(client.get(url))
    assert "Kết thúc sau khi gộp, trở lại như trước: Quàng Thị Hạc" in page
    assert "Penicillin" in page
    assert "hiện nay: không còn từ: 11/2026" in page
    assert "hiện nay: thôi dùng ngày: 05/11/2026; vì sao hết dùng: của người khác" in page
    client.post(url, {"are_two": "1"})
    assert Allergy.objects.get(citizen=b).ended == ""
    assert identifiers_named(NB, on=ON) == [b.pk]


def test_the_page_of_a_parting_asks_as_many_questions_for_many_ends_as_for_one(
    two: list[Citizen], clinician: User
) -> None:
    a, b = two
    said = {"voided_at": LATER, "voided_by": clinician, "void_reason": "nhầm người"}
    rows = [written(b, clinician, substance=f"Chất {n}") for n in range(4)]
    merge = join(clinician, a, b)
    url = reverse("admin:healthrecords_unmerge", args=[merge.pk])
    client = logged_in(clinician)
    client.get(url)
    asked = []
    for some in (rows[:1], rows):
        for row in some:
            Allergy.objects.filter(pk=row.pk).update(status="entered_in_error", **said)
        with CaptureQueriesContext(connection) as queries:
            assert text_of(client.get(url)).count("nhầm người") == len(some)
        asked.append(len(queries))
    assert asked[0] == asked[1]
