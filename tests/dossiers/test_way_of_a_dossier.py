"""A dossier goes the ways the law knows; every step is written down, every other is refused."""

from datetime import date, timedelta
from itertools import product

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.accounts.roles import Role
from portal.codelists.models import Holiday
from portal.database.keys import uuid7
from portal.dossiers import services
from portal.dossiers.clock import Clock
from portal.dossiers.models import Decision, Dossier, DossierStep
from portal.dossiers.services import Asked, ticking
from portal.dossiers.states import WAYS, Deed, State, allows
from portal.dossiers.terms import calendar_of
from tests.conftest import make_user
from tests.dossiers.conftest import NOON, PDF, at, course

TODAY = NOON.date()
DAY = timedelta(days=1)


def supplement(dossier, officer, day, code="diploma"):
    asked = [Asked(code=code, why="Bản chụp mờ, không đọc được số hiệu.")]
    return services.ask_supplement(actor=officer, dossier=dossier, asked=asked, at=at(day))


def answered(dossier, day, code="diploma"):
    key = uuid7()
    services.keep_file(
        client_key=key, document_code=code, content=PDF + key.bytes, name="bo-sung.pdf", at=at(day)
    )
    return services.answer(dossier=dossier, text="", client_key=key, at=at(day))


def test_the_clock_starts_with_the_papers_not_with_the_look(file, officer):
    """Looked at nine days after the filing, a complete dossier is due as if seen at once."""
    dossier = services.accept(actor=officer, dossier=file(), at=at(TODAY + 9 * DAY))
    assert dossier.complete_on == TODAY
    assert dossier.due_on == TODAY + 30 * DAY
    assert dossier.assigned_to == officer


def test_a_supplement_stops_the_clock_and_its_answer_goes_on_with_what_was_left(file, officer):
    dossier = services.accept(actor=officer, dossier=file(), at=at(TODAY))
    dossier = services.appraise(actor=officer, dossier=dossier, at=at(TODAY + DAY))
    dossier = supplement(dossier, officer, TODAY + 10 * DAY)
    assert (dossier.state, dossier.clock, dossier.due_on) == ("supplement", "stopped", None)
    assert ticking.days_left(dossier, TODAY + 60 * DAY) == 20
    dossier = answered(dossier, TODAY + 40 * DAY)
    assert (dossier.state, dossier.clock) == ("appraisal", "running")
    assert dossier.due_on == TODAY + 60 * DAY
    ask, answer = dossier.steps.filter(deed__in=["ask", "answer"]).order_by("at")
    assert (ask.due_before, ask.due_after, ask.left_after) == (TODAY + 30 * DAY, None, 20)
    assert (answer.due_before, answer.due_after) == (None, TODAY + 60 * DAY)
    assert "Bản chụp mờ" in ask.note


def test_what_is_asked_before_the_clock_began_does_not_use_it_up(file, officer):
    dossier = supplement(file(), officer, TODAY + 3 * DAY)
    assert dossier.due_on is None
    dossier = answered(dossier, TODAY + 20 * DAY)
    assert (dossier.state, dossier.clock) == ("received", "waiting")
    dossier = services.accept(actor=officer, dossier=dossier, at=at(TODAY + 25 * DAY))
    assert dossier.complete_on == TODAY + 20 * DAY
    assert dossier.due_on == TODAY + 50 * DAY


def test_what_was_asked_for_must_come_before_a_dossier_is_complete(file, officer):
    dossier = supplement(file(), officer, TODAY)
    key = uuid7()
    dossier = services.answer(
        dossier=dossier, text="Bản gốc đang ở trường.", client_key=key, at=at(TODAY + DAY)
    )
    with pytest.raises(ValidationError) as refused:
        services.accept(actor=officer, dossier=dossier, at=at(TODAY + 2 * DAY))
    assert refused.value.code == "documents_missing"
    dossier.refresh_from_db()
    assert dossier.state == "received"
    services.waive(
        actor=officer, dossier=dossier, code="diploma", because="Đã xem bản gốc", at=at(TODAY)
    )
    assert services.accept(actor=officer, dossier=dossier, at=at(TODAY + 3 * DAY)).complete_on


