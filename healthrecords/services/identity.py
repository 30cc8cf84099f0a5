"""Is the citizen who the papers say? Asked of the population database, differences settled by people.

Nothing here ever stands between a person and care: an answer changes marks, never who may be treated.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Citizen, FieldSource, IdentityCheck
from healthrecords.services.addresses import keep_residence
from healthrecords.services.births import check_birth
from healthrecords.services.deaths import tell_of_death
from healthrecords.services.entries import NumberEntry
from healthrecords.services.number_cases import open_cases
from healthrecords.services.numbers import (
    Ending,
    claim_numbers,
    end_number,
    verify_number,
)
from healthrecords.services.row_sources import card_differences, take_for_card
from healthrecords.services.sources import (
    Source,
    Spoken,
    area_code_of,
    held_number,
    note_words,
    said_since,
    values_of,
)
from healthrecords.services.standing import standing
from portal.dates import PartialDate
from portal.names import display_name, name_norm, sort_key
from portal.places.models import Area, Organisation
from portal.verification import services as verification
from portal.verification.models import Inquiry

PURPOSE = "citizen"
PLAIN = frozenset({"sex", "phone", "ethnic_group", "occupation", "nationality"})
TAKEN_FROM_FILES = PLAIN | {"name", "birth", "address", "blood_group", "death"}
ANSWERS = frozenset({Inquiry.Result.MATCH, Inquiry.Result.MISMATCH, Inquiry.Result.NOT_FOUND})
ASKED = ("name", "birth", "sex", "personal_number")


@transaction.atomic
def ask_about(
    *, actor: Any, citizen: Citizen, place: Organisation | None, at: datetime
) -> IdentityCheck | None:
    """Have a citizen's number and person compared; None where there is no register or no number."""
    number = held_number(citizen)
    if not number or not verification.is_set_up():
        return None
    waiting = citizen.identity_checks.filter(inquiry__state__in=["waiting", "pending"])
    said = question_about(citizen, number)
    for check in waiting.select_related("inquiry"):
        if all(getattr(check.inquiry, name) == value for name, value in said.items()):
            return check
    inquiry = verification.inquire(
        actor=actor,
        purpose=PURPOSE,
        subject_id=citizen.pk,
        question=said,
        organisation=place,
        at=at,
    )
    return IdentityCheck.objects.create(citizen=citizen, inquiry=inquiry)


def question_about(citizen: Citizen, number: str) -> dict[str, str]:
    """Return what the register is asked to compare."""
    return {
        "personal_number": number,
        "name": citizen.name,
        "birth": citizen.birth.iso(),
        "sex": citizen.sex if citizen.sex != Citizen.Sex.UNKNOWN else "",
    }


def take_answer(inquiry: Inquiry, at: datetime) -> None:
    """Keep what the register said with the record that speaks for the person the inquiry was about."""
    check = IdentityCheck.objects.select_related("citizen").filter(inquiry=inquiry).first()
    if check is None or inquiry.result not in ANSWERS:
        return
    citizen = _hold_person_of(check)
    if _is_outdated(citizen, inquiry):
        return
    if inquiry.result == Inquiry.Result.NOT_FOUND:
        _doubt(citizen, inquiry, at)
        return
    held = {row["field"]: row["held"] for row in inquiry.differences}
    asked = {name: getattr(inquiry, name) for name in ASKED}
    spoken = Spoken(
        Source.REGISTER, at, inquiry.asked_by, inquiry.organisation, inquiry_id=inquiry.pk
    )
    words = {name: held.get(name, value) for name, value in asked.items() if value}
    if held.get("death"):
        words["death"] = held["death"]
    note_words(citizen, words, spoken)
    # What was asked may have been mended since: the register agreed with what is no more.
    if not count_open(citizen) and not held:
        _verify(citizen, inquiry, at)


def _hold_person_of(check: IdentityCheck) -> Citizen:
    """Lock the record that speaks where a check stands: both may be joined or parted while one waits."""
    held = standing(check.citizen)
    check.refresh_from_db(fields=["citizen"])
    while (now := standing(check.citizen)) != held:
        held = now
        check.refresh_from_db(fields=["citizen"])
    return held


def _is_outdated(citizen: Citizen, inquiry: Inquiry) -> bool:
    """Say whether a later question about the same person was answered before this one."""
    answered = IdentityCheck.objects.filter(inquiry__state="answered", citizen=citizen)
    return answered.filter(inquiry__asked_at__gt=inquiry.asked_at).exists()


