"""The identity page shows each field with its source, and does each deed without losing what was typed."""

import json
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from healthrecords.models import Citizen, CitizenIdentifier, Coverage
from healthrecords.services import identity
from portal.accounts.models import User
from portal.audit.models import AccessLog
from portal.places.models import Area, Organisation
from portal.verification.contract import read_answer
from portal.verification.services import keep_answer
from tests.healthrecords.conftest import AT
from tests.healthrecords.pages import CARD, fields_of, logged_in, record_url, scan, text_of

pytestmark = pytest.mark.usefixtures("lists", "station")


def page_of(citizen: Citizen) -> str:
    return reverse("admin:healthrecords_citizen_identity", args=[citizen.pk])


def do(client: Any, citizen: Citizen, deed: str, **said: Any) -> Any:
    return client.post(
        reverse("admin:healthrecords_citizen_identity_deed", args=[citizen.pk, deed]), said
    )


def answered(citizen: Citizen, clerk: User, settings: Any, **said: Any) -> None:
    """Let the register have answered, as its simulator does."""
    settings.POPULATION_URL = "http://127.0.0.1:9"
    check = identity.ask_about(actor=clerk, citizen=citizen, place=None, at=AT)
    assert check is not None
    body = {"request_id": str(check.inquiry_id), "simulator": True, **said}
    keep_answer(read_answer(json.dumps(body).encode()), at=timezone.now())


def test_a_mismatch_stands_side_by_side_and_is_settled_by_a_person(
    clerk: User, citizen: Citizen, settings: Any
) -> None:
    answered(
        citizen,
        clerk,
        settings,
        result="mismatch",
        differences=[{"field": "birth", "held": "1963-03-12"}],
    )
    client = logged_in(clerk)
    record = text_of(client.get(record_url(citizen)))
    assert "Lệch dữ liệu dân cư" in record
    shown = text_of(client.get(page_of(citizen)))
    assert "Hồ sơ này 12/03/1962" in shown
    assert "12/03/1963" in shown
    assert "Mô phỏng, không phải dữ liệu thật" in shown
    ((word, _ours),) = identity.open_differences(citizen)
    refused = do(client, citizen, "settle", word=word.pk, take="ours", reason="")
    assert refused.status_code == 400
    assert "Ghi vì sao giữ như hồ sơ" in text_of(refused)
    citizen.refresh_from_db()
    assert citizen.birth_date == date(1962, 3, 12)
    taken = do(client, citizen, "settle", word=word.pk, take="theirs", reason="")
    assert taken.status_code == 302
    citizen.refresh_from_db()
    assert citizen.birth_date == date(1963, 3, 12)
    assert "khớp dân cư (mô phỏng)" in text_of(client.get(page_of(citizen)))


def test_a_refused_deed_keeps_what_was_typed(clerk: User, citizen: Citizen) -> None:
    number = citizen.identifiers.get()
    client = logged_in(clerk)
    refused = do(
        client, citizen, "end-number", number=number.pk, ending="cancelled", note="",
        successor="011162009999",
    )  # fmt: skip
    assert refused.status_code == 400
    page = refused.content.decode()
    assert "Ghi cơ quan nào hủy số" in text_of(refused)
    assert 'value="011162009999"' in page
    assert CitizenIdentifier.objects.get().ended_on is None
    done = do(
        client, citizen, "end-number", number=number.pk, ending="cancelled",
        note="Công an xã", successor="011162009999",
    )  # fmt: skip
    assert done.status_code == 302
    shown = text_of(client.get(page_of(citizen)))
    assert "cơ quan cấp đã hủy" in shown
    assert "Công an xã" in shown


def test_household_relatives_and_death_are_kept_from_the_page(
    clerk: User, citizen: Citizen, communes: list[Area]
) -> None:
    client = logged_in(clerk)
    assert do(client, citizen, "household", number="HGD-12").status_code == 302
    said = {"relation": "spouse", "name": "Lò Văn Ún", "phone": "0912 345 678"}
    assert do(client, citizen, "relative", **said).status_code == 302
    assert do(client, citizen, "death", died_on="32/13/2026", source="family").status_code == 400
    citizen.refresh_from_db()
    assert citizen.died_on is None
    assert do(client, citizen, "death", died_on="01/11/2026", source="family").status_code == 302
    shown = text_of(client.get(page_of(citizen)))
    for words in ("HGD-12", "Lò Văn Ún", "vợ, chồng", "Mất ngày 01/11/2026", "theo lời gia đình"):
        assert words in shown
    back = do(client, citizen, "death-back", reason="Nhầm người")
    assert back.status_code == 302
    citizen.refresh_from_db()
    assert citizen.died_on is None