def test_a_supplement_says_what_and_why(file, officer):
    dossier = file()
    for asked in ([], [Asked(code="diploma", why="  ")]):
        with pytest.raises(ValidationError) as refused, transaction.atomic():
            services.ask_supplement(actor=officer, dossier=dossier, asked=asked, at=at(TODAY))
        found = {error.code for error in refused.value.error_dict["__all__"]} if asked else set()
        assert found == {"reason_missing"} or refused.value.code == "nothing_asked"
    dossier.refresh_from_db()
    assert dossier.state == "received"
    assert course(dossier) == ["receive"]


def test_of_what_the_authority_opened_itself_no_applicant_is_asked(
    filing, officer, register, client
):
    said = filing(procedure="practice_license.revoke", case="own_request", on=TODAY)
    opened = services.open_by_authority(
        actor=officer, filing=said, client_key=uuid7(), at=at(TODAY)
    ).dossier
    asked = [Asked(title="Bản tường trình", why="Chưa có.")]
    with pytest.raises(ValidationError) as refused:
        services.ask_supplement(actor=officer, dossier=opened, asked=asked, at=at(TODAY))
    assert refused.value.code == "nobody_to_ask"
    opened.refresh_from_db()
    assert (opened.state, opened.clock, course(opened)) == (
        "appraisal",
        "running",
        ["open", "appraise"],
    )
    client.force_login(officer)
    page = client.get(reverse("dossiers:dossier", args=[opened.pk])).content.decode()
    assert reverse("dossiers:deed", args=[opened.pk, "trinh-ky"]) in page
    assert reverse("dossiers:deed", args=[opened.pk, "bo-sung"]) not in page


def test_a_document_outside_the_list_can_be_asked_for(file, officer):
    asked = [Asked(title="Giấy xác nhận đổi tên", why="Tên trên bằng khác tên trên căn cước.")]
    dossier = services.ask_supplement(actor=officer, dossier=file(), asked=asked, at=at(TODAY))
    item = dossier.supplements.get().items.get()
    assert item.document.title == "Giấy xác nhận đổi tên"
    assert item.document.state == "required"
    dossier = answered(dossier, TODAY + DAY, code=item.document.code)
    assert dossier.documents.get(pk=item.document.pk).state == "provided"


def test_an_answer_with_nothing_in_it_is_refused(file, officer):
    dossier = supplement(file(), officer, TODAY)
    with pytest.raises(ValidationError) as refused:
        services.answer(dossier=dossier, text=" ", client_key=uuid7(), at=at(TODAY + DAY))
    assert refused.value.code == "answer_empty"
    dossier.refresh_from_db()
    assert dossier.state == "supplement"


def test_an_authority_may_go_on_without_the_supplement(file, officer):
    dossier = services.accept(actor=officer, dossier=file(), at=at(TODAY))
    dossier = supplement(dossier, officer, TODAY + 10 * DAY)
    dossier = services.go_on(
        actor=officer, dossier=dossier, reason="Quá hạn bổ sung.", at=at(TODAY + 50 * DAY)
    )
    assert dossier.due_on == TODAY + 70 * DAY
    assert dossier.supplements.get().gone_on_at is not None


def test_foreign_papers_are_verified_and_the_term_begins_anew(file, officer):
    """30 days from the result of the verification (Law 15/2023/QH15, article 30)."""
    papers = ("application", "foreign_diploma", "health", "practice", "cv", "photo")
    dossier = services.accept(
        actor=officer, dossier=file(case="foreign", papers=papers), at=at(TODAY)
    )
    dossier = services.appraise(actor=officer, dossier=dossier, at=at(TODAY))
    dossier = services.send_for_verification(
        actor=officer, dossier=dossier, note="Gửi Cục quản lý khám chữa bệnh.", at=at(TODAY + DAY)
    )
    assert dossier.due_on is None
    dossier = services.verification_came(
        actor=officer, dossier=dossier, note="Đã xác minh.", at=at(TODAY + 80 * DAY)
    )
    assert dossier.due_on == TODAY + 110 * DAY


