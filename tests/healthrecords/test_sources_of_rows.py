"""Each card, address, number, relative and household of a person remembers who said it and who confirmed it."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from healthrecords.models import Citizen, Coverage, FieldSource, RelatedPerson, Visit
from healthrecords.services import NumberEntry, households, numbers, row_sources
from healthrecords.services.addresses import keep_address
from healthrecords.services.coverage import keep_coverage
from healthrecords.services.entries import AddressEntry, CoverageEntry, RelativeEntry
from healthrecords.services.households import add_relative
from healthrecords.services.sources import Source, Spoken
from portal.accounts.models import User
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT
from tests.healthrecords.merging import LATER, changes, everything, four_records, join, mended, part
from tests.healthrecords.pages import logged_in, text_of

pytestmark = pytest.mark.usefixtures("lists", "station")
CARD = "GD4110116200413"


def words_of(row: Any) -> dict[str, FieldSource]:
    """Return the latest word on each field of a row."""
    words = FieldSource.objects.filter(row_id=row.pk).order_by("said_at", "id")
    return {word.field: word for word in words}


def entered(clerk: User, citizen: Citizen, area: Area, **changed: Any) -> Citizen:
    said: dict[str, Any] = {
        "permanent": AddressEntry("permanent", "Bản Cũ", area),
        "coverage": CoverageEntry(
            CARD,
            registered_code="11001",
            valid_from=date(2026, 1, 1),
            valid_until=date(2026, 12, 31),
        ),
        "relative": RelativeEntry("mother", "Lò Thị Mai", phone="0912000417", represents=True),
    }
    return mended(clerk, citizen, area, **{**said, **changed})


def test_what_is_typed_around_a_person_is_the_word_of_who_typed_it(
    clerk: User, station: Organisation, citizen: Citizen, communes: list[Area]
) -> None:
    entered(clerk, citizen, communes[0])
    rows = [
        citizen.addresses.get(kind="permanent"),
        citizen.coverages.get(),
        citizen.relatives.get(),
        citizen.identifiers.get(kind="personal"),
    ]
    for row in rows:
        said = {name: value for name, value in row_sources.values_of_row(row).items() if value}
        words = words_of(row)
        assert {name: word.value for name, word in words.items()} == said
        assert {(word.source, word.said_by, word.organisation) for word in words.values()} == {
            ("typed", clerk, station)
        }


def test_a_mended_phone_of_a_relative_leaves_the_other_words_as_they_were(
    clerk: User, clinician: User, citizen: Citizen
) -> None:
    said = {"relation": "mother", "name": "Lò Thị Mai", "represents": True}
    entry = RelativeEntry(**said, phone="0912000417")
    row = add_relative(actor=clerk, citizen=citizen, entry=entry, at=AT)
    entry = RelativeEntry(**said, phone="0912000418")
    add_relative(actor=clinician, citizen=citizen, entry=entry, at=LATER)
    words = words_of(row)
    assert (words["relative_phone"].value, words["relative_phone"].said_by) == (
        "0912000418",
        clinician,
    )
    assert {words[name].said_by for name in ("relative", "speaks_for")} == {clerk}
    assert FieldSource.objects.filter(row_id=row.pk).count() == 4


def test_the_same_typed_again_says_nothing_new(
    clerk: User, citizen: Citizen, communes: list[Area]
) -> None:
    entered(clerk, citizen, communes[0])
    before = list(FieldSource.objects.order_by("id").values())
    entered(clerk, citizen, communes[0])
    assert list(FieldSource.objects.order_by("id").values()) == before


def test_a_scanned_card_and_a_scanned_number_are_words_of_the_card(
    clerk: User, citizen: Citizen, communes: list[Area]
) -> None:
    card = CoverageEntry(CARD, valid_from=date(2026, 1, 1), origin="card")
    scanned = NumberEntry("old_card", "040123456", "card")
    kept = NumberEntry("personal", "011162004137")
    entered(clerk, citizen, communes[0], coverage=card, numbers=[kept, scanned])
    assert words_of(citizen.coverages.get())["card_number"].source == "card"
    assert words_of(citizen.identifiers.get(kind="old_card"))["identifier"].source == "card"
    assert words_of(citizen.identifiers.get(kind="personal"))["identifier"].source == "typed"


def test_households_and_added_numbers_are_words_too(
    clerk: User, station: Organisation, citizen: Citizen
) -> None:
    member = households.begin_household(actor=clerk, head=citizen, at=AT)
    number = numbers.add_number(
        actor=clerk, citizen=citizen, kind="birth_paper", value="GCS 0042", issued_on=None, at=AT
    )
    for row, field in ((member, "household"), (number, "identifier")):
        word = words_of(row)[field]
        assert (word.said_by, word.organisation, word.source) == (clerk, station, "typed")


def test_a_word_of_a_row_needs_its_row_and_a_field_of_the_person_has_none(
    citizen: Citizen,
) -> None:
    for field, row in (("relative", None), ("phone", citizen.pk)):
        with pytest.raises(IntegrityError, match="fieldsource_field_known"), transaction.atomic():
            FieldSource.objects.create(
                citizen=citizen, field=field, row_id=row, source="typed", said_at=AT, value="x"
            )


def test_a_named_person_confirms_every_value_of_a_row_at_once(
    clerk: User, clinician: User, citizen: Citizen, communes: list[Area]
) -> None:
    entered(clerk, citizen, communes[0])
    card = citizen.coverages.get()
    row_sources.confirm_row(actor=clinician, row=card, at=LATER)
    words = words_of(card)
    assert set(words) == {"card_number", "card_place", "card_until"}
    assert {(word.confirmed_by, word.confirmed_at, word.said_by) for word in words.values()} == {
        (clinician, LATER, clerk)
    }


def test_what_came_without_a_word_is_confirmed_as_what_it_is(clerk: User, citizen: Citizen) -> None:
    """A row of before, or of a file that spoke of nobody known: its origin stays its source."""
    row = Coverage.objects.create(
        citizen=citizen, number=CARD, registered_code="11001", origin="file"
    )
    row_sources.confirm_row(actor=clerk, row=row, at=LATER)
    assert {(word.source, word.confirmed_by) for word in words_of(row).values()} == {
        ("file", clerk)
    }


def test_a_later_change_is_not_confirmed_with_what_stood_before(
    clerk: User, clinician: User, citizen: Citizen
) -> None:
    entry = RelativeEntry("mother", "Lò Thị Mai", phone="0912000417")
    row = add_relative(actor=clerk, citizen=citizen, entry=entry, at=AT)
    row_sources.confirm_row(actor=clinician, row=row, at=LATER)
    entry = RelativeEntry("mother", "Lò Thị Mai", phone="0912000418")
    add_relative(actor=clerk, citizen=citizen, entry=entry, at=LATER + timedelta(hours=1))
    words = words_of(row)
    assert words["relative_phone"].confirmed_by is None
    assert words["relative"].confirmed_by == clinician


@pytest.mark.parametrize("why", ["twice", "over", "stranger"])
def test_a_refused_confirmation_changes_nothing(
    why: str, clerk: User, stranger: User, citizen: Citizen
) -> None:
    entry = RelativeEntry("mother", "Lò Thị Mai", phone="0912000417")
    row = add_relative(actor=clerk, citizen=citizen, entry=entry, at=AT)
    if why == "twice":
        row_sources.confirm_row(actor=clerk, row=row, at=AT)
    if why == "over":
        households.end_relative(actor=clerk, relative=row, at=AT)
    before = list(FieldSource.objects.order_by("id").values())
    actor = stranger if why == "stranger" else clerk
    with pytest.raises((ValidationError, PermissionDenied)):
        row_sources.confirm_row(actor=actor, row=row, at=LATER)
    assert list(FieldSource.objects.order_by("id").values()) == before


def page_of(citizen: Citizen) -> str:
    return reverse("admin:healthrecords_citizen_identity", args=[citizen.pk])


def test_the_page_shows_who_wrote_each_row_and_who_confirmed_it(
    clerk: User, citizen: Citizen, communes: list[Area]
) -> None:
    entered(clerk, citizen, communes[0])
    households.begin_household(actor=clerk, head=citizen, at=AT)
    client = logged_in(clerk)
    shown = text_of(client.get(page_of(citizen)))
    written = f"{clerk.full_name} ghi ngày"
    assert shown.count(written) >= 5
    row = citizen.relatives.get()
    deed = reverse("admin:healthrecords_citizen_identity_deed", args=[citizen.pk, "confirm"])
    assert client.post(deed, {"row": row.pk}).status_code == 302
    assert f"{clerk.full_name} xác nhận ngày" in text_of(client.get(page_of(citizen)))
    again = client.post(deed, {"row": row.pk})
    assert again.status_code == 400
    assert "đã được xác nhận" in text_of(again)
    other = RelatedPerson.objects.create(
        citizen=Citizen.objects.create(name="Vàng A Dơ", sex="male", birth_date=date(1986, 4, 2)),
        relation="other",
        name="Ai Đó",
    )
    assert client.post(deed, {"row": other.pk}).status_code == 404
    assert not FieldSource.objects.filter(row_id=other.pk).exists()


def test_the_page_costs_the_same_for_any_number_of_sourced_rows(
    clerk: User, citizen: Citizen
) -> None:
    client = logged_in(clerk)

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(page_of(citizen)).status_code == 200
        return len(asked.captured_queries)

    def add(first: int, last: int) -> None:
        for n in range(first, last):
            entry = RelativeEntry("other", f"Lò Thị {chr(65 + n)}", phone="0912000417")
            row = add_relative(actor=clerk, citizen=citizen, entry=entry, at=AT)
            row_sources.confirm_row(actor=clerk, row=row, at=AT)

    add(0, 1)
    client.get(page_of(citizen))
    few = cost()
    add(1, 9)
    assert cost() == few


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_words_stand_with_their_rows_through_any_joining_and_parting(
    order: tuple[int, ...],
    clerk: User,
    clinician: User,
    station: Organisation,
    communes: list[Area],
    record: Callable[..., Visit],
) -> None:
    """Parted in any order, each word is again with the record whose row it speaks of."""
    area = communes[0]
    a, b, c, d = people = four_records(clerk, station, area, record)
    for n, one in enumerate(people):
        entry = RelativeEntry("mother", f"Lò Thị {chr(65 + n)}", phone=f"091200041{n}")
        add_relative(actor=clerk, citizen=one, entry=entry, at=AT)
        spoken = Spoken(Source.TYPED, AT, clerk, station)
        keep_coverage(one, CoverageEntry(CARD, valid_from=date(2026, 1, 1)), spoken=spoken)
        keep_address(one, AddressEntry("permanent", f"Bản {n}", area), spoken=spoken)
    before = everything()
    merges = [join(clerk, a, b)]
    late = RelativeEntry("mother", "Lò Thị B", phone="0987654321")  # B's own, mended meanwhile
    add_relative(actor=clerk, citizen=a, entry=late, at=LATER)
    merges += [join(clerk, a, c), join(clerk, d, a)]
    _words_are_with_their_rows()
    for turn in order:
        part(clinician, merges[turn], at=LATER + timedelta(hours=1))
        _words_are_with_their_rows()
    words = FieldSource._meta.db_table
    differ = {key: of for key, of in changes(before, everything()).items() if key[0] == words}
    added = FieldSource.objects.get(value="0987654321")
    assert set(differ) == {(words, added.pk)}
    assert added.citizen == b


def _words_are_with_their_rows() -> None:
    for model in row_sources.TABLES:
        stands = dict(model._base_manager.values_list("pk", "citizen"))
        words = FieldSource.objects.filter(row_id__in=list(stands))
        assert all(stands[row] == owner for row, owner in words.values_list("row_id", "citizen"))
