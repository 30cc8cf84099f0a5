"""Where other records are judged than a week ago, whoever shows the change of a score says so."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from healthrecords.models import Citizen
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places.models import Organisation
from reporting.board.moves import moved, with_other_base
from reporting.models import QualityScore
from reporting.quality.loading import load_rules
from reporting.quality.overview import has_other_base
from reporting.services.measuring import measure
from reporting.standings import keep_standings
from tests.conftest import make_user

OTHER = "hồ sơ được chấm đã khác"


def written(station: Organisation, number: int, **said: Any) -> None:
    """Write citizens; whoever has half a phone number fails a rule."""
    Citizen.objects.bulk_create(
        Citizen(
            name=f"Lò Văn {'ABCDEGHIKL'[n]}", birth_date="1980-02-03", sex="male",
            home_station=station, area=station.area, **said,
        )
        for n in range(number)
    )  # fmt: skip


@pytest.fixture
def a_week_ago(station: Organisation, clerk: User) -> Organisation:
    """Four records, measured a week ago."""
    load_rules()
    written(station, 4, phone="0912")
    measure(at=timezone.now() - timedelta(days=7))
    return station


def pages(client: Client, clerk: User, department: Organisation) -> dict[str, str]:
    """Return what each page says that shows how a score moved in a week."""
    measure(at=timezone.now())
    keep_standings(at=timezone.now())
    client.force_login(clerk)
    addresses = {
        "home": "/", "place": "/chat-luong/", "league": "/chat-luong/xep-hang/",
        "areas": "/chat-luong/dia-ban/",
    }  # fmt: skip
    found = {name: client.get(path).content.decode() for name, path in addresses.items()}
    client.force_login(make_user("thong.ke", "Vì Thị Kê", Role.STATISTICIAN, department))
    station = Organisation.objects.get(kind="station")
    addresses = {
        "movers": "/", "places": "/dia-ban/?theo=co-so", "one": f"/dia-ban/{station.pk}/",
    }  # fmt: skip
    found |= {name: client.get(path).content.decode() for name, path in addresses.items()}
    return found


def test_records_added_beside_untouched_ones_are_told_wherever_a_score_moved(
    client: Client, clerk: User, department: Organisation, a_week_ago: Organisation
) -> None:
    written(a_week_ago, 3)
    shown = pages(client, clerk, department)
    assert {name for name, text in shown.items() if OTHER in text} == set(shown)
    rows = moved(department, upwards=True)
    assert [row.place for row in rows] == [a_week_ago]  # better, and nothing was mended
    assert with_other_base([a_week_ago.pk], timezone.localdate()) == {a_week_ago.pk}


def test_a_repair_alone_is_told_as_a_change_alone(
    client: Client, clerk: User, department: Organisation, a_week_ago: Organisation
) -> None:
    Citizen.objects.update(phone="")
    shown = pages(client, clerk, department)
    assert [row.place for row in moved(department, upwards=True)] == [a_week_ago]
    assert {name for name, text in shown.items() if OTHER in text} == set()


@pytest.mark.parametrize(
    ("then", "is_other"),
    [
        ({"F01": [4, 4, 0], "C03": [6, 1, 0]}, False),
        ({"F01": [4, 1, 0], "C03": [6, 5, 0]}, False),  # repairs alone
        ({"F01": [5, 4, 0], "C03": [5, 1, 0]}, True),  # ten in all then and now
        ({"F01": [4, 4, 0], "C03": [6, 1, 0], "D01": [0, 0, 0]}, False),
        ({"F01": [4, 4, 0]}, True),
    ],
)
def test_judged_records_are_compared_rule_by_rule(
    then: dict[str, list[int]], is_other: bool
) -> None:
    now = QualityScore(rules={"F01": [4, 4, 0], "C03": [6, 1, 0]})
    assert has_other_base(now, QualityScore(rules=then)) is is_other
    assert not has_other_base(now, None)
