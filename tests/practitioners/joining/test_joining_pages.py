"""The page on which two rows of one person are compared, asked for, joined and parted."""

from datetime import date
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners.models import DiscrepancyCase, Practitioner, PractitionerJoining, RegisterEntry
from practitioners.practising import may_practise
from practitioners.public.publishing import publish_waiting
from tests.practitioners.joining.conftest import Pair
from tests.practitioners.joining.rows import LATER, changes, everything, join, ledger, part
from tests.practitioners.law import when

Officials = tuple[User, User]


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(case: DiscrepancyCase) -> str:
    return reverse("practitioners:joining", args=[case.pk])


def asking(pair: Pair, choices: dict[str, str], **said: str) -> dict[str, Any]:
    """What the form sends that asks for the first row to stay."""
    chosen = {f"choice_{key}": value for key, value in choices.items()}
    shown = {"stays": str(pair[0].pk), "shown": str(pair[0].pk), "_ask": "1"}
    return {**shown, **chosen, "reason": "Một người, hai dòng.", **said}


def test_two_officials_join_two_rows_on_the_page_of_the_case(
    pair: Pair, case: DiscrepancyCase, choices: dict[str, str], officials: Officials
) -> None:
    first, second = (client_of(user) for user in officials)
    opened = first.get(reverse("practitioners:case", args=[case.pk])).content.decode()
    assert address(case) in opened
    shown = first.get(address(case)).content.decode()
    for said in ("0912000001", "0912000002", "001287/ĐB-GPHN", "002287/ĐB-GPHN"):
        assert said in shown
    sent = first.post(address(case), asking(pair, choices, take_phone="1"))
    assert (sent.status_code, sent["Location"]) == (302, address(case))
    row = PractitionerJoining.objects.get()
    assert (row.take, row.choices, row.state) == (["phone"], choices, "asked")
    assert address(case) in second.get(reverse("admin:index")).content.decode()
    assert address(case) not in first.get(reverse("admin:index")).content.decode()
    assert 'name="_carry_out"' not in first.get(address(case)).content.decode()
    assert 'name="_carry_out"' in second.get(address(case)).content.decode()
    done = second.post(address(case), {"joining": str(row.pk), "_carry_out": "1"})
    assert done.status_code == 302
    assert Practitioner.objects.get(pk=pair[1].pk).replaced_by == pair[0]
    assert Practitioner.objects.get(pk=pair[0].pk).phone == "0912000002"
    said = {"joining": str(row.pk), "_ask_to_part": "1", "reason": "Hai người."}
    assert second.post(address(case), said).status_code == 302
    parted = first.post(address(case), {"joining": str(row.pk), "_part": "1"})
    assert parted.status_code == 302
    assert Practitioner.objects.get(pk=pair[1].pk).replaced_by is None


def test_what_is_refused_is_said_and_what_was_typed_stays(
    pair: Pair, case: DiscrepancyCase, choices: dict[str, str], officials: Officials
) -> None:
    client = client_of(officials[0])
    before = everything()
    answer = client.post(address(case), asking(pair, {}, take_phone="1", reason="Cùng một người."))
    assert answer.status_code == 400
    shown = answer.content.decode()
    assert "Cùng một người." in shown
    assert "002287/ĐB-GPHN" in shown
    (phone,) = (one for one in answer.context["questions"] if one.name == "phone")
    assert phone.chosen == 1
    no_reason = client.post(address(case), asking(pair, choices, reason=" "))
    assert no_reason.status_code == 400
    assert (changes(before, everything()), ledger()) == ({}, 0)


def test_who_lets_the_other_row_stay_is_shown_what_is_in_the_way_first(
    pair: Pair, case: DiscrepancyCase, choices: dict[str, str], officials: Officials
) -> None:
    client = client_of(officials[0])
    other = {"stays": str(pair[1].pk)}
    assert client.post(address(case), asking(pair, choices, **other)).status_code == 400
    assert ledger() == 0
    shown = client.post(address(case), {**other, "_show": "1"})
    assert f'name="shown" value="{pair[1].pk}"' in shown.content.decode()
    keys = [one["key"] for one in shown.context["found"]]
    assert keys == [f"practitioners_practicelicense:{pair[0].licenses.get().pk}"]


