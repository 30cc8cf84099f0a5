"""Who opens a stored visit and saves it, or takes it over, changes no medicine by that."""

from typing import Any

import pytest
from django.urls import reverse

from healthrecords.forms.rows import MedicineRow
from healthrecords.models import Citizen, Visit
from portal.accounts.models import User
from tests.healthrecords.pages import fields_of, logged_in, send_visit, visit_url

ROUTE = "ngậm dưới lưỡi"
# Four ways of prescribing, which fill every box of the row between them.
TYPED: list[dict[str, str]] = [
    {
        "name": "Nifedipin 10 mg",
        "morning": "1",
        "noon": "0,5",
        "afternoon": "0,25",
        "evening": "1/2",
        "days": "5",
        "quantity": "12",
        "note": "khi huyết áp cao",
        "route": ROUTE,
    },
    {"name": "Paracetamol 500 mg", "each": "1", "every_hours": "8", "days": "3"},
    {
        "name": "Paracetamol 80 mg đặt hậu môn",
        "each": "1",
        "as_needed": "on",
        "at_most": "3",
        "route": "đặt trực tràng",
        "reason": "sốt cao, nôn nhiều",
    },
    {"name": "Salbutamol 100 microgam/liều xịt", "morning": "2", "days": "7"},
]
# Keys made anew with every saving.
MADE_ANEW = {"id"}


@pytest.fixture(autouse=True)
def _lists(few_lists: None, station: Any) -> None:
    """A handful of diseases is enough here."""


def medicines_of(visit: Visit) -> list[dict[str, Any]]:
    rows = visit.medication_rows.order_by("position").values()
    return [{k: v for k, v in row.items() if k not in MADE_ANEW} for row in rows]


def prescribed(client: Any, citizen: Citizen) -> Visit:
    """A visit with the medicines above, typed into the page."""
    typed = {f"m-{n}-{name}": said for n, row in enumerate(TYPED) for name, said in row.items()}
    empty = {f"m-0-{name}": "" for name in ("morning", "evening", "days")}
    said = {"d-0-text": "I10", "m-TOTAL_FORMS": str(len(TYPED))} | empty | typed
    send_visit(client, citizen, **said)
    return Visit.objects.get()


def test_the_medicines_of_this_test_fill_every_box_of_the_row() -> None:
    assert set().union(*TYPED) == set(MedicineRow.base_fields)


def test_a_correction_opened_and_saved_changes_no_medicine(clerk: User, citizen: Citizen) -> None:
    client = logged_in(clerk)
    visit = prescribed(client, citizen)
    before = medicines_of(visit)
    assert [row["route"] for row in before] == [ROUTE, "uống", "đặt trực tràng", "hít"]
    url = reverse("admin:healthrecords_visit_correct", args=[visit.pk])
    said = {**fields_of(client.get(url), "visit_form"), "advice": "Ăn nhạt", "_save": ""}
    said.pop("_later", None)
    client.post(url, said)
    assert Visit.objects.get().advice == "Ăn nhạt"
    assert medicines_of(visit) == before


def test_a_follow_up_takes_the_route_over_and_asks_why_again(clerk: User, citizen: Citizen) -> None:
    client = logged_in(clerk)
    last = prescribed(client, citizen)
    said = fields_of(client.get(visit_url(citizen), {"like": str(last.pk)}), "visit_form")
    assert [said[f"m-{n}-route"] for n in range(4)] == [ROUTE, "", "đặt trực tràng", ""]
    assert not said.get("m-2-reason")