def _verify(citizen: Citizen, inquiry: Inquiry, at: datetime) -> None:
    number = citizen.identifiers.filter(
        kind="personal", value=inquiry.personal_number, ended_on=None
    ).first()
    if number is not None:
        verify_number(number, at=at, by=inquiry.asked_by)


def _doubt(citizen: Citizen, inquiry: Inquiry, at: datetime) -> None:
    """Take back that a number is verified: the register, which knew it once, knows it no more.

    When it was verified stays with the number; it is kept, and nobody is refused because of it.
    """
    asked = inquiry.personal_number
    numbers = citizen.identifiers.filter(kind="personal", value=asked, ended_on=None)
    numbers.filter(is_verified=True).update(is_verified=False)
    words = citizen.sources.filter(source=Source.REGISTER, field="personal_number", value=asked)
    words.filter(set_aside_at=None).update(
        set_aside_at=at, set_aside_because=gettext("not found in the population database any more")
    )


def latest_words(citizen: Citizen) -> dict[str, FieldSource]:
    """Return the register's latest word on each field."""
    rows = citizen.sources.filter(source=Source.REGISTER, row_id=None).select_related("inquiry")
    return {row.field: row for row in rows.order_by("said_at", "id")}


def agrees(field: str, ours: str, theirs: str) -> bool:
    """Say whether two values of a field are the same; names are compared without marks."""
    return name_norm(ours) == name_norm(theirs) if field == "name" else ours == theirs


def open_differences(citizen: Citizen) -> list[tuple[FieldSource, str]]:
    """Return the register's words that differ and wait for a person, with our own values."""
    ours = values_of(citizen, held_number(citizen))
    return [
        (word, ours[word.field])
        for word in latest_words(citizen).values()
        if word.set_aside_at is None and not agrees(word.field, ours[word.field], word.value)
    ]


def file_differences(citizen: Citizen) -> list[tuple[FieldSource, str]]:
    """Return what files say otherwise and nobody settled, with our own values."""
    ours = values_of(citizen, held_number(citizen))
    words: dict[str, list[FieldSource]] = {}
    rows = list(citizen.sources.select_related("organisation").order_by("said_at", "id"))
    for row in rows:
        if row.row_id is None:
            words.setdefault(row.field, []).append(row)
    of_cards = card_differences(citizen, (row for row in rows if row.row_id is not None))
    return of_cards + [
        (word, ours[field])
        for field, said in words.items()
        if field in TAKEN_FROM_FILES
        for word in said_since(field, ours[field], said)
    ]


def count_open(citizen: Citizen) -> int:
    """Note on the latest check how many differences wait; earlier checks wait no more."""
    left = len(open_differences(citizen))
    latest = citizen.identity_checks.filter(inquiry__state="answered").order_by("-id").first()
    for check in citizen.identity_checks.exclude(open_count=0):
        if latest is None or check.pk != latest.pk:
            check.open_count = 0
            check.save(update_fields=["open_count"])
    if latest is not None and latest.open_count != left:
        latest.open_count = left
        latest.save(update_fields=["open_count"])
    return left


@transaction.atomic
def settle_difference(
    *, actor: Any, word: FieldSource, takes_theirs: bool, reason: str = "", at: datetime
) -> Citizen:
    """Take the register's word for a field, or keep our own for a reason; a person decides."""
    from healthrecords.services.citizens import require_mendable

    require_mendable(actor, word.citizen)
    citizen = Citizen.objects.select_for_update().get(pk=word.citizen_id)
    word = FieldSource.objects.select_for_update().get(pk=word.pk)
    is_of_file = word.source == Source.FILE
    waiting = file_differences(citizen) if is_of_file else open_differences(citizen)
    if word.pk not in {open_word.pk for open_word, _ours in waiting}:
        raise ValidationError(
            _("This difference was settled before; the page shows how it stands."),
            code="difference_settled",
        )
    if takes_theirs:
        if word.row_id is None:
            _take(citizen, word, actor=actor, at=at)
        else:
            take_for_card(word, at=at)
        word.confirmed_at, word.confirmed_by = at, actor
        word.save(update_fields=["confirmed_at", "confirmed_by"])
        if word.field == "death":
            tell_of_death(citizen.pk)
    else:
        word.set_aside_at, word.set_aside_by = at, actor
        word.set_aside_because = " ".join(reason.split())[:500]
        word.full_clean()
        word.save(update_fields=["set_aside_at", "set_aside_by", "set_aside_because"])
    if not count_open(citizen) and not is_of_file:
        _verify_settled(citizen, word, at=at, by=actor)
    if is_of_file and takes_theirs and word.field in ASKED:
        ask_about(actor=actor, citizen=citizen, place=actor.place_of_work, at=at)
    return citizen


