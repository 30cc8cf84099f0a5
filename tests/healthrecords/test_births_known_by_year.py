"""A birth known to the year leaves two ages open: the one that protects is taken."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from healthrecords.models import Citizen, Visit
from healthrecords.models.documents import DocumentKind
from healthrecords.services import VitalEntry
from healthrecords.services.consents import givers_of
from healthrecords.services.documents import first_content
from healthrecords.services.visits import check_visit
from healthrecords.services.weighing import Weighed
from portal.accounts.models import User
from portal.dates import PartialDate, months_later
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT, ON, visit_of
from tests.healthrecords.pages import logged_in


def born(birth: PartialDate, station: Organisation | None = None, name: str = "Bé") -> Citizen:
    citizen = Citizen(name=name, sex="male", home_station=station)
    citizen.birth = birth
    citizen.save()
    return citizen


@pytest.mark.usefixtures("few_lists")
@pytest.mark.parametrize(
    ("birth", "givers"),
    [
        (PartialDate(2020), ("representative",)),  # five or six
        (PartialDate(2019), ("representative", "both")),  # six or seven
        (PartialDate(2019, 10), ("both",)),
        (PartialDate(2018), ("both",)),
        (PartialDate(2010), ("both",)),  # fifteen or sixteen
        (PartialDate(2010, 11, 5), ("self", "representative")),  # sixteen today
        (PartialDate(2009), ("self", "representative")),
    ],
)
def test_who_may_be_a_child_does_not_answer_alone(
    birth: PartialDate, givers: tuple[str, ...]
) -> None:
    """Law 91/2025/QH15: under 7 the representative, then both, an adult alone."""
    assert givers_of(born(birth), ON)[0] == givers


@pytest.mark.parametrize(
    ("birth", "said"),
    [
        (PartialDate(1998), None),
        (PartialDate(1998, 5), None),
        (PartialDate(1998, 5, 7), date(1998, 5, 7)),
    ],
)
def test_a_birth_paper_names_the_mother_s_day_of_birth_only_where_it_is_known(
    citizen: Citizen,
    record: Callable[..., Visit],
    clerk: User,
    birth: PartialDate,
    said: date | None,
) -> None:
    """QĐ 4750/QĐ-BYT, table 9, NGAYSINH_NND."""
    citizen.birth = birth
    citizen.save()
    content = first_content(record(citizen), DocumentKind.BIRTH, actor=clerk)
    assert content.get("mother_birth") == said


@pytest.mark.usefixtures("few_lists")
@pytest.mark.parametrize(
    ("birth", "weight", "refused"),
    [
        (PartialDate(2025), "2.5", False),  # ten months or nearly two years: it may be right
        (PartialDate(2025, 1, 1), "2.5", True),  # of nearly two years it is impossible
        (PartialDate(2025), "60", True),  # impossible at either age
    ],
)
def test_a_measurement_is_refused_only_where_no_age_allows_it(
    birth: PartialDate, weight: str, *, refused: bool
) -> None:
    errors = check_visit(
        citizen=born(birth),
        entry=visit_of("J02.9", medicines=[], vitals=VitalEntry(weight=Decimal(weight))),
        at=AT,
        weighed=Weighed({}, {}),
    )
    codes = {error.code for error in errors.get("weight", [])}
    assert ("impossible" in codes) is refused


def test_the_list_s_age_groups_begin_and_end_on_birthdays(
    clerk: User, station: Organisation
) -> None:
    today = timezone.localdate()
    sixth = months_later(today, -72)
    born(PartialDate.of(today), station, "Bé Mới Sinh")
    born(PartialDate.of(sixth + timedelta(days=1)), station, "Bé Mai Lên Sáu")
    born(PartialDate.of(sixth), station, "Bé Sáu Hôm Nay")
    url = reverse("admin:healthrecords_citizen_changelist")
    young = logged_in(clerk).get(url, {"age": "0-5"}).content.decode()
    older = logged_in(clerk).get(url, {"age": "6-17"}).content.decode()
    assert "Bé Mới Sinh" in young
    assert "Bé Mai Lên Sáu" in young
    assert "Bé Sáu Hôm Nay" not in young
    assert "Bé Sáu Hôm Nay" in older
    assert "Bé Mai Lên Sáu" not in older
