"""Strange headings are no dead end: a person says once what they mean, and it is remembered."""

import re

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.intake import services
from portal.intake.headings import labels_of
from portal.intake.heads import heads_of
from portal.intake.models import Batch, ColumnMapping, StagedRow
from portal.places import services as places
from portal.places.models import Organisation
from tests.conftest import SINCE, make_user
from tests.intake.sending import GOOD, NOW, confirm, counts, found, send, visit, workbook

pytestmark = pytest.mark.usefixtures("lists")

STRANGE = {name: f"field {at}" for at, name in enumerate(GOOD)}
NAMES = list(GOOD)


@pytest.fixture
def other_officer(department: Organisation) -> User:
    other = places.create_organisation(
        name="Bệnh viện Y học cổ truyền", kind="hospital", parent=department, valid_from=SINCE
    )
    return make_user("lan", "Vì Thị Lan", Role.HOSPITAL_DATA_OFFICER, other)


@pytest.fixture
def colleague(hospital: Organisation) -> User:
    return make_user("son", "Lò Văn Sơn", Role.HOSPITAL_DATA_OFFICER, hospital)


def url(batch: Batch) -> str:
    return reverse("intake:mapping", args=[batch.pk])


def answers(**changed: str) -> dict[str, str]:
    """Say for every column of ``STRANGE`` what it is."""
    return {f"c{at}": changed.get(name, name) for at, name in enumerate(NAMES)}


def reread(batch: Batch) -> Batch:
    batch.refresh_from_db()
    assert batch.state == "received"
    return services.read_batch(batch.pk, at=NOW)


def test_a_file_of_strange_headings_is_settled_once_and_read_silently_ever_after(
    client: Client, data_officer: User, hospital: Organisation
) -> None:
    batch = send(workbook([visit()], labels=STRANGE), by=data_officer, organisation=hospital)
    assert (batch.state, batch.error_code) == ("refused", "heading_not_found")
    client.force_login(data_officer)
    refusal = client.get(reverse("intake:batch", args=[batch.pk])).content.decode()
    assert url(batch) in refusal
    page = client.get(url(batch)).content.decode()
    assert "field 3" in page
    assert "15/08/1971" in page
    answer = client.post(url(batch), answers())
    assert answer.status_code == 302
    batch = reread(batch)
    assert counts(batch) == {"new": 1}
    assert found(batch) == []
    row = ColumnMapping.objects.get()
    assert (row.organisation, row.kind, row.said_by) == (hospital, "visits", data_officer)
    assert row.choices["field1"] == "HO_TEN"

    shuffled = list(reversed(NAMES))
    later = workbook([visit(MA_LK="2")], headings=shuffled, labels=STRANGE)
    batch = send(later, by=data_officer, organisation=hospital)
    assert counts(batch) == {"new": 1}
    assert [note["code"] for note in batch.notes] == ["columns_remembered"]
    page = client.get(reverse("intake:batch", args=[batch.pk])).content.decode()
    assert data_officer.full_name in page


def test_an_almost_right_heading_is_proposed_and_taken_when_the_person_agrees(
    client: Client, data_officer: User, hospital: Organisation
) -> None:
    labels = {"NGAY_VAO": "Ngày vàp", "CAN_NANG": "Cân nặgn"}
    batch = send(workbook([visit()], labels=labels), by=data_officer, organisation=hospital)
    assert (batch.state, batch.error_code) == ("refused", "columns_missing")
    client.force_login(data_officer)
    page = client.get(url(batch)).content.decode()
    chosen = dict(re.findall(r'name="(c\d+)".*?<option value="(\w*)" selected', page, re.DOTALL))
    assert chosen == answers()
    assert client.post(url(batch), chosen).status_code == 302
    batch = reread(batch)
    assert found(batch) == []
    assert ColumnMapping.objects.get().choices == {"ngayvap": "NGAY_VAO", "cannagn": "CAN_NANG"}


def test_an_optional_almost_right_heading_is_named_and_left_out(
    data_officer: User, hospital: Organisation
) -> None:
    batch = send(
        workbook([visit()], labels={"CAN_NANG": "Cân nặgn"}), by=data_officer, organisation=hospital
    )
    assert "CAN_NANG" not in StagedRow.objects.get().values
    (note,) = batch.notes
    assert note["code"] == "columns_proposed"
    assert note["params"]["columns"][0].endswith(" Cân nặgn")


def test_a_column_read_wrongly_can_be_left_out_and_read_again_when_forgotten(
    client: Client, data_officer: User, hospital: Organisation
) -> None:
    batch = send(workbook([visit()]), by=data_officer, organisation=hospital)
    client.force_login(data_officer)
    client.post(url(batch), answers(CAN_NANG=""))
    batch = reread(batch)
    assert "CAN_NANG" not in StagedRow.objects.get().values
    mapping = ColumnMapping.objects.get()
    assert mapping.choices == {"cannang": ""}
    client.post(reverse("intake:forget_columns", args=[batch.pk, mapping.pk]))
    batch = reread(batch)
    assert StagedRow.objects.get().values["CAN_NANG"] == "52.5"
    assert not ColumnMapping.objects.exists()