def _verify_settled(citizen: Citizen, word: FieldSource, *, at: datetime, by: Any) -> None:
    """The number is verified once every difference of its inquiry was taken over by a person."""
    set_aside = FieldSource.objects.filter(inquiry=word.inquiry_id).exclude(set_aside_at=None)
    if word.inquiry is None or set_aside.exists():
        return
    value = held_number(citizen)
    number = citizen.identifiers.filter(kind="personal", value=value, ended_on=None).first()
    if number is not None:
        verify_number(number, at=at, by=by)


def _take(citizen: Citizen, word: FieldSource, *, actor: Any, at: datetime) -> None:
    if word.field == "personal_number":
        _take_number(citizen, word, actor=actor, at=at)
        return
    if word.field == "name":
        citizen.name = display_name(word.value)
        citizen.name_sort = sort_key(citizen.name)
    elif word.field == "birth":
        birth = PartialDate.parse(word.value)
        check_birth(citizen, birth)
        citizen.birth = birth
        citizen.birth_is_estimated = False
        if citizen.birth_precision != Citizen.Precision.DAY:
            citizen.birth_time = None
    elif word.field in PLAIN:
        setattr(citizen, word.field, word.value)
    elif word.field == "blood_group":
        citizen.blood_group, _space, citizen.rhesus = word.value.partition(" ")
    elif word.field == "address":
        _take_address(citizen, word, at=at)
    else:
        _take_death(citizen, word, at=at)
    citizen.full_clean(exclude=["name_norm", "client_key"])
    citizen.save()


def _take_death(citizen: Citizen, word: FieldSource, *, at: datetime) -> None:
    """The person died on the day that the register, or a facility's file, says.

    Whoever says it, what was done with the person later contradicts the day.
    """
    from healthrecords.services.deaths import check_day

    citizen.died_on = PartialDate.parse(word.value).as_date()
    if citizen.died_on is not None:
        check_day(citizen, citizen.died_on, at=at)
    of_file = word.source == Source.FILE
    said_by = Citizen.DeathSource.FACILITY if of_file else Citizen.DeathSource.REGISTER
    citizen.death_source = said_by


def _take_address(citizen: Citizen, word: FieldSource, *, at: datetime) -> None:
    """Let the person live where a file says; where they lived before stays among their addresses."""
    from healthrecords.services.citizens import home_station_of

    lived, on = (citizen.address, citizen.area), timezone.localdate(at)
    code = area_code_of(word.value)
    area = Area.objects.filter(code=code).select_related("parent").first() if code else None
    citizen.address = word.value.removeprefix(code).strip() if area else word.value
    if area is not None:
        citizen.area, citizen.home_station = area, home_station_of(area, on)
    keep_residence(citizen, before=lived, on=on, origin=Citizen.Origin.FILE)


def _take_number(citizen: Citizen, word: FieldSource, *, actor: Any, at: datetime) -> None:
    """The person goes by the register's number alone: what they went by so far ends by it.

    The number that was asked about was cancelled there, one typed meanwhile was a slip. One that the
    register verified was the person's own: it still finds them.
    """
    asked = word.inquiry.personal_number if word.inquiry else ""
    spoken = Spoken(
        Source.REGISTER, word.said_at, word.said_by, word.organisation,
        inquiry_id=word.inquiry_id, confirmed_at=at, confirmed_by=actor,
    )  # fmt: skip
    so_far = citizen.identifiers.filter(kind="personal", ended_on=None).exclude(value=word.value)
    claim_numbers(citizen, [NumberEntry("personal", word.value)], spoken=spoken)
    open_cases(citizen.identifiers.get(kind="personal", value=word.value, ended_on=None), at=at)
    for number in so_far:
        note = gettext("the population database says %(number)s") % {"number": word.value}
        ending = Ending.REPLACED if number.is_verified else Ending.CORRECTED
        if number.value == asked:
            ending, note = (
                Ending.CANCELLED,
                gettext("cancelled in the national population database"),
            )
        end_number(
            actor=actor,
            identifier=number,
            ending=ending,
            note=note,
            successor=word.value,
            at=at,
            spoken=spoken,
        )