def test_a_day_the_matter_gives_is_moved_by_no_stop(file, officer, register):
    """A renewal is decided before the licence expires, whoever waits for whom (article 32)."""
    register.last_day = date(2027, 3, 9)
    papers = ("application", "license", "health", "training")
    dossier = file(procedure="practice_license.renew", case="in_time", papers=papers)
    dossier = services.accept(actor=officer, dossier=dossier, at=at(TODAY))
    dossier = supplement(dossier, officer, TODAY + DAY, code="training")
    assert dossier.due_on == date(2027, 3, 9)
    assert answered(dossier, TODAY + 9 * DAY, code="training").due_on == date(2027, 3, 9)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(pauses=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 20)), max_size=4))
def test_the_steps_alone_tell_the_clock(pauses, file, officer):
    """What the row keeps is what counting anew from its steps gives."""
    with transaction.atomic():
        dossier = services.accept(actor=officer, dossier=file(), at=at(TODAY))
        day = TODAY
        for runs, waits in pauses:
            day += runs * DAY
            dossier = supplement(dossier, officer, day)
            day += waits * DAY
            dossier = answered(dossier, day)
            if dossier.state == "appraisal":
                continue
        calendar = calendar_of(ticking.term_of(dossier), TODAY, day)
        clock = Clock.start(ticking.term_of(dossier), TODAY)
        for step in dossier.steps.filter(deed__in=["ask", "answer"]).order_by("at", "id"):
            clock = clock.stop(step.on, calendar) if step.deed == "ask" else clock.resume(step.on)
        assert dossier.due_on == clock.due(calendar)
        transaction.set_rollback(True)


def do(deed, dossier, officer):
    """Try one deed as the officer, with whatever it needs."""
    moment = at(TODAY + DAY)
    common = {"actor": officer, "dossier": dossier, "at": moment}
    why = "Có lý do."
    ways = {
        Deed.ACCEPT: lambda: services.accept(**common),
        Deed.APPRAISE: lambda: services.appraise(**common),
        Deed.ASK: lambda: supplement(dossier, officer, TODAY + DAY),
        Deed.ANSWER: lambda: answered(dossier, TODAY + DAY),
        Deed.GO_ON: lambda: services.go_on(reason=why, **common),
        Deed.VERIFY: lambda: services.send_for_verification(note=why, **common),
        Deed.VERIFIED: lambda: services.verification_came(note=why, **common),
        Deed.PROPOSE: lambda: services.propose(proposal="grant", **common),
        Deed.SEND_BACK: lambda: services.send_back(reason=why, **common),
        Deed.GRANT: lambda: services.decide(**common),
        Deed.WITHDRAW: lambda: services.withdraw(dossier=dossier, reason=why, at=moment),
        Deed.NOTE: lambda: services.note_down(note=why, **common),
        Deed.TAKE: lambda: services.hand_to(official=officer, **common),
    }
    return ways[deed]()


TO_APPRAISAL = (Deed.ACCEPT, Deed.APPRAISE)
ROADS = {
    State.RECEIVED: (),
    State.WITHDRAWN: (Deed.WITHDRAW,),
    State.SUPPLEMENT: (Deed.ASK,),
    State.COMPLETE: (Deed.ACCEPT,),
    State.APPRAISAL: TO_APPRAISAL,
    State.VERIFICATION: (*TO_APPRAISAL, Deed.VERIFY),
    State.SIGNATURE: (*TO_APPRAISAL, Deed.PROPOSE),
    State.GRANTED: (*TO_APPRAISAL, Deed.PROPOSE, Deed.GRANT),
    State.REFUSED: TO_APPRAISAL,
}


def led_to(state, file, officer):
    """Return a dossier in a state, by the way the law knows."""
    dossier = file()
    for deed in ROADS[state]:
        do(deed, dossier, officer)
    if state == State.REFUSED:
        services.propose(
            actor=officer, dossier=dossier, proposal="refuse", reason="Sai.", at=at(TODAY)
        )
        do(Deed.GRANT, dossier, officer)
    return Dossier.objects.get(pk=dossier.pk)