def test_saying_nothing_new_remembers_nothing(
    client: Client, data_officer: User, hospital: Organisation
) -> None:
    batch = send(workbook([visit()]), by=data_officer, organisation=hospital)
    client.force_login(data_officer)
    client.post(url(batch), answers())
    assert not ColumnMapping.objects.exists()


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"MA_BN": "HO_TEN", "DIA_CHI": "HO_TEN"}, "“Họ và tên”"), ({"NGAY_VAO": ""}, "Ngày vào")],
)
def test_two_columns_of_one_meaning_or_a_needed_one_missing_is_refused(
    client: Client, data_officer: User, hospital: Organisation, changed: dict, words: str
) -> None:
    batch = send(workbook([visit()]), by=data_officer, organisation=hospital)
    client.force_login(data_officer)
    answer = client.post(url(batch), answers(**changed))
    assert answer.status_code == 400
    assert words in answer.content.decode()
    batch.refresh_from_db()
    assert batch.state == "checked"
    assert not ColumnMapping.objects.exists()


def test_a_written_batch_is_not_read_again_but_the_next_file_is_read_so(
    client: Client, data_officer: User, hospital: Organisation
) -> None:
    batch = send(workbook([visit()]), by=data_officer, organisation=hospital)
    confirm(batch, data_officer)
    client.force_login(data_officer)
    client.post(url(batch), answers(CAN_NANG=""))
    batch.refresh_from_db()
    assert batch.state == "written"
    send(workbook([visit(MA_LK="2")]), by=data_officer, organisation=hospital)
    assert "CAN_NANG" not in StagedRow.objects.get(key__endswith="2").values


def test_a_row_may_be_named_as_the_heading(
    client: Client, data_officer: User, hospital: Organisation
) -> None:
    above = ["BÁO CÁO"]
    content = workbook([visit()], labels=STRANGE, above=above)
    batch = send(content, by=data_officer, organisation=hospital)
    client.force_login(data_officer)
    page = client.get(url(batch), {"o": "0.2"}).content.decode()
    assert "field 3" in page
    client.post(f"{url(batch)}?o=0.2", answers())
    batch = reread(batch)
    assert counts(batch) == {"new": 1}
    assert StagedRow.objects.get().number == 3


def test_another_sender_neither_sees_nor_inherits_what_was_said(
    client: Client, data_officer: User, hospital: Organisation, other_officer: User
) -> None:
    batch = send(workbook([visit()], labels=STRANGE), by=data_officer, organisation=hospital)
    client.force_login(data_officer)
    client.post(url(batch), answers())
    mapping = ColumnMapping.objects.get()
    client.force_login(other_officer)
    for address in (url(batch), reverse("intake:forget_columns", args=[batch.pk, mapping.pk])):
        assert client.post(address, answers(HO_TEN="")).status_code == 404
    own = other_officer.place_of_work
    theirs = send(workbook([visit(MA_LK="3")], labels=STRANGE), by=other_officer, organisation=own)
    assert theirs.error_code == "heading_not_found"
    address = reverse("intake:forget_columns", args=[theirs.pk, mapping.pk])
    assert client.post(address).status_code == 404
    assert ColumnMapping.objects.get() == mapping


def test_values_of_an_unchecked_file_are_shown_to_its_sender_alone(
    client: Client, data_officer: User, hospital: Organisation, colleague: User
) -> None:
    batch = send(workbook([visit()], labels=STRANGE), by=data_officer, organisation=hospital)
    client.force_login(colleague)
    page = client.get(url(batch)).content.decode()
    assert "field 3" in page
    assert "Lò Văn Ún" not in page
    assert client.post(url(batch), answers()).status_code == 302
    reread(batch)
    assert "Lò Văn Ún" in client.get(url(batch)).content.decode()
    Batch.objects.update(has_sensitive=True)
    assert "Lò Văn Ún" not in client.get(url(batch)).content.decode()


def test_the_first_rows_are_kept_as_privately_as_the_file(
    data_officer: User, hospital: Organisation, settings
) -> None:
    batch = send(workbook([visit()]), by=data_officer, organisation=hospital)
    head = heads_of(batch)[0]
    assert labels_of(1, head.rows[0][1]).texts == tuple(NAMES)
    place = settings.MEDIA_ROOT / "intake" / "heads" / f"{batch.pk}.json"
    assert place.stat().st_mode & 0o777 == 0o600
    assert place.parent.stat().st_mode & 0o777 == 0o700


def test_every_change_of_what_is_remembered_is_in_the_history(
    client: Client, data_officer: User, hospital: Organisation
) -> None:
    batch = send(workbook([visit()], labels=STRANGE), by=data_officer, organisation=hospital)
    client.force_login(data_officer)
    client.post(url(batch), answers())
    batch = reread(batch)
    client.post(url(batch), answers(CAN_NANG=""))
    batch = reread(batch)
    client.post(reverse("intake:forget_columns", args=[batch.pk, ColumnMapping.objects.get().pk]))
    events = apps.get_model("intake", "ColumnMappingHistory").objects.order_by("pgh_id")
    assert list(events.values_list("pgh_label", flat=True)) == ["insert", "update", "delete"]
    assert events[0].choices != events[1].choices
