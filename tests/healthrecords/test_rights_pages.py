"""Consents, requests and holds at the desk: pages, papers, and who may."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from healthrecords.models import (
    Citizen,
    Consent,
    DataRequest,
    DisposalList,
    LegalHold,
    RestrictionLift,
)
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.healthrecords.pages import fields_of, logged_in, text_of


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:healthrecords_{name}", args=args)


@pytest.fixture
def head(station: Organisation) -> User:
    return make_user("truong", "Lò Thị Trưởng", Role.STATION_HEAD, station)


def send(client: Any, address: str, **said: str) -> Any:
    page = client.get(address)
    return client.post(address, {**fields_of(page, "rights_form"), **said})


ANSWERED = {"answer": "given", "giver": "self", "channel": "paper", "proof": "giấy số 5"}
ASKED = {
    "kind": "copy",
    "asked": "bản tóm tắt năm 2026",
    "asker": "self",
    "channel": "in_person",
    "identity_proof": "thẻ căn cước",
}


def test_nothing_is_ticked_beforehand(clerk: User, citizen: Citizen) -> None:
    """Law 91/2025/QH15: silence or a ticked box is no consent."""
    page = logged_in(clerk).get(url("citizen_consent", citizen.pk, "research"))
    said = fields_of(page, "rights_form")
    assert not {"answer", "giver", "channel"} & set(said)
    assert "dữ liệu cá nhân nhạy cảm" in text_of(page)


def test_an_answer_is_kept_shown_and_withdrawn(clerk: User, citizen: Citizen) -> None:
    client = logged_in(clerk)
    answer = send(client, url("citizen_consent", citizen.pk, "research"), **ANSWERED)
    assert answer.status_code == 302
    consent = Consent.objects.get()
    shown = text_of(client.get(url("citizen_rights", citizen.pk)))
    assert "Nghiên cứu khoa học: đã đồng ý ngày" in shown
    withdrawn = send(client, url("citizen_withdraw", citizen.pk, consent.pk), proof="đơn 7")
    assert withdrawn.status_code == 302
    consent.refresh_from_db()
    assert (consent.withdrawn_on, consent.withdrawal_proof) == (timezone.localdate(), "đơn 7")
    assert "Nghiên cứu khoa học: đã rút ngày" in text_of(
        client.get(url("citizen_rights", citizen.pk))
    )


def test_what_is_missing_is_said_and_what_was_typed_stays(clerk: User, citizen: Citizen) -> None:
    address = url("citizen_consent", citizen.pk, "research")
    page = send(logged_in(clerk), address, **{**ANSWERED, "giver": "representative"})
    assert "Ghi họ tên người trả lời thay người này." in text_of(page)
    assert 'value="giấy số 5"' in page.content.decode()
    assert not Consent.objects.exists()


def test_words_that_betray_are_told_at_the_desk_to_those_with_the_right_alone(
    clerk: User, clinician: User, citizen: Citizen
) -> None:
    """What a person asks, and how a consent is proved, is read on this page by every desk."""
    asked = "Không cho ai xem hồ sơ điều trị ARV của tôi"
    proofs = {"given": "tờ kẹp trong sổ ARV", "withdrawn": "đơn gửi phòng khám HIV"}
    client = logged_in(clinician)
    address = url("citizen_consent", citizen.pk, "research")
    send(client, address, **{**ANSWERED, "proof": proofs["given"]})
    withdraw = url("citizen_withdraw", citizen.pk, Consent.objects.get().pk)
    send(client, withdraw, proof=proofs["withdrawn"])
    send(client, url("citizen_request", citizen.pk), **{**ASKED, "asked": asked})
    send(client, url("citizen_request", citizen.pk), **ASKED)
    words = (asked, *proofs.values())
    seen, hidden = (
        text_of(logged_in(user).get(url("citizen_rights", citizen.pk)))
        for user in (clinician, clerk)
    )
    assert all(said in seen for said in words)
    assert not any(said in hidden for said in ("ARV", "HIV", *words))
    for said in ("ký trên giấy", DataRequest.objects.get(asked=asked).number, ASKED["asked"]):
        assert said in hidden
    assert set(DataRequest.objects.values_list("asked", flat=True)) == {asked, ASKED["asked"]}
    assert Consent.objects.get().withdrawal_proof == proofs["withdrawn"]


def restrict(clerk: User, head: User, citizen: Citizen) -> DataRequest:
    """Let the person have the processing restricted today."""
    said = {**ASKED, "kind": "restrict"}
    send(logged_in(clerk), url("citizen_request", citizen.pk), **said)
    row = DataRequest.objects.get(kind="restrict")
    on = f"{timezone.localdate():%d/%m/%Y}"
    done = {"on": on, "answer": "Đã hạn chế."}
    logged_in(head).post(url("datarequest_xong", row.pk), done)
    row.refresh_from_db()
    assert row.restricts
    return row


def test_who_has_the_processing_restricted_withdraws_a_consent_all_the_same(
    clerk: User, head: User, citizen: Citizen
) -> None:
    client = logged_in(clerk)
    send(client, url("citizen_consent", citizen.pk, "research"), **ANSWERED)
    restrict(clerk, head, citizen)
    consent = Consent.objects.get()
    address = url("citizen_withdraw", citizen.pk, consent.pk)
    assert address in client.get(url("citizen_rights", citizen.pk)).content.decode()
    assert send(client, address, proof="đơn 7").status_code == 302
    consent.refresh_from_db()
    assert consent.withdrawn_on == timezone.localdate()
    assert address not in client.get(url("citizen_rights", citizen.pk)).content.decode()


def test_what_was_refused_offers_nothing_to_withdraw(clerk: User, citizen: Citizen) -> None:
    client = logged_in(clerk)
    for answer in ("given", "refused"):
        said = {**ANSWERED, "answer": answer}
        send(client, url("citizen_consent", citizen.pk, "research"), **said)
    page = client.get(url("citizen_rights", citizen.pk)).content.decode()
    assert not any(
        url("citizen_withdraw", citizen.pk, row.pk) in page for row in Consent.objects.all()
    )


@pytest.mark.parametrize(
    ("decided", "ends", "word"),
    [
        (None, None, "Đang hạn chế, chờ quyết định chấm dứt"),
        (False, None, "Đang hạn chế xử lý dữ liệu"),
        (True, 0, "Đã hết hạn chế từ ngày"),
        (True, 9, "Đang hạn chế xử lý dữ liệu, đến ngày"),
    ],
)
def test_a_restriction_says_how_it_stands_whatever_was_decided_on_its_end(
    decided: bool | None, ends: int | None, word: str, clerk: User, head: User, citizen: Citizen
) -> None:
    restriction, today = restrict(clerk, head, citizen), timezone.localdate()
    said: dict[str, Any] = {"ground": "over", "reason": "đã sửa", "proposed_on": today}
    if decided is not None:
        said |= {"decided_on": today, "decided_by": head, "decided_at": timezone.now()}
        said |= {"is_lifted": decided, "decision": "đã xem lại"}
    if ends is not None:
        on = today + timedelta(days=ends)
        said |= {"told_on": today, "told_how": "tại quầy", "lifted_on": on}
    RestrictionLift.objects.create(restriction=restriction, proposed_by=clerk, **said)
    page = logged_in(clerk).get(url("citizen_rights", citizen.pk))
    ((_row, chip),) = page.context["requests"]
    assert word in str(chip.text)
    assert word in text_of(page)


def test_a_consent_of_somebody_else_is_not_withdrawn_here(
    clerk: User, citizen: Citizen, station: Organisation
) -> None:
    client = logged_in(clerk)
    send(client, url("citizen_consent", citizen.pk, "research"), **ANSWERED)
    other = Citizen.objects.create(
        name="Lò Văn Páo", birth_date=citizen.birth_date, sex="male", home_station=station
    )
    address = url("citizen_withdraw", other.pk, Consent.objects.get().pk)
    assert client.get(address).status_code == 404
    assert client.post(address, {"withdrawn_on": "05/11/2026"}).status_code == 404


def test_an_unknown_purpose_has_no_page(clerk: User, citizen: Citizen) -> None:
    assert logged_in(clerk).get(url("citizen_consent", citizen.pk, "xyz")).status_code == 404


def test_a_request_is_received_answered_and_printed(
    clerk: User, head: User, citizen: Citizen
) -> None:
    received = send(logged_in(clerk), url("citizen_request", citizen.pk), **ASKED)
    assert received.status_code == 302
    row = DataRequest.objects.get()
    client = logged_in(head)
    page = text_of(client.get(url("datarequest_change", row.pk)))
    assert row.number in page
    receipt = client.get(url("datarequest_paper", row.pk))
    assert receipt.content.startswith(b"%PDF")
    done = client.post(
        url("datarequest_xong", row.pk),
        {"on": f"{timezone.localdate():%d/%m/%Y}", "answer": "Đã trao bản tóm tắt."},
    )
    assert done.status_code == 302
    row.refresh_from_db()
    assert (row.outcome, row.answer) == ("done", "Đã trao bản tóm tắt.")
    assert client.get(url("datarequest_paper", row.pk)).content != receipt.content
    # A closed request has no deed left.
    assert client.get(url("datarequest_gia_han", row.pk)).status_code == 403


def test_a_deletion_the_law_forbids_is_answered_with_the_reason(
    clerk: User, head: User, citizen: Citizen
) -> None:
    send(logged_in(clerk), url("citizen_request", citizen.pk), **{**ASKED, "kind": "delete"})
    row = DataRequest.objects.get()
    on = f"{timezone.localdate():%d/%m/%Y}"
    page = logged_in(head).post(url("datarequest_xong", row.pk), {"on": on, "answer": "xóa"})
    assert "Luật buộc lưu hồ sơ này" in text_of(page)
    assert "Thông tư 33/2025/TT-BYT" in text_of(page)
    row.refresh_from_db()
    assert row.is_open


def test_the_list_of_requests_goes_by_due_date(clerk: User, head: User, citizen: Citizen) -> None:
    for kind in ("delete", "copy", "restrict"):
        send(logged_in(clerk), url("citizen_request", citizen.pk), **{**ASKED, "kind": kind})
    answer = logged_in(head).get(url("datarequest_changelist"), {"state": "open"})
    assert [row.kind for row in answer.context["cl"].result_list] == ["copy", "restrict", "delete"]
    assert logged_in(clerk).get(url("datarequest_changelist")).status_code == 403


def test_a_record_is_held_and_let_go(head: User, clerk: User, citizen: Citizen) -> None:
    client = logged_in(head)
    address = url("citizen_hold", citizen.pk)
    assert send(client, address, basis="Công văn 12/TA", reason="tranh chấp").status_code == 302
    hold = LegalHold.objects.get()
    assert "Công văn 12/TA" in text_of(client.get(url("citizen_rights", citizen.pk)))
    assert "Công văn 12/TA" not in text_of(logged_in(clerk).get(url("citizen_rights", citizen.pk)))
    assert logged_in(clerk).get(address).status_code == 403
    on = f"{timezone.localdate():%d/%m/%Y}"
    client.post(url("legalhold_bo_giu", hold.pk), {"lifted_on": on, "reason": "xong"})
    hold.refresh_from_db()
    assert hold.lift_reason == "xong"


def test_a_disposal_list_is_proposed_by_one_and_decided_by_another(
    head: User, auditor: User, citizen: Citizen
) -> None:
    from datetime import date

    Citizen.objects.filter(pk=citizen.pk).update(died_on=date(2012, 5, 1))
    answer = logged_in(head).post(url("disposallist_add"), {"reason": "kiểm kê"})
    proposal = DisposalList.objects.get()
    assert answer.url == url("disposallist_change", proposal.pk)
    own = logged_in(head).get(url("disposallist_change", proposal.pk))
    assert "Người đề nghị danh sách không được tự quyết định." in text_of(own)
    decided = logged_in(auditor).post(
        url("disposallist_change", proposal.pk),
        {
            "approve": "yes",
            "decision_number": "15/QĐ-TYT",
            "minutes": "ba người, hủy bản giấy",
            "decided_on": f"{timezone.localdate():%d/%m/%Y}",
        },
    )
    assert decided.status_code == 302
    proposal.refresh_from_db()
    assert proposal.is_approved
    assert Citizen.objects.filter(pk=citizen.pk).exists()


@pytest.mark.parametrize(
    "name", ["citizen_rights", "citizen_request", "citizen_looks", "citizen_looks_paper"]
)
def test_the_pages_ask_strangers_for_a_reason(stranger: User, citizen: Citizen, name: str) -> None:
    answer = logged_in(stranger).get(url(name, citizen.pk))
    assert answer.status_code == 403
    assert citizen.name not in answer.content.decode()


def test_the_form_of_a_consent_is_printed(clerk: User, citizen: Citizen) -> None:
    answer = logged_in(clerk).get(url("citizen_consent_paper", citizen.pk, "research"))
    assert answer.content.startswith(b"%PDF")