DEEDS = [deed for deed in Deed if deed not in {Deed.RECEIVE, Deed.OPEN, Deed.RECOUNT, Deed.REFUSE}]
ILLEGAL = [(s, d) for s, d in product(State, DEEDS) if not allows(s, d)]


@pytest.mark.parametrize("state", list(State))
def test_what_a_state_does_not_allow_is_refused_and_changes_nothing(state, file, officer):
    dossier = led_to(state, file, officer)
    before = Dossier.objects.filter(pk=dossier.pk).values().get()
    steps, decisions = DossierStep.objects.count(), Decision.objects.count()
    for deed in (deed for illegal, deed in ILLEGAL if illegal == state):
        with pytest.raises(ValidationError) as refused, transaction.atomic():
            do(deed, dossier, officer)
        assert refused.value.code == "deed_not_now", deed
        assert Dossier.objects.filter(pk=dossier.pk).values().get() == before, deed
        assert DossierStep.objects.count() == steps, deed
        assert Decision.objects.count() == decisions, deed


@pytest.mark.parametrize(("state", "deed"), [(s, d) for s in State for d in WAYS[s] if d in DEEDS])
def test_what_a_state_allows_is_done_and_leads_where_it_is_written(state, deed, file, officer):
    dossier = led_to(state, file, officer)
    do(deed, dossier, officer)
    after = Dossier.objects.get(pk=dossier.pk)
    wanted = WAYS[state][deed] or state
    if deed == Deed.ANSWER:
        wanted = State.RECEIVED  # asked before the clock began: back to the check
    assert after.state == wanted
    assert after.steps.latest("at", "id").deed == deed


def test_an_ended_dossier_is_closed_for_good(file, officer):
    for state in (State.GRANTED, State.REFUSED, State.WITHDRAWN):
        assert WAYS[state] == {}


def test_somebody_from_elsewhere_can_do_nothing(file, officer, clerk, data_officer, ministry):
    far = make_user("xa", "Người Xa", Role.STATISTICIAN, ministry)
    dossier = file()
    for person in (clerk, data_officer, far):
        with pytest.raises(PermissionDenied):
            services.accept(actor=person, dossier=dossier, at=at(TODAY))
    dossier.refresh_from_db()
    assert dossier.state == "received"
    assert course(dossier) == ["receive"]


def test_a_dossier_is_handed_only_to_somebody_who_deals_with_it(file, officer, clerk, director):
    dossier = file()
    with pytest.raises(ValidationError) as refused:
        services.hand_to(actor=officer, dossier=dossier, official=clerk, at=at(TODAY))
    assert refused.value.code == "official_elsewhere"
    assert (
        services.hand_to(
            actor=officer, dossier=dossier, official=director, at=at(TODAY)
        ).assigned_to
        == director
    )


def test_a_step_cannot_be_changed_or_removed(file, django_db_blocker):
    step = file().steps.get()
    step.note = "khác"
    with pytest.raises(DatabaseError), transaction.atomic():
        step.save()
    with pytest.raises(DatabaseError), transaction.atomic():
        step.delete()
    assert DossierStep.objects.get().note == ""


def test_a_new_holiday_moves_the_last_day_of_a_term_in_working_days(file, officer):
    dossier = services.accept(actor=officer, dossier=file(), at=at(TODAY))
    Dossier.objects.filter(pk=dossier.pk).update(
        term_unit="working_days", term_count=5, clock_left=5, due_on=date(2026, 11, 12)
    )
    assert not services.recount(dossier=dossier, at=at(TODAY))
    Holiday.objects.create(day=date(2026, 11, 10), name="Nghỉ theo công bố")
    assert services.recount(dossier=dossier, at=at(TODAY))
    dossier.refresh_from_db()
    assert dossier.due_on == date(2026, 11, 13)
    step = dossier.steps.latest("at", "id")
    assert (step.deed, step.due_before, step.due_after) == (
        "recount",
        date(2026, 11, 12),
        date(2026, 11, 13),
    )