def test_the_members_of_a_household_that_are_shown_are_in_the_read_log(
    clerk: User, citizen: Citizen
) -> None:
    """Circular 13/2025/TT-BYT (read second-hand): the log holds reads, too."""
    client = logged_in(clerk)
    do(client, citizen, "household", number="")
    client.get(page_of(citizen))
    rows = AccessLog.objects.filter(ground="household")
    assert [row.people for row in rows][-1] == [citizen.pk]


def test_who_was_found_to_be_another_member_stands_in_the_household_once(
    clerk: User, citizen: Citizen
) -> None:
    client = logged_in(clerk)
    do(client, citizen, "household", number="")
    twin = Citizen.objects.create(
        name=citizen.name,
        name_sort=citizen.name_sort,
        birth_date=citizen.birth_date,
        sex=citizen.sex,
        registered_at=citizen.registered_at,
        merged_into=citizen,
    )
    home = citizen.memberships.get()
    home.household.members.create(citizen=twin, relation="other", since=home.since)
    shown = client.get(page_of(citizen)).context["household"]
    assert [row.citizen for row in shown] == [citizen]
    assert AccessLog.objects.filter(ground="household").latest("id").people == [citizen.pk]


def test_somebody_elsewhere_is_asked_for_a_reason(neighbour: User, citizen: Citizen) -> None:
    client = logged_in(neighbour)
    assert client.get(page_of(citizen)).status_code == 403
    assert do(client, citizen, "household", number="").status_code == 403
    assert not citizen.memberships.exists()


def test_the_identity_page_costs_the_same_however_much_there_is(
    clerk: User, citizen: Citizen, hospital: Organisation
) -> None:
    client = logged_in(clerk)
    do(client, citizen, "household", number="")
    citizen.identifiers.create(kind="facility_number", value="BN", issuer=hospital)
    client.get(page_of(citizen))

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get(page_of(citizen)).status_code == 200
        return len(seen)

    few = cost()
    for at in range(6):
        Coverage.objects.create(
            citizen=citizen, number=f"GD41112345{at:05}", registered_at=hospital
        )
        citizen.relatives.create(relation="other", name=f"Lò Văn {at}")
        citizen.addresses.create(kind="temporary", text=f"Bản {at}", area=citizen.area)
        CitizenIdentifier.objects.create(
            citizen=citizen, kind="facility_number", value=f"BN{at}", issuer=hospital
        )
    assert cost() == few


def test_the_fold_of_the_form_is_stored(
    clerk: User, communes: list[Area], hospital: Organisation
) -> None:
    client = logged_in(clerk)
    page = client.get(scan(client, CARD).url)
    said = {
        **fields_of(page, "citizen_form"),
        "ethnic_group": "thai",
        "insurance": "HT2111234567890",
        "registered_at": "11001",
        "card_from": "01/01/2026",
        "card_until": "31/12/2026",
        "blood_group": "O",
        "rhesus": "positive",
        "permanent_commune": "na tau",
        "relative_relation": "child",
        "relative_name": "Lò Văn Ún",
        "relative_phone": "0912345678",
    }
    url = page.request["PATH_INFO"] + "?" + page.request["QUERY_STRING"]
    assert client.post(url, said).status_code == 302
    person = Citizen.objects.get()
    assert (person.blood_group, person.rhesus) == ("O", "positive")
    assert person.coverages.get().registered_at == hospital
    assert person.addresses.get(kind="permanent").area == communes[1]
    assert person.relatives.get().phone == "0912345678"
    assert person.sources.get(field="name").source == "card"
    mend = reverse("admin:healthrecords_citizen_mend", args=[person.pk])
    again = fields_of(client.get(mend), "citizen_form")
    assert client.post(mend, again).status_code == 302
    assert person.addresses.count() == 2
    assert (person.coverages.count(), person.relatives.count()) == (1, 1)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"card_from": "01/01/2026"}, "Thiếu số thẻ BHYT"),
        (
            {"insurance": "HT2111234567890", "card_from": "02/01/2026", "card_until": "01/01/2026"},
            "Thẻ hết hạn trước ngày bắt đầu",
        ),
        ({"relative_phone": "0912345678"}, "Thiếu họ tên của người này"),
        ({"relative_name": "Lò Văn Ún"}, "Chọn quan hệ của người này"),
        ({"registered_at": "99999"}, "Không có cơ sở nào theo “99999”"),
        ({"nationality": "xyz"}, "không có"),
    ],
)
def test_what_does_not_fit_together_is_said_and_nothing_is_stored(
    clerk: User, communes: list[Area], typed: dict[str, str], sentence: str
) -> None:
    client = logged_in(clerk)
    page = client.get(scan(client, CARD).url)
    url = page.request["PATH_INFO"] + "?" + page.request["QUERY_STRING"]
    refused = client.post(url, {**fields_of(page, "citizen_form"), "ethnic_group": "thai", **typed})
    assert refused.status_code == 200
    assert sentence.lower() in text_of(refused).lower()
    # The fold opens where something in it is refused.
    is_open = '<details class="fold" open>' in refused.content.decode()
    assert is_open == (sentence != "Thiếu số thẻ BHYT")
    assert not Citizen.objects.exists()


