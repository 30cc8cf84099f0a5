"""A child's weight and height stand among the curves of the WHO; nobody else's do."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from healthrecords import services
from healthrecords.growth import Moment, deviation, judged, standards_on
from healthrecords.models import Citizen, Visit
from healthrecords.services import VitalEntry
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, ON, entry_of
from tests.healthrecords.pages import logged_in, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@given(
    skew=st.floats(-2, 2).filter(lambda n: abs(n) > 0.01),
    median=st.floats(2, 120),
    spread=st.floats(0.02, 0.2),
    z=st.floats(-2.2, 2.2),
)
def test_a_deviation_and_its_value_lead_to_each_other(
    skew: float, median: float, spread: float, z: float
) -> None:
    moment = Moment(skew, median, spread)
    assert moment.z_of(moment.value_at(z)) == pytest.approx(z, abs=1e-6)
    assert moment.z_of(median) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("sex", "figure", "month", "low", "median", "high"),
    [
        # The printed tables of the WHO: -2 SD, median, +2 SD.
        ("male", "weight", 0, 2.5, 3.3, 4.4),
        ("male", "weight", 12, 7.7, 9.6, 12.0),
        ("female", "weight", 24, 9.0, 11.5, 14.8),
        ("female", "weight", 60, 13.7, 18.2, 24.9),
        ("male", "height", 0, 46.1, 49.9, 53.7),
        ("female", "height", 12, 68.9, 74.0, 79.2),
        ("male", "height", 60, 100.7, 110.0, 119.2),
    ],
)
def test_the_curves_are_those_of_the_printed_tables(
    sex: str, figure: str, month: int, low: float, median: float, high: float, lists: None
) -> None:
    """WHO Child Growth Standards, 27/04/2006; a standard, no law."""
    moment = standards_on(ON, sex=sex)[figure].at(month)
    found = [round(moment.value_at(z), 1) for z in (-2, 0, 2)]
    assert found == pytest.approx([low, median, high], abs=0.051)


@pytest.mark.parametrize(
    ("figure", "z", "says"),
    [
        ("weight", -1.99, "−2,0 SD"),
        ("weight", -2.3, "−2,3 SD, nhẹ cân"),
        ("weight", -3.2, "−3,2 SD, nhẹ cân nặng"),
        ("height", -2.3, "−2,3 SD, thấp còi"),
        ("height", 0.04, "0,0 SD"),
    ],
)
def test_a_deviation_is_said_in_words(figure: str, z: float, says: str) -> None:
    assert judged(figure, z) == says
    assert says.startswith(deviation(z))


@pytest.fixture
def child(clerk: User, station: Organisation, communes: list[Area], lists: None) -> Citizen:
    entry = entry_of(
        communes[0], name="Lò Văn An", sex="male", birth=PartialDate(2025, 11, 5), numbers=[]
    )
    return services.register_citizen(
        actor=clerk, place=station, entry=entry, client_key=uuid7(), at=AT
    ).row


def page_of(user: User, citizen: Citizen) -> Any:
    return logged_in(user).get(reverse("admin:healthrecords_citizen_change", args=[citizen.pk]))


def test_one_weight_of_a_child_is_drawn_with_what_it_means(
    child: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    record(
        child, "J02.9", vitals=VitalEntry(weight=Decimal("7.4"), height=Decimal(74)), medicines=[]
    )
    page = page_of(clerk, child)
    assert "nhẹ cân" in text_of(page)
    assert page.content.decode().count('class="c-median"') == 2
    assert "Chuẩn tăng trưởng" in text_of(page)


@pytest.mark.parametrize("why", ["grown", "year only", "sex unknown"])
def test_where_the_curves_do_not_hold_none_is_drawn(
    why: str, child: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    record(child, "J02.9", vitals=VitalEntry(weight=Decimal("7.4")), medicines=[])
    changed: dict[str, dict[str, Any]] = {
        "grown": {"birth_date": date(2015, 11, 5)},
        "year only": {"birth_date": date(2025, 1, 1), "birth_precision": "year"},
        "sex unknown": {"sex": "unknown"},
    }
    Citizen.objects.filter(pk=child.pk).update(**changed[why])
    assert 'class="c-median"' not in page_of(clerk, child).content.decode()


def test_what_was_measured_later_stands_further_right(
    child: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    for days, weight in ((300, "7.0"), (150, "7.9"), (1, "9.1")):
        record(
            child,
            "J02.9",
            vitals=VitalEntry(weight=Decimal(weight), confirmed=frozenset({"weight"})),
            started_at=AT - timedelta(days=days),
            medicines=[],
        )
    (weight,) = [c for c in page_of(clerk, child).context["charts"] if c.curves]
    across = [float(point.x) for point in weight.lines[0].points]
    assert across == sorted(across)
    assert [point.value for point in weight.lines[0].points] == ["7", "7,9", "9,1"]


def test_the_page_of_a_child_asks_the_database_as_seldom_as_any(
    child: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    """The curves are one list more; lists are asked for at once."""
    record(
        child, "J02.9", vitals=VitalEntry(weight=Decimal("9.1"), height=Decimal(74)), medicines=[]
    )
    client = logged_in(clerk)
    url = reverse("admin:healthrecords_citizen_change", args=[child.pk])
    client.get(url)
    with CaptureQueriesContext(connection) as asked:
        page = client.get(url)
    drawn = [chart for chart in page.context["charts"] if chart.curves]
    assert len(drawn) == 2
    for chart in drawn:
        names = sorted(float(curve.label_y) for curve in chart.curves)
        assert all(below - above >= 9 for above, below in pairwise(names))
    queries = [q["sql"] for q in asked if "SAVEPOINT" not in q["sql"]]
    assert len(queries) <= 12, "\n".join(queries)
