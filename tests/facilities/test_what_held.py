"""What held of a facility stays readable with its days and papers, and each proof opens."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from facilities.glance import Glance
from facilities.models import Department, Equipment, Facility, Inspection
from facilities.services import (
    Decision,
    Printed,
    Received,
    Step,
    adjust_operating_license,
    classify,
    count_beds,
    enter_equipment,
    issue_operating_license,
    offer_service,
    open_department,
    register_facility,
    set_hours,
    set_price,
    succeed,
)
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.attachments.models import StoredFile
from portal.places import services as places
from portal.places.models import Area, Organisation
from tests.conftest import SINCE, make_user

PDF = b"%PDF-1.4 bien ban"
NEW_YEAR, JUNE = date(2026, 1, 1), date(2026, 6, 1)
pytestmark = pytest.mark.usefixtures("shipped_lists")


@pytest.fixture(autouse=True)
def _files_of_their_own(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def clinic(department: Organisation, communes: list[Area]) -> Facility:
    received = Received("Bệnh viện Hữu Nghị", area_id=communes[0].pk)
    return register_facility(
        department=department, received=received, on=SINCE, insurance_code="11077", form="BVDK"
    )


@pytest.fixture
def desk(licensing_officer: User) -> Client:
    client = Client()
    client.force_login(licensing_officer)
    return client


def page_of(client: Client, facility: Facility, page: str = "change") -> str:
    url = reverse(f"admin:facilities_facility_{page}", args=[facility.pk])
    return client.get(url).content.decode()


def paper() -> SimpleUploadedFile:
    return SimpleUploadedFile("bien-ban.pdf", PDF, "application/pdf")


def content_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize(
    ("deed", "typed"),
    [
        (
            "readiness",
            {"topic": "internet_fibre", "answer": "yes", "valid_from": "01/06/2026"},
        ),
        (
            "publish",
            {"duty": "price_list", "published_on": "01/06/2026", "place": "Bảng ở cổng"},
        ),
    ],
)
def test_the_proof_of_an_answer_or_a_publication_opens_from_the_page(
    deed: str, typed: dict[str, str], desk: Client, clinic: Facility, station: Organisation
) -> None:
    url = reverse(f"admin:facilities_facility_{deed}", args=[clinic.pk])
    assert desk.post(url, {**typed, "file": paper()}).status_code == 302
    proof = reverse(
        "admin:facilities_facility_evidence", args=[clinic.pk, StoredFile.objects.get().pk]
    )
    assert f'href="{proof}"' in page_of(desk, clinic)
    assert f'href="{proof}"' in page_of(desk, clinic, "past")
    assert content_of(desk.get(proof)) == PDF
    other = Facility.objects.create(organisation=station)
    elsewhere = proof.replace(str(clinic.pk), str(other.pk))
    assert desk.get(elsewhere).status_code == 404  # the file proves nothing of another facility
    head = Client()
    head.force_login(make_user("truong", "Trạm Trưởng", Role.STATION_HEAD, station))
    assert head.get(proof).status_code == 404


def test_a_proof_sent_with_a_refused_form_need_not_be_sent_again_and_is_nobody_else_s(
    desk: Client, clinic: Facility, department: Organisation
) -> None:
    url = reverse("admin:facilities_facility_publish", args=[clinic.pk])
    typed = {"duty": "price_list", "published_on": "01/01/2100", "place": "Bảng ở cổng"}
    refused = desk.post(url, {**typed, "file": paper()})
    assert refused.context["form"].errors.as_data()["published_on"][0].code == "day_in_future"
    assert "Đã nhận tệp" in refused.content.decode()
    assert not clinic.organisation.publication_rows.exists()
    again = {**typed, "published_on": "01/06/2026"}
    again["kept_file"] = refused.context["form"]["kept_file"].value()
    other = Client()
    other.force_login(make_user("khac", "Người Khác", Role.LICENSING_OFFICER, department))
    for client in (other, desk):
        assert client.post(url, {**again, "place": str(client is desk)}).status_code == 302
    rows = clinic.organisation.publication_rows
    assert rows.get(place="False").evidence is None
    assert rows.get(place="True").evidence == StoredFile.objects.get()


def test_the_certificate_of_a_refused_inspection_is_kept(station: Organisation) -> None:
    device = enter_equipment(
        equipment=Equipment(facility=station, asset_code="TB-1", name="Máy siêu âm"), on=SINCE
    )
    head = Client()
    head.force_login(make_user("truong", "Trạm Trưởng", Role.STATION_HEAD, station))
    url = reverse("admin:facilities_equipment_inspection", args=[device.pk])
    typed = {"kind": "inspection", "done_on": "01/01/2100", "result": "pass"}
    form = head.post(url, {**typed, "file": paper()}).context["form"]
    assert not Inspection.objects.exists()
    typed |= {"done_on": "01/06/2026", "kept_file": form["kept_file"].value()}
    assert head.post(url, typed).status_code == 302
    assert Inspection.objects.get().evidence == StoredFile.objects.get()


def test_the_certificate_of_an_inspection_opens_from_the_device(station: Organisation) -> None:
    device = enter_equipment(
        equipment=Equipment(facility=station, asset_code="TB-1", name="Máy siêu âm"), on=SINCE
    )
    head = Client()
    head.force_login(make_user("truong", "Trạm Trưởng", Role.STATION_HEAD, station))
    url = reverse("admin:facilities_equipment_inspection", args=[device.pk])
    typed = {"kind": "inspection", "done_on": "01/06/2026", "result": "pass", "file": paper()}
    assert head.post(url, typed).status_code == 302
    done = Inspection.objects.get()
    proof = reverse("admin:facilities_equipment_evidence", args=[device.pk, done.pk])
    card = head.get(reverse("admin:facilities_equipment_change", args=[device.pk]))
    assert f'href="{proof}"' in card.content.decode()
    assert content_of(head.get(proof)) == PDF


def test_every_fact_that_held_is_read_with_its_days_and_its_paper(
    desk: Client, clinic: Facility
) -> None:
    place = clinic.organisation
    places.change_code(
        organisation=place,
        scheme="insurance",
        value="11088",
        valid_from=NEW_YEAR,
        source="Công văn 12/BHXH",
    )
    license = issue_operating_license(
        actor=None,
        facility=place,
        number="181/ĐB-GPHĐ",
        printed=Printed(scope="Nội khoa", beds=30),
        valid_from=SINCE,
        decision=Decision(),
    )
    adjust_operating_license(
        actor=None,
        license=license,
        changes={"scope": "Nội khoa và sản khoa"},
        valid_from=NEW_YEAR,
        decision=Decision("3/QĐ-SYT"),
    )
    issue_operating_license(
        actor=None,
        facility=place,
        number="222/ĐB-GPHĐ",
        printed=Printed(scope="Đa khoa"),
        valid_from=JUNE,
        decision=Decision(),
    )
    for count, since in ((40, SINCE), (55, NEW_YEAR)):
        count_beds(facility=place, kind="actual", count=count, valid_from=since)
    for text, since in (("Thứ 2: 7 giờ - 11 giờ", SINCE), ("Thứ 3: 8 giờ - 10 giờ", NEW_YEAR)):
        set_hours(facility=place, text=text, valid_from=since)
    for points, since in ((55, NEW_YEAR), (72, JUNE)):
        classify(
            facility=place,
            kind="level",
            value="basic" if points < 70 else "advanced",
            points=points,
            valid_from=since,
            decision=Decision(f"{points}/QĐ-SYT"),
        )
    page = page_of(desk, clinic, "past")
    rows = [re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", row)) for row in page.split("<tr")]

    def says(*parts: str) -> bool:
        return any(all(part in row for part in parts) for row in rows)

    assert says("11077", "31/12/2025")
    assert says("11088", "01/01/2026", "còn hiệu lực", "Công văn 12/BHXH")
    assert says("181/ĐB-GPHĐ", "31/12/2025", "Nội khoa")
    assert says("181/ĐB-GPHĐ/ĐC1", "01/01/2026", "31/05/2026", "Nội khoa và sản khoa")
    assert says("222/ĐB-GPHĐ", "01/06/2026", "còn hiệu lực")
    assert says("40", "31/12/2025")
    assert says("55", "01/01/2026", "còn hiệu lực")
    assert says("Thứ 2: 7 giờ - 11 giờ", "31/12/2025")
    assert says("55 điểm", "55/QĐ-SYT", "31/05/2026")


def test_what_held_costs_the_same_for_much_and_for_little(desk: Client, clinic: Facility) -> None:
    place = clinic.organisation

    def add(number: int) -> None:
        open_department(
            department=Department(facility=place, name=f"Khoa {number}", valid_from=SINCE)
        )
        places.change_code(organisation=place, scheme="other", value=f"X{number}", valid_from=SINCE)

    add(0)
    page_of(desk, clinic, "past")
    with CaptureQueriesContext(connection) as few:
        page_of(desk, clinic, "past")
    for number in range(1, 9):
        add(number)
    with CaptureQueriesContext(connection) as many:
        page_of(desk, clinic, "past")
    assert len(many) == len(few)


def test_a_code_of_a_day_to_come_does_not_hold_yet(desk: Client, clinic: Facility) -> None:
    places.change_code(
        organisation=clinic.organisation,
        scheme="insurance",
        value="11088",
        valid_from=date(2099, 1, 1),
    )
    banner = page_of(desk, clinic).partition('class="cols facility"')[0]
    assert "11077" in banner
    assert "11088" not in banner
    public = desk.get(reverse("facilities:place", args=[clinic.organisation_id])).content.decode()
    assert "11077" in public
    assert "11088" not in public


def test_a_price_of_a_day_to_come_is_no_price_yet(clinic: Facility) -> None:
    for name, since in (("Khám", NEW_YEAR), ("Siêu âm", date(2099, 1, 1))):
        service = offer_service(facility=clinic.organisation, name=name, valid_from=SINCE)
        set_price(service=service, payer="person", amount=Decimal(50_000), valid_from=since)
    assert Glance(clinic, JUNE).prices == {"services": 2, "priced": 1}


def test_what_lacks_leads_to_where_it_is_told(desk: Client, clinic: Facility) -> None:
    page = page_of(desk, clinic)
    checks, missing = page.partition('id="h-missing"')[::2]
    licence = reverse("admin:facilities_facility_licence", args=[clinic.pk])
    assert f'<b><a href="{licence}">' in checks  # the condition that is not met
    for deed in ("hours", "beds", "licence", "mend"):
        url = reverse(f"admin:facilities_facility_{deed}", args=[clinic.pk])
        assert f'<a href="{url}">' in missing


def test_a_licence_of_a_day_to_come_does_not_end_the_one_that_holds(
    desk: Client, clinic: Facility
) -> None:
    url = reverse("admin:facilities_facility_licence", args=[clinic.pk])
    papers = clinic.organisation.operatinglicense_rows
    before = list(papers.order_by("pk").values("number_raw", "superseded_on"))
    tomorrow = timezone.localdate() + timedelta(days=1)
    said = {"number": "1976/HNO-GPHĐ", "valid_from": f"{tomorrow:%d/%m/%Y}"}
    answer = desk.post(url, said)
    assert "chưa đến" in answer.content.decode()
    assert list(papers.order_by("pk").values("number_raw", "superseded_on")) == before
    desk.post(url, {**said, "valid_from": f"{timezone.localdate():%d/%m/%Y}"})
    assert papers.filter(number_raw="1976/HNO-GPHĐ", superseded_on=None).exists()


def test_who_continues_a_place_and_who_stands_below_are_a_click_away(
    desk: Client, clinic: Facility, department: Organisation, communes: list[Area]
) -> None:
    heir = register_facility(
        department=department,
        received=Received("Bệnh viện Đa khoa Mường Chà", area_id=communes[0].pk),
        on=SINCE,
    )
    point = register_facility(
        department=department, received=Received("Phòng khám cơ sở 2"), on=SINCE
    )
    places.place_under(
        organisation=point.organisation,
        parent=heir.organisation,
        on=NEW_YEAR,
        today=JUNE,
        decision="5/QĐ-SYT",
    )
    succeed(
        actor=None,
        step=Step(
            old=clinic.organisation,
            new=heir.organisation,
            kind="merge",
            on=NEW_YEAR,
            decision=Decision("7/QĐ-UBND"),
        ),
        today=JUNE,
    )

    def url(facility: Facility) -> str:
        return reverse("admin:facilities_facility_change", args=[facility.pk])

    assert f'<a href="{url(heir)}">' in page_of(desk, clinic)
    page = page_of(desk, heir)
    assert f'<a href="{url(clinic)}">' in page
    assert f'<a href="{url(point)}">' in page
