"""Who sends, sees and confirms files: the sender's own people, and nobody else's."""

import re
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from healthrecords.models import CareRelation, Citizen, Visit
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.audit.models import AccessLog
from portal.intake.models import Batch, Finding, Progress, StagedRow
from portal.places import services as places
from portal.places.models import Organisation
from tests.conftest import SINCE, make_user
from tests.intake.sending import confirm, envelope, record, send, visit, workbook

pytestmark = pytest.mark.usefixtures("lists")


@pytest.fixture
def other_officer(department: Organisation) -> User:
    """Data officer of another hospital, which cares for the same citizens."""
    other = places.create_organisation(
        name="Bệnh viện Y học cổ truyền", kind="hospital", parent=department, valid_from=SINCE
    )
    return make_user("lan", "Vì Thị Lan", Role.HOSPITAL_DATA_OFFICER, other)


@pytest.fixture
def colleague(hospital: Organisation) -> User:
    return make_user("son", "Lò Văn Sơn", Role.HOSPITAL_DATA_OFFICER, hospital)


@pytest.fixture
def batch(data_officer: User, hospital: Organisation, other_officer: User) -> Batch:
    """A written batch; its citizen is also cared for by the other hospital."""
    done = confirm(send(workbook([visit()]), by=data_officer, organisation=hospital), data_officer)
    CareRelation.objects.create(
        citizen=Citizen.objects.get(),
        organisation=other_officer.place_of_work,
        ground="visit",
        since=SINCE,
    )
    return done


def pages(batch: Batch) -> list[str]:
    args = [batch.pk]
    return [
        reverse("intake:batch", args=args),
        reverse("intake:rows", args=[*args, "new"]),
        reverse("intake:progress", args=args),
        reverse("intake:original", args=args),
    ]


def let_go(response) -> None:
    """Close a file being sent, without the signal that would close the test's connection."""
    for close in response._resource_closers:
        close()


def test_a_colleague_sees_the_batch_and_others_do_not(
    client: Client, batch: Batch, colleague: User, other_officer: User, stranger: User
) -> None:
    for user, status in ((colleague, 200), (other_officer, 404), (stranger, 404)):
        client.force_login(user)
        for url in pages(batch):
            response = client.get(url)
            assert response.status_code == status, (user, url)
            if status == 404:
                assert "Văn Ún" not in response.content.decode()
            let_go(response)


def test_an_unknown_batch_is_404_and_a_guest_is_asked_to_log_in(
    client: Client, data_officer: User
) -> None:
    url = reverse("intake:batch", args=[uuid.uuid4()])
    assert client.get(url).status_code == 302
    client.force_login(data_officer)
    assert client.get(url).status_code == 404


def test_confirming_cancelling_and_ruling_out_of_scope_change_nothing(
    client: Client, data_officer: User, hospital: Organisation, other_officer: User, stranger: User
) -> None:
    batch = send(workbook([visit()]), by=data_officer, organisation=hospital)
    for user in (other_officer, stranger):
        client.force_login(user)
        for deed in ("confirm", "cancel", "again", "rule"):
            assert client.post(reverse(f"intake:{deed}", args=[batch.pk])).status_code == 404
    batch.refresh_from_db()
    assert batch.state == "checked"
    assert not Visit.objects.exists()


def upload(client: Client, organisation: Organisation, content: bytes = b"x") -> int:
    file = SimpleUploadedFile("kcb.xlsx", content)
    body = {"file": file, "kind": "visits", "organisation": str(organisation.pk)}
    return client.post(reverse("intake:uploads"), body).status_code


def test_a_file_is_sent_only_for_ones_own_place(
    client: Client, data_officer: User, hospital: Organisation, station: Organisation, clerk: User
) -> None:
    client.force_login(data_officer)
    assert upload(client, station) == 400
    assert not Batch.objects.exists()
    assert upload(client, hospital) == 302
    assert Batch.objects.get().organisation == hospital
    client.force_login(clerk)
    assert upload(client, station) == 403
    assert Batch.objects.count() == 1


def test_each_sending_of_one_file_says_where_it_came_from(
    client: Client, data_officer: User, hospital: Organisation
) -> None:
    client.force_login(data_officer)
    body = {"kind": "visits", "organisation": hospital.pk}
    content = workbook([visit()])  # a workbook tells the second it was made in
    for address in ("203.0.113.7", "203.0.113.8"):
        body["file"] = SimpleUploadedFile("KCB.xlsx", content)
        assert client.post(reverse("intake:uploads"), body, REMOTE_ADDR=address).status_code == 302
    first, second = Batch.objects.order_by("received_at")
    assert first.file == second.file
    assert (first.address, second.address) == ("203.0.113.7", "203.0.113.8")
    report = client.get(reverse("intake:report", args=[second.pk])).content.decode()
    assert "203.0.113.8" in report
    assert "203.0.113.7" not in report


def test_opening_a_preview_that_shows_known_people_is_logged(
    client: Client, batch: Batch, data_officer: User, hospital: Organisation
) -> None:
    changed = send(workbook([visit(MACH="90")]), by=data_officer, organisation=hospital)
    client.force_login(data_officer)
    client.get(reverse("intake:batch", args=[changed.pk]))
    log = AccessLog.objects.get()
    assert log.people == [Citizen.objects.get().pk]
    assert (log.action, log.ground) == ("listed", "file")


SECRET = "B20.1"


@pytest.fixture
def protected(data_officer: User, hospital: Organisation) -> Batch:
    rows = [
        visit(MA_LK="1", MA_BENH_CHINH="B20", HO_TEN="Giàng Thị Kín", MACH="780", CAN_NANG="mot"),
        visit(MA_LK="2", MACH="781"),
    ]
    return send(workbook(rows), by=data_officer, organisation=hospital)