def test_a_newborn_is_entered_with_the_hour_and_a_temporary_number(
    clerk: User, communes: list[Area]
) -> None:
    client = logged_in(clerk)
    url = reverse("admin:healthrecords_citizen_add") + "?standing=newborn"
    said = {
        **fields_of(client.get(url), "citizen_form"),
        "name": "CB. Lò Thị Mai",
        "birth": f"{timezone.localdate():%d/%m/%Y} 00:10",
        "sex": "male",
        "commune": "muong cha",
        "relative_relation": "mother",
        "relative_name": "Lò Thị Mai",
        "relative_number": "011195000123",
        "relative_represents": "on",
    }
    assert client.post(url, said).status_code == 302
    child = Citizen.objects.get()
    assert (child.standing, f"{child.birth_time:%H:%M}") == ("newborn", "00:10")
    shown = text_of(client.get(record_url(child)))
    assert "Mã tạm" in shown
    assert "Người đại diện Lò Thị Mai" in shown


def test_a_newborn_without_the_hour_is_stored_and_the_hour_asked_for(
    clerk: User, communes: list[Area]
) -> None:
    """QĐ 4750/QĐ-BYT, table 1, NGAY_SINH: the hour up to 28 days of age."""
    client = logged_in(clerk)
    url = reverse("admin:healthrecords_citizen_add") + "?standing=newborn"
    said = {
        **fields_of(client.get(url), "citizen_form"),
        "name": "CB. Lò Thị Mai",
        "birth": f"{timezone.localdate():%d/%m/%Y}",
        "sex": "male",
    }
    stored = client.post(url, {**said, "_record": ""})
    assert "Chưa có giờ sinh" in text_of(client.get(stored.url))


def test_somebody_unknown_is_said_to_be_so(clerk: User) -> None:
    client = logged_in(clerk)
    url = reverse("admin:healthrecords_citizen_add") + "?standing=unknown"
    said = {
        **fields_of(client.get(url), "citizen_form"),
        "name": "Nam khoảng 40 tuổi",
        "birth": "1986",
        "sex": "male",
    }
    assert said["birth_is_estimated"] == "on"
    stored = client.post(url, {**said, "_record": ""})
    shown = text_of(client.get(stored.url))
    assert "khoảng 1986" in shown
    assert "Chưa rõ danh tính" in shown


def test_an_old_insurance_card_says_where_its_holder_is_registered(
    clerk: User, hospital: Organisation
) -> None:
    """QĐ 4750/QĐ-BYT, table 1, MA_DKBD."""
    name = "Quàng Thị Hặc".encode().hex()
    card = f"HT2111234567890|{name}|12/03/1962|2||11 - 001|01/01/2020|-|01/01/2020|||"
    client = logged_in(clerk)
    said = fields_of(client.get(scan(client, card).url), "citizen_form")
    assert said["insurance"] == "HT2111234567890"
    assert said["registered_at"].startswith(hospital.name)