def test_nobody_but_the_keepers_officials_opens_the_page(
    pair: Pair, case: DiscrepancyCase, foreign_officer: User, sender: User
) -> None:
    for user in (foreign_officer, sender):
        assert client_of(user).get(address(case)).status_code == 404
        assert client_of(user).post(address(case), {"_ask": "1"}).status_code == 404
    assert Client().get(address(case)).status_code == 302
    assert ledger() == 0


def test_a_case_that_is_not_decided_so_has_no_such_page(
    pair: Pair, case: DiscrepancyCase, officials: Officials
) -> None:
    DiscrepancyCase.objects.update(outcome="other_person")
    client = client_of(officials[0])
    assert client.get(address(case)).status_code == 404
    opened = client.get(reverse("practitioners:case", args=[case.pk])).content.decode()
    assert address(case) not in opened


def test_a_replaced_row_is_in_no_list_and_its_address_leads_to_the_one_that_stays(
    pair: Pair, case: DiscrepancyCase, choices: dict[str, str], officials: Officials
) -> None:
    stays, goes = pair
    client = client_of(officials[0])
    listed = reverse("admin:practitioners_practitioner_changelist")
    change = [reverse("admin:practitioners_practitioner_change", args=[p.pk]) for p in pair]
    assert change[1] in client.get(listed).content.decode()
    joining = join(case, stays, officials, choices=choices)
    shown = client.get(listed).content.decode()
    assert [one in shown for one in change] == [True, False]
    led = client.get(reverse("practitioners:person", args=[goes.pk]))
    assert led["Location"] == reverse("practitioners:person", args=[stays.pk])
    found = client.get(reverse("practitioners:right"), {"q": "lo van thoan"}).content.decode()
    assert str(goes.pk) not in found
    part(joining, officials)
    assert client.get(reverse("practitioners:person", args=[goes.pk])).status_code == 200


def test_the_public_register_follows_a_joining_and_a_parting(
    pair: Pair, case: DiscrepancyCase, choices: dict[str, str], officials: Officials
) -> None:
    stays, _goes = pair
    cache.clear()
    publish_waiting(at=LATER)
    entries = RegisterEntry.objects.filter(practitioner__in=pair, is_listed=True)
    assert entries.count() == 2
    pages = [reverse("practitioners:lookup-person", args=[person.pk]) for person in pair]
    assert [Client().get(one).status_code for one in pages] == [200, 200]
    joining = join(case, stays, officials, choices=choices)
    publish_waiting(at=LATER)
    assert entries.get().practitioner == stays
    assert len(entries.get().public["facilities"]) == 2
    led = Client().get(pages[1], {"format": "json"})
    assert (led.status_code, led["Location"]) == (302, f"{pages[0]}?format=json")
    number = reverse("practitioners:lookup-number", args=["002287-ĐB-GPHN"])
    assert Client().get(number)["Location"] == pages[0]
    part(joining, officials)
    publish_waiting(at=LATER)
    assert entries.count() == 2
    assert Client().get(pages[1]).status_code == 200


def test_the_right_to_practise_is_asked_of_the_one_that_stays(
    pair: Pair,
    case: DiscrepancyCase,
    choices: dict[str, str],
    officials: Officials,
    station: Organisation,
) -> None:
    stays, _goes = pair
    saturday = [when("07/11/2026 09:00")]

    def verdict(person: Practitioner) -> str:
        fresh = Practitioner.objects.get(pk=person.pk)
        return str(may_practise(practitioner=fresh, facility=station, moments=saturday).verdict)

    assert [verdict(one) for one in pair] == ["no", "yes"]
    joining = join(case, stays, officials, choices=choices)
    assert [verdict(one) for one in pair] == ["yes", "no"]
    part(joining, officials)
    assert [verdict(one) for one in pair] == ["no", "yes"]


@pytest.mark.parametrize("which", [0, 1])
def test_a_ban_of_either_row_bars_the_person(
    pair: Pair,
    case: DiscrepancyCase,
    choices: dict[str, str],
    officials: Officials,
    station: Organisation,
    which: int,
) -> None:
    pair[which].bans.update(valid_from=date(2026, 11, 1), valid_until=None)
    join(case, pair[0], officials, choices=choices)
    stays = Practitioner.objects.get(pk=pair[0].pk)
    asked = may_practise(practitioner=stays, facility=station, moments=[when("07/11/2026 09:00")])
    assert asked.verdict == "no"
    assert tuple(asked.reasons) == ("banned",)