# The value, and not figures of a key that happen to be the same.
SAID = re.compile(r"(?<![0-9a-f-])780(?![0-9a-f-])")


def test_values_of_a_protected_row_are_masked_without_the_right(
    client: Client, protected: Batch, colleague: User, hospital: Organisation
) -> None:
    assert set(Finding.objects.filter(number=2).values_list("sensitivity", flat=True)) == {"hiv"}
    client.force_login(colleague)
    preview = client.get(reverse("intake:batch", args=[protected.pk])).content.decode()
    listed = client.get(reverse("intake:rows", args=[protected.pk, "wrong"])).content.decode()
    cells = client.get(
        reverse("intake:cause", args=[protected.pk]), {"vi": "KhamBenh.MACH:measure_impossible"}
    ).content.decode()
    for body in (preview, listed, cells):
        assert "Kín" not in body
        assert not SAID.search(body)
        assert ">mot<" not in body
    assert "•••" in preview
    assert "781" in preview
    doctor = make_user("an", "Bùi An", Role.HOSPITAL_DOCTOR, hospital)
    client.force_login(doctor)
    assert client.get(reverse("intake:batch", args=[protected.pk])).status_code == 404


def test_one_who_may_see_protected_rows_sees_their_values(
    client: Client, protected: Batch, station: Organisation, hospital: Organisation
) -> None:
    head = make_user("truong", "Lò Thị Trưởng", Role.STATION_HEAD, hospital)
    client.force_login(head)
    preview = client.get(reverse("intake:batch", args=[protected.pk])).content.decode()
    assert SAID.search(preview)
    assert "•••" not in preview


def test_the_original_with_protected_rows_goes_only_to_its_sender_and_those_with_the_right(
    client: Client, protected: Batch, data_officer: User, colleague: User
) -> None:
    url = reverse("intake:original", args=[protected.pk])
    client.force_login(colleague)
    assert client.get(url).status_code == 403
    client.force_login(data_officer)
    response = client.get(url)
    assert response.status_code == 200
    let_go(response)


UNCHECKED = (
    "received",
    "reading",
    "refused",
    "cancelled",
    "cancelled after its reading began anew",
)


@pytest.mark.parametrize("state", UNCHECKED)
def test_a_file_not_checked_to_its_end_is_opened_by_its_sender_and_those_with_the_right_alone(
    client: Client, data_officer: User, colleague: User, hospital: Organisation, state: str
) -> None:
    waiting = send(workbook([visit()]), by=data_officer, organisation=hospital, read=False)
    since = timezone.now() if "anew" in state else None
    code = "file_torn" if state == "refused" else ""
    Batch.objects.update(state=state.split(maxsplit=1)[0], checked_at=since, error_code=code)
    url = reverse("intake:original", args=[waiting.pk])
    page = reverse("intake:batch", args=[waiting.pk])
    client.force_login(colleague)
    assert client.get(url).status_code == 403
    assert url not in client.get(page).content.decode()
    head = make_user("truong", "Lò Thị Trưởng", Role.STATION_HEAD, hospital)
    for user in (data_officer, head):
        client.force_login(user)
        assert url in client.get(page).content.decode()
        response = client.get(url)
        assert response.status_code == 200
        let_go(response)


def test_the_link_to_a_file_with_protected_rows_is_shown_to_whom_it_opens(
    client: Client, protected: Batch, data_officer: User, colleague: User
) -> None:
    url = reverse("intake:original", args=[protected.pk])
    pages = [
        reverse("intake:batch", args=[protected.pk]),
        reverse("intake:rows", args=[protected.pk, "wrong"]),
        reverse("intake:mapping", args=[protected.pk]),
    ]
    for user, is_shown in ((colleague, False), (data_officer, True)):
        client.force_login(user)
        for page in pages:
            assert (url in client.get(page).content.decode()) is is_shown


def test_a_table_of_hiv_is_not_named_in_a_masked_finding(
    client: Client, data_officer: User, hospital: Organisation
) -> None:
    broken = "<FILEHOSO><LOAIHOSO>XML6</LOAIHOSO><NOIDUNGFILE>%%</NOIDUNGFILE></FILEHOSO>"
    batch = send(
        envelope(record(MA_BENH_CHINH="B20") + broken),
        by=data_officer,
        organisation=hospital,
        kind="envelope",
    )
    assert StagedRow.objects.get().sensitivity == "hiv"
    client.force_login(data_officer)
    body = client.get(reverse("intake:batch", args=[batch.pk])).content.decode()
    assert "XML6" not in body


def test_row_numbers_in_addresses_and_bars_are_plain_numbers(
    data_officer: User, hospital: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.intake.views.ROWS_SHOWN", 1)
    two = [visit(), visit(MA_LK="26101200042", HO_TEN="Lò Thị Hai", SO_CCCD="", MA_THE_BHYT="")]
    batch = send(workbook(two), by=data_officer, organisation=hospital)
    StagedRow.objects.update(number=F("number") + 2000)
    first = StagedRow.objects.filter(decision="new").order_by("number")[0]
    client = Client()
    client.force_login(data_officer)
    page = client.get(reverse("intake:rows", args=[batch.pk, "new"])).content.decode()
    assert f'href="?sau={first.number}-{first.pk.hex}"' in page
    Batch.objects.update(state="reading")
    began = timezone.now() - timedelta(seconds=60)
    Progress.objects.create(
        batch=batch, stage="reading", done=1200, total=4000, began_at=began, said_at=timezone.now()
    )
    page = client.get(reverse("intake:batch", args=[batch.pk])).content.decode()
    assert 'value="1200" max="4000"' in page
    assert "khoảng 140 giây" in page
