"""Tables and codes of HIV and tuberculosis are of their class from the first staged row on, on every way out."""

import json
from collections.abc import Mapping

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from healthrecords.models import Diagnosis, Medication, Naming, Visit, VitalSigns
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.intake.models import Batch, Finding, StagedRow
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.intake.envelopes import service, whole, written
from tests.intake.sending import confirm, envelope, send

pytestmark = pytest.mark.usefixtures("lists")
HIV = {
    "NGAYKD_HIV": "20200101",
    "NOI_LAY_MAU_XN": "99998",
    "MA_PHAC_DO_DIEU_TRI": "BIMAT-1A",
    "HO_TEN": "KHÁC",
}
TB = {"PHANLOAI_LAO_VITRI": "9", "MA_BN": "BIMAT", "HO_TEN": "BIMAT KHÁC", "MA_CSKCB": "11001"}
BROKEN = "<FILEHOSO><LOAIHOSO>{}</LOAIHOSO><NOIDUNGFILE>%%</NOIDUNGFILE></FILEHOSO>"
RECORDS: Mapping[str, tuple[str, str]] = {
    "a table of HIV": ("hiv", written(whole(more={"XML6": [HIV]}))),
    "a table of tuberculosis": ("tb", written(whole(more={"XML15": [TB]}))),
    "a broken table of HIV": ("hiv", written(whole()) + BROKEN.format("XML6")),
    "a broken table of tuberculosis": ("tb", written(whole()) + BROKEN.format("XML15")),
    "a record that is no XML": ("hiv", written(whole(more={"XML6": [HIV]}), "nested")[:-30]),
    "the code of a service": (
        "hiv",
        written(whole(services=[service(1, None, MA_BENH="I10;B20")])),
    ),
    "the code of a transfer": ("tb", written(whole(more={"XML13": [{"MA_BENH_CHINH": "A15.0"}]}))),
    "a further diagnosis": ("hiv", written(whole(MA_BENH_KT="E78.5;Z21"))),
    "an untold kind of table": (
        "hiv",
        written(whole(more={"XML6": [HIV]})).replace("XML6", ""),
    ),
}


def sent(officer: User, hospital: Organisation, *records: str) -> Batch:
    return send(
        envelope(*records), by=officer, organisation=hospital, kind="envelope", name="a.xml"
    )


@pytest.mark.parametrize("case", RECORDS)
def test_the_class_holds_from_the_first_staged_row_on(
    data_officer: User, hospital: Organisation, case: str
) -> None:
    compartment, record = RECORDS[case]
    batch = sent(data_officer, hospital, record)
    assert StagedRow.objects.get(batch=batch).sensitivity == compartment
    assert set(Finding.objects.filter(batch=batch).values_list("sensitivity", flat=True)) <= {
        compartment
    }
    assert set(Naming.objects.filter(batch=batch).values_list("sensitivity", flat=True)) <= {
        compartment
    }
    assert batch.has_sensitive


def test_records_and_their_history_inherit_the_class(
    data_officer: User, hospital: Organisation
) -> None:
    record = whole(more={"XML6": [{**HIV, "MA_LOAI_BN": "1"}]})
    confirm(sent(data_officer, hospital, written(record)), data_officer)
    for model in (Visit, Diagnosis, Medication, VitalSigns):
        assert set(model.objects.values_list("sensitivity", flat=True)) == {"hiv"}, model
        history = model.pgh_event_model if hasattr(model, "pgh_event_model") else None
        if history is not None:
            assert set(history.objects.values_list("sensitivity", flat=True)) == {"hiv"}


@pytest.fixture
def batch(data_officer: User, hospital: Organisation) -> Batch:
    """A file with one ordinary record and two of a class, each with something to remark on."""
    ordinary = whole(MA_LK="E-9", SO_CCCD="", HO_TEN="Người Thường", MA_HSBA="")
    hiv = whole(MA_LK="E-1", HO_TEN="BIMAT HIV", MA_HSBA="", more={"XML6": [HIV]})
    tb = whole(MA_LK="E-2", SO_CCCD="", HO_TEN="BIMAT LAO", more={"XML15": [TB]})
    return sent(data_officer, hospital, *(written(r) for r in (ordinary, hiv, tb)))


SECRETS = ("BIMAT", "99998", "XML6", "XML15", "NGAYKD", "LAO_VITRI", "ARV")


def ways_out(client: Client, batch: Batch) -> list[HttpResponse]:
    """Every address that shows something of a batch."""
    args = [batch.pk]
    urls = [reverse("intake:batch", args=args), reverse("intake:progress", args=args)]
    urls += [reverse("intake:rows", args=[*args, name]) for name in StagedRow.Decision.values]
    causes = Finding.objects.filter(batch=batch).values_list("cause", flat=True).distinct()
    urls += [f"{reverse('intake:cause', args=args)}?vi={cause}" for cause in causes]
    return [client.get(url) for url in [*urls, reverse("intake:uploads")]]


def test_no_page_and_no_answer_shows_them_without_the_right(
    client: Client, batch: Batch, hospital: Organisation, data_officer: User, stranger: User
) -> None:
    colleague = make_user("son", "Lò Văn Sơn", Role.HOSPITAL_DATA_OFFICER, hospital)
    for user in (data_officer, colleague, stranger):
        client.force_login(user)
        for response in ways_out(client, batch):
            if response.status_code != 404:  # that page repeats the address, and says nothing else
                body = response.content.decode()
                shown = [secret for secret in SECRETS if secret in body]
                assert not shown, (user, response.request)


def test_the_file_itself_goes_only_to_its_sender_and_those_with_the_right(
    client: Client, batch: Batch, hospital: Organisation, stranger: User
) -> None:
    colleague = make_user("son", "Lò Văn Sơn", Role.HOSPITAL_DATA_OFFICER, hospital)
    url = reverse("intake:original", args=[batch.pk])
    for user, status in ((colleague, 403), (stranger, 404)):
        client.force_login(user)
        assert client.get(url).status_code == status


def test_remarks_on_the_whole_file_do_not_name_the_tables(batch: Batch) -> None:
    said = json.dumps(batch.notes, ensure_ascii=False)
    assert "XML3" in said
    assert not [secret for secret in SECRETS if secret in said]


def test_one_with_the_right_sees_what_is_wrong(
    client: Client, batch: Batch, hospital: Organisation
) -> None:
    head = make_user("truong", "Lò Thị Trưởng", Role.STATION_HEAD, hospital)
    client.force_login(head)
    bodies = "".join(response.content.decode() for response in ways_out(client, batch))
    assert "99998" in bodies
