"""A ban from practising: one official proposes it, another confirms it, and nobody alone."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners import services
from practitioners.models import BanProposal, PracticeBan, Practitioner, ProfileSource
from tests.practitioners.conftest import AT, PDF, make_list
from tests.practitioners.law import bar
from tests.practitioners.registered import make_registered

BAN = {
    "decision_no": "12/2026/HS-ST",
    "decided_on": "20/10/2026",
    "authority": "Tòa án nhân dân tỉnh Điện Biên",
    "valid_from": "01/11/2026",
    "ground_code": "barred",
}

# By what a ban ends: a decision of its own, later than the one that barred.
END = {
    "decision_no": "3/2026/QĐ-TA",
    "decided_on": "02/11/2026",
    "authority": "Tòa án nhân dân tỉnh Điện Biên",
    "ground": "Rút ngắn thời hạn cấm hành nghề",
}


def ending(ban: PracticeBan, last_day: str, **said: Any) -> dict[str, Any]:
    """What an official types to end a ban."""
    return {**END, "ban": ban.pk, "last_day": last_day, **said}


@pytest.fixture
def person(hospital: Organisation, department: Organisation, lists: None) -> Practitioner:
    make_list("practice_ban_grounds", "Cấm", {"barred": "Bị cấm hành nghề"})
    person = make_registered("Quàng Thị Hạc", hospital)
    Practitioner.objects.filter(pk=person.pk).update(keeper=department)
    person.refresh_from_db()
    return person


def address(deed: str, person: Practitioner) -> str:
    return reverse(f"admin:practitioners_practitioner_{deed}", args=[person.pk])


def reader(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post(user: User, deed: str, person: Practitioner, said: dict[str, Any]) -> Any:
    return reader(user).post(address(deed, person), said)


def refusals(answer: Any) -> dict[str, list[str]]:
    errors = answer.context["form"].errors.as_data()
    return {name: [error.code for error in some] for name, some in errors.items()}


def home(user: User) -> str:
    return reader(user).get(reverse("admin:index")).content.decode()


def test_a_ban_one_official_proposes_holds_once_another_confirms_it(
    person: Practitioner, licensing_officer: User, second_officer: User
) -> None:
    said = {**BAN, "paper": SimpleUploadedFile("ban-an.pdf", PDF)}
    assert post(licensing_officer, "cam_hanh_nghe", person, said).status_code == 302
    proposal = BanProposal.objects.get()
    answered = {"proposal": str(proposal.pk)}
    alone = post(licensing_officer, "xac_nhan_cam", person, answered)
    assert refusals(alone) == {"__all__": ["ban_of_one"]}
    assert not PracticeBan.objects.exists()
    shown = reader(second_officer).get(address("xac_nhan_cam", person)).content.decode()
    assert licensing_officer.full_name in shown
    assert "12/2026/HS-ST" in shown
    paper = reverse("practitioners:ban-paper", args=[proposal.pk])
    assert paper in shown
    copy = reader(second_officer).get(paper)
    assert (copy.status_code, b"".join(copy.streaming_content)) == (200, PDF)
    assert post(second_officer, "xac_nhan_cam", person, answered).status_code == 302
    ban = PracticeBan.objects.get()
    assert (ban.proposed_by, ban.recorded_by) == (licensing_officer, second_officer)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.answered_by) == ("confirmed", second_officer)
    words = ProfileSource.objects.filter(row_id=ban.pk)
    assert {word.verified_by for word in words} == {second_officer}
    assert {word.paper for word in words} == {proposal.paper} != {None}
    again = post(second_officer, "xac_nhan_cam", person, answered)
    assert refusals(again) == {"__all__": ["ban_answered"]}
    assert "12/2026/HS-ST" in again.content.decode()
    assert reader(second_officer).get(address("xac_nhan_cam", person)).status_code == 403
    assert post(second_officer, "xac_nhan_cam", person, {}).status_code == 403
    anew = post(licensing_officer, "cam_hanh_nghe", person, BAN)
    assert refusals(anew) == {"decision_no": ["ban_recorded_already"]}
    assert PracticeBan.objects.count() == BanProposal.objects.count() == 1


def test_of_several_proposed_bans_the_one_that_was_opened_is_chosen_and_none_unasked(
    person: Practitioner, licensing_officer: User, second_officer: User
) -> None:
    post(licensing_officer, "cam_hanh_nghe", person, BAN)
    post(licensing_officer, "cam_hanh_nghe", person, {**BAN, "decision_no": "44/QĐ-SYT"})
    newer = BanProposal.objects.get(decision_no="44/QĐ-SYT")
    url = f"{address('xac_nhan_cam', person)}?de-xuat={newer.pk}"
    assert url in home(second_officer)
    assert f'value="{newer.pk}" selected' in reader(second_officer).get(url).content.decode()
    unasked = post(second_officer, "xac_nhan_cam", person, {"proposal": ""})
    assert refusals(unasked) == {"proposal": ["required"]}
    assert not PracticeBan.objects.exists()


def test_a_proposed_ban_waits_on_the_home_page_of_the_colleagues(
    person: Practitioner, licensing_officer: User, second_officer: User
) -> None:
    assert "Lệnh cấm chờ xác nhận" not in home(second_officer)
    post(licensing_officer, "cam_hanh_nghe", person, BAN)
    assert address("xac_nhan_cam", person) in home(second_officer)
    assert "Lệnh cấm chờ xác nhận" not in home(licensing_officer)
    row = reverse("admin:practitioners_practitioner_change", args=[person.pk])
    assert address("xac_nhan_cam", person) in reader(second_officer).get(row).content.decode()


def test_a_ban_that_holds_is_ended_on_a_day_by_two_officials(
    person: Practitioner, licensing_officer: User, second_officer: User
) -> None:
    row = reverse("admin:practitioners_practitioner_change", args=[person.pk])
    end, client = address("het_cam", person), reader(licensing_officer)
    assert end not in client.get(row).content.decode()
    assert client.get(end).status_code == 403
    decision = services.Decision(date(2026, 11, 1), "12/2026/HS-ST", date(2026, 10, 20))
    ban = bar(person, decision, services.Measure("barred"))
    assert end in client.get(row).content.decode()
    early = post(licensing_officer, "het_cam", person, ending(ban, "31/10/2026"))
    assert refusals(early) == {"__all__": ["period_reversed"]}
    said = ending(ban, "30/11/2100")
    assert post(licensing_officer, "het_cam", person, said).status_code == 302
    ban.refresh_from_db()
    assert ban.valid_until is None
    proposal = BanProposal.objects.get(ends=ban)
    answered = {"proposal": str(proposal.pk)}
    alone = post(licensing_officer, "xac_nhan_cam", person, answered)
    assert refusals(alone) == {"__all__": ["ban_of_one"]}
    ban.refresh_from_db()
    assert ban.valid_until is None
    assert address("xac_nhan_cam", person) in home(second_officer)
    shown = reader(second_officer).get(address("xac_nhan_cam", person)).content.decode()
    assert "30/11/2100" in shown
    assert post(second_officer, "xac_nhan_cam", person, answered).status_code == 302
    ban.refresh_from_db()
    assert ban.valid_until == date(2100, 11, 30)
    assert PracticeBan.objects.get() == ban


def test_the_end_of_a_ban_never_makes_it_longer(
    person: Practitioner, licensing_officer: User
) -> None:
    decision = services.Decision(date(2026, 11, 1), "12/2026/HS-ST", date(2026, 10, 20))
    ban = bar(person, decision, services.Measure("barred", valid_until=date(2100, 11, 30)))
    said = ending(ban, "01/12/2100")
    later = post(licensing_officer, "het_cam", person, said)
    assert refusals(later) == {"last_day": ["ban_grows_longer"]}
    assert "30/11/2100" in later.content.decode()
    assert not BanProposal.objects.filter(ends=ban).exists()
    said = ending(ban, "29/11/2100")
    assert post(licensing_officer, "het_cam", person, said).status_code == 302


def test_the_end_of_a_ban_that_is_not_confirmed_leaves_it_as_it_was(
    person: Practitioner, licensing_officer: User, second_officer: User
) -> None:
    decision = services.Decision(date(2026, 11, 1), "12/2026/HS-ST", date(2026, 10, 20))
    ban = bar(person, decision, services.Measure("barred"))
    said = ending(ban, "30/11/2100")
    post(licensing_officer, "het_cam", person, said)
    twice = post(second_officer, "het_cam", person, said)
    assert refusals(twice) == {"__all__": ["end_proposed_already"]}
    other = post(second_officer, "het_cam", person, {**said, "decision_no": "4/2026/QĐ-TA"})
    assert refusals(other) == {"__all__": ["end_proposed_already"]}
    proposal = BanProposal.objects.get(ends=ban)
    dropped = {"proposal": str(proposal.pk), "reason": "Bản án phúc thẩm giữ nguyên lệnh cấm"}
    assert post(second_officer, "khong_xac_nhan_cam", person, dropped).status_code == 302
    ban.refresh_from_db()
    proposal.refresh_from_db()
    assert (ban.valid_until, proposal.state) == (None, "dropped")


def test_a_proposed_ban_that_is_not_confirmed_bars_nobody(
    person: Practitioner, licensing_officer: User, second_officer: User
) -> None:
    post(licensing_officer, "cam_hanh_nghe", person, BAN)
    twice = post(licensing_officer, "cam_hanh_nghe", person, BAN)
    assert refusals(twice) == {"__all__": ["ban_proposed_already"]}
    proposal = BanProposal.objects.get()
    answered = {"proposal": str(proposal.pk)}
    silent = post(second_officer, "khong_xac_nhan_cam", person, {**answered, "reason": " "})
    assert refusals(silent) == {"reason": ["required"]}
    said = {**answered, "reason": "Bản án chưa có hiệu lực"}
    assert post(second_officer, "khong_xac_nhan_cam", person, said).status_code == 302
    proposal.refresh_from_db()
    assert (proposal.state, proposal.answered_by) == ("dropped", second_officer)
    with pytest.raises(ValidationError) as refused:
        services.confirm_ban(actor=second_officer, proposal_id=proposal.pk, at=AT)
    assert refused.value.code == "ban_answered"
    assert not PracticeBan.objects.exists()


def test_nobody_proposes_or_answers_a_ban_of_their_own(
    person: Practitioner, licensing_officer: User, second_officer: User
) -> None:
    person.accounts.create(user=second_officer, valid_from=date(2026, 1, 1))
    assert refusals(post(second_officer, "cam_hanh_nghe", person, BAN)) == {"__all__": ["ban_own"]}
    post(licensing_officer, "cam_hanh_nghe", person, BAN)
    answered = {"proposal": str(BanProposal.objects.get().pk), "reason": "x"}
    for name in ("xac_nhan_cam", "khong_xac_nhan_cam"):
        assert refusals(post(second_officer, name, person, answered)) == {"__all__": ["ban_own"]}
    assert BanProposal.objects.get().state == "open"
    assert not PracticeBan.objects.exists()


def test_the_database_lets_nobody_bar_a_person_alone(
    person: Practitioner, licensing_officer: User
) -> None:
    facts = {
        "practitioner": person,
        "ground_code": "barred",
        "decision_no": "7/QĐ",
        "decided_on": date(2026, 1, 1),
        "valid_from": date(2026, 1, 1),
    }
    alone = {"recorded_by": licensing_officer, "recorded_at": AT}
    for by in ({}, {"proposed_by": licensing_officer}):
        with pytest.raises(IntegrityError, match="of_two_people"), transaction.atomic():
            PracticeBan.objects.create(**facts, **alone, **by)
    confirmed = {"state": "confirmed", "answered_by": licensing_officer, "answered_at": AT}
    with pytest.raises(IntegrityError, match="by_another"), transaction.atomic():
        BanProposal.objects.create(
            **facts, **confirmed, proposed_by=licensing_officer, proposed_at=AT
        )
    assert not PracticeBan.objects.exists()


def barred(person: Practitioner, until: date | None = None) -> PracticeBan:
    decision = services.Decision(
        date(2026, 11, 1), "12/2026/HS-ST", date(2026, 10, 20), BAN["authority"]
    )
    return bar(person, decision, services.Measure("barred", valid_until=until))


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ({"decision_no": ""}, {"decision_no": ["required"]}),
        ({"decided_on": ""}, {"decided_on": ["required"]}),
        ({"authority": " "}, {"authority": ["required"]}),
        ({"ground": " "}, {"ground": ["required"]}),
        ({"decision_no": "12/2026/HS-ST"}, {"decision_no": ["end_by_the_ban_itself"]}),
        ({"decided_on": "19/10/2026"}, {"decided_on": ["decided_before_the_ban"]}),
        ({"decided_on": "19/10/2126"}, {"decided_on": ["decided_in_the_future"]}),
    ],
)
def test_a_ban_ends_by_a_decision_of_its_own_alone(
    person: Practitioner, licensing_officer: User, said: dict[str, str], refused: dict[str, Any]
) -> None:
    ban = barred(person)
    answer = post(licensing_officer, "het_cam", person, ending(ban, "30/11/2100", **said))
    assert refusals(answer) == refused
    assert not BanProposal.objects.filter(ends=ban).exists()


def test_the_database_lets_no_ban_end_without_a_decision_of_its_own(
    person: Practitioner, licensing_officer: User
) -> None:
    ban = barred(person)
    facts = {
        "practitioner": person,
        "ends": ban,
        "ground_code": "barred",
        "decision_no": "3/2026/QĐ-TA",
        "decided_on": date(2026, 11, 2),
        "valid_from": ban.valid_from,
        "valid_until": date(2026, 11, 30),
        "proposed_by": licensing_officer,
        "proposed_at": AT,
    }
    for lacking in ({"authority": "Tòa án"}, {"ground": "Rút ngắn"}):
        with pytest.raises(IntegrityError, match="end_decided"), transaction.atomic():
            BanProposal.objects.create(**facts, **lacking)
    assert not BanProposal.objects.filter(ends=ban).exists()


def test_a_ban_that_ended_tells_by_which_decision_and_each_day_what_was_known_then(
    person: Practitioner, licensing_officer: User, second_officer: User
) -> None:
    ban = barred(person, date(2026, 12, 31))
    said = {**ending(ban, "05/11/2026"), "paper": SimpleUploadedFile("giam-an.pdf", PDF)}
    assert post(licensing_officer, "het_cam", person, said).status_code == 302
    proposal = BanProposal.objects.get(ends=ban)
    shown = reader(second_officer).get(address("xac_nhan_cam", person)).content.decode()
    for word in (
        END["decision_no"],
        END["authority"],
        END["ground"],
        "02/11/2026",
        "12/2026/HS-ST",
    ):
        assert word in shown
    paper = reverse("practitioners:ban-paper", args=[proposal.pk])
    assert paper in shown
    answered = {"proposal": str(proposal.pk)}
    assert post(second_officer, "xac_nhan_cam", person, answered).status_code == 302
    ban.refresh_from_db()
    proposal.refresh_from_db()
    assert (ban.decision_no, ban.valid_until) == ("12/2026/HS-ST", date(2026, 11, 5))
    assert proposal.was_until == date(2026, 12, 31)
    word = ProfileSource.objects.get(
        row_id=ban.pk, field="practiceban.valid_until", paper__isnull=False
    )
    assert (word.verified_by, word.paper) == (second_officer, proposal.paper)
    page = reverse("practitioners:person", args=[person.pk])

    def strips(day: str) -> list[str]:
        answer = reader(second_officer).get(page, {"ngay": day})
        return [
            f"{one.until:%d/%m/%Y}|{one.ending or ''}" for one, _source in answer.context["bans"]
        ]

    assert strips("01/11/2026") == ["31/12/2026|"]
    assert strips("02/11/2026") == [f"05/11/2026|{proposal}"]
    assert strips("06/11/2026") == []
    told = reader(second_officer).get(page, {"ngay": "06/11/2026"}).content.decode()
    for word in (END["decision_no"], END["authority"], END["ground"]):
        assert word in told
    before = reader(second_officer).get(page, {"ngay": "01/11/2026"}).content.decode()
    assert END["decision_no"] not in before


def test_a_ban_ended_twice_tells_each_day_the_last_day_decided_by_then(
    person: Practitioner, licensing_officer: User, second_officer: User
) -> None:
    ban = barred(person)
    for number, decided_on, last_day in (
        ("3/2026/QĐ-TA", "02/11/2026", "20/12/2026"),
        ("9/2026/QĐ-TA", "04/11/2026", "10/11/2026"),
    ):
        said = ending(ban, last_day, decision_no=number, decided_on=decided_on)
        assert post(licensing_officer, "het_cam", person, said).status_code == 302
        proposal = BanProposal.objects.get(decision_no=number)
        answered = {"proposal": str(proposal.pk)}
        assert post(second_officer, "xac_nhan_cam", person, answered).status_code == 302
    page = reverse("practitioners:person", args=[person.pk])
    client = reader(second_officer)
    told = [
        client.get(page, {"ngay": f"0{day}/11/2026"}).context["bans"][0][0].until
        for day in (1, 2, 3, 4)
    ]
    assert told == [None, date(2026, 12, 20), date(2026, 12, 20), date(2026, 11, 10)]
