"""A death that was told or taken back while two records were one is its own person's after the parting."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from healthrecords import services
from healthrecords.models import Citizen, CitizenMerge, FieldSource, MergedRow, Visit
from healthrecords.services import NumberEntry, identity
from healthrecords.services.deaths import DeathEntry, record_death, withdraw_death
from healthrecords.services.merges import rows_since
from healthrecords.services.versions import version_of
from healthrecords.services.withdrawing import withdraw_visit
from portal.accounts.models import User
from portal.dates import PartialDate
from tests.healthrecords.conftest import AT, ON, Register, visit_of
from tests.healthrecords.merging import fresh, join, part

pytestmark = pytest.mark.usefixtures("few_lists")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HERE, OUTSIDE, RECOVERED = "5", "8", "2"
Record = Callable[..., Visit]
VISIT, WORD = "healthrecords_visit", "healthrecords_fieldsource"


@pytest.fixture
def two(register: Register) -> list[Citizen]:
    """Two people: the one whose record stays, and the one whose record is joined with it."""
    numbers = [NumberEntry("personal", "011163004138")]
    other = {"name": "Quàng Thị Hạc", "birth": PartialDate(1963, 4, 2), "numbers": numbers}
    return fresh([register(), register(**other)])


def dead(*people: Citizen) -> list[tuple[date | None, str]]:
    return [(one.died_on, one.death_source) for one in fresh(people)]


ALIVE, DIED = (None, ""), (ON, "facility")


def die(record: Record, citizen: Citizen, by: User) -> Visit:
    return record(citizen, actor=by, outcome=HERE, died_at=AT + HOUR, at=AT + 2 * HOUR)


def correct(visit: Visit, by: User, *, at: Any = AT + 4 * HOUR, **said: Any) -> None:
    visit.refresh_from_db()
    services.open_access(user=by, citizen=visit.citizen, at=at)
    entry, version = visit_of(**said), version_of(visit)
    services.correct_visit(actor=by, visit=visit, entry=entry, version=version, at=at)


def words(citizen: Citizen) -> list[tuple[str, bool]]:
    """Return what stands with a record of a death, and whether that is in force."""
    said = FieldSource.objects.filter(citizen=citizen, field="death").order_by("id")
    return [(word.value, word.set_aside_at is None) for word in said]


class TestToldWhileJoined:
    @pytest.fixture
    def merge(self, two: list[Citizen], clinician: User) -> CitizenMerge:
        return join(clinician, *two, at=AT)

    def test_the_death_goes_with_the_visit_that_is_given_to_the_other_person(
        self,
        two: list[Citizen],
        merge: CitizenMerge,
        record: Record,
        clinician: User,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        told: set[Any] = set()
        visit = die(record, *fresh(two[:1]), clinician)
        note = fresh(two)[0].death_note
        monkeypatch.setattr(
            "healthrecords.services.merged_deaths.tell_of_death", lambda *who: told.update(who)
        )
        part(clinician, merge, to_merged=[(VISIT, visit.pk)], at=AT + 5 * HOUR)
        assert dead(*two) == [ALIVE, DIED]
        assert [one.death_note for one in fresh(two)] == ["", note]
        assert [words(one) for one in two] == [[], [(ON.isoformat(), True)]]
        assert told == {one.pk for one in two}
        assert not MergedRow.objects.exists()

    def test_the_page_of_the_parting_asks_about_the_visit_alone(
        self, two: list[Citizen], merge: CitizenMerge, record: Record, clinician: User
    ) -> None:
        visit = die(record, *fresh(two[:1]), clinician)
        since = [(row.table, row.key) for row in rows_since(merge, fresh(two)[0])]
        assert (VISIT, visit.pk) in since
        assert WORD not in {table for table, _key in since}

    def test_the_death_stays_with_a_visit_that_stays(
        self, two: list[Citizen], merge: CitizenMerge, record: Record, clinician: User
    ) -> None:
        die(record, *fresh(two[:1]), clinician)
        part(clinician, merge, at=AT + 5 * HOUR)
        assert dead(*two) == [DIED, ALIVE]
        assert [words(one) for one in two] == [[(ON.isoformat(), True)], []]

    def test_who_was_known_to_be_dead_before_is_dead_still(
        self, two: list[Citizen], record: Record, clinician: User
    ) -> None:
        Citizen.objects.filter(pk=two[0].pk).update(died_on=ON, death_source="family")
        merge = join(clinician, *fresh(two), at=AT)
        visit = die(record, *fresh(two[:1]), clinician)
        part(clinician, merge, to_merged=[(VISIT, visit.pk)], at=AT + 5 * HOUR)
        assert dead(*two) == [(ON, "family"), DIED]

    def test_a_death_that_a_visit_of_before_tells_now_is_that_of_its_own_person(
        self, two: list[Citizen], record: Record, clinician: User
    ) -> None:
        visit = record(two[1], actor=clinician)
        merge = join(clinician, *fresh(two), at=AT)
        correct(visit, clinician, outcome=HERE, died_at=AT + HOUR)
        assert dead(two[0]) == [DIED]
        part(clinician, merge, at=AT + 5 * HOUR)
        assert dead(*two) == [ALIVE, DIED]
        assert not MergedRow.objects.exists()

    @pytest.mark.parametrize("is_theirs", [True, False])
    def test_a_death_told_without_a_visit_is_that_of_whom_its_word_is_given_to(
        self, two: list[Citizen], merge: CitizenMerge, clinician: User, is_theirs: bool
    ) -> None:
        entry = DeathEntry(ON, "family", "con gái báo")
        record_death(actor=clinician, citizen=two[0], entry=entry, at=AT + HOUR)
        word = FieldSource.objects.get(field="death")
        handed = [(WORD, word.pk)] if is_theirs else []
        part(clinician, merge, to_merged=handed, at=AT + 5 * HOUR)
        said = [(ON, "family"), ALIVE]
        assert dead(*two) == (said[::-1] if is_theirs else said)
        assert fresh(two)[is_theirs].death_note == "con gái báo"

    def test_a_word_of_a_file_that_was_taken_over_takes_the_death_home(
        self, two: list[Citizen], clinician: User
    ) -> None:
        place = clinician.place_of_work
        word = FieldSource.objects.create(
            citizen=two[1], field="death", value=ON.isoformat(), source="file", said_at=AT,
            organisation=place,
        )  # fmt: skip
        merge = join(clinician, *fresh(two), at=AT)
        word.refresh_from_db()
        identity.settle_difference(actor=clinician, word=word, takes_theirs=True, at=AT + HOUR)
        assert dead(two[0]) == [DIED]
        part(clinician, merge, at=AT + 5 * HOUR)
        assert dead(*two) == [ALIVE, DIED]

    @pytest.mark.parametrize("is_lower_first", [True, False])
    def test_of_three_records_the_one_died_whose_visit_tells_it(
        self,
        two: list[Citizen],
        record: Record,
        clinician: User,
        register: Register,
        is_lower_first: bool,
    ) -> None:
        above = register(name="Quang Thi Hac", numbers=[])
        visit = record(two[1], actor=clinician)
        lower = join(clinician, *fresh(two), at=AT)
        correct(visit, clinician, outcome=HERE, died_at=AT + HOUR)
        upper = join(clinician, *fresh([above, two[0]]), take={"died_on"}, at=AT + 4 * HOUR)
        assert dead(above, *two) == [DIED, DIED, ALIVE]
        for merge in (lower, upper) if is_lower_first else (upper, lower):
            part(clinician, merge, at=AT + 5 * HOUR)
        assert dead(above, *two) == [ALIVE, ALIVE, DIED]
        assert not MergedRow.objects.exists()


@pytest.mark.parametrize("take", [{"died_on"}, set()])
class TestTakenBackWhileJoined:
    """The joined record said, by its visit, that its person died."""

    @pytest.fixture
    def visit(self, two: list[Citizen], record: Record, clinician: User) -> Visit:
        return die(record, two[1], clinician)

    @pytest.fixture
    def merge(
        self, two: list[Citizen], visit: Visit, clinician: User, take: set[str]
    ) -> CitizenMerge:
        return join(clinician, *fresh(two), take=take, at=AT + 3 * HOUR)

    @pytest.mark.parametrize("is_withdrawn", [True, False])
    def test_who_did_not_die_by_the_visit_is_alive_once_the_two_are_parted(
        self,
        two: list[Citizen],
        visit: Visit,
        merge: CitizenMerge,
        clinician: User,
        is_withdrawn: bool,
    ) -> None:
        if is_withdrawn:
            withdraw_visit(actor=clinician, visit=visit, reason="nhập nhầm người", at=AT + 4 * HOUR)
        else:
            correct(visit, clinician, outcome=RECOVERED)
        part(clinician, merge, at=AT + 5 * HOUR)
        assert dead(*two) == [ALIVE, ALIVE]
        assert [words(one) for one in two] == [[], [(ON.isoformat(), False)]]

    def test_a_day_that_was_set_right_is_the_day_of_its_own_person(
        self, two: list[Citizen], visit: Visit, merge: CitizenMerge, clinician: User
    ) -> None:
        """Who was brought in dead died the day before."""
        correct(visit, clinician, outcome=OUTSIDE, died_at=AT - DAY)
        part(clinician, merge, at=AT + 5 * HOUR)
        assert dead(*two) == [ALIVE, (ON - DAY, "facility")]
        said = [(ON.isoformat(), False), ((ON - DAY).isoformat(), True)]
        assert [words(one) for one in two] == [[], said]
        assert not MergedRow.objects.exists()

    def test_who_died_by_the_visit_still_is_dead_though_the_joined_record_was_said_to_live(
        self, two: list[Citizen], visit: Visit, merge: CitizenMerge, clinician: User
    ) -> None:
        """Whoever takes a death back by hand speaks of the record that stays."""
        withdraw_death(actor=clinician, citizen=two[0], reason="vẫn sống", at=AT + 4 * HOUR)
        part(clinician, merge, at=AT + 5 * HOUR)
        assert dead(*two) == [ALIVE, DIED]
        assert [words(one) for one in two] == [[], [(ON.isoformat(), True)]]

    def test_a_death_that_nobody_touched_is_given_back_as_it_was(
        self, two: list[Citizen], visit: Visit, merge: CitizenMerge, clinician: User
    ) -> None:
        note = fresh(two)[1].death_note
        part(clinician, merge, at=AT + 5 * HOUR)
        assert dead(*two) == [ALIVE, DIED]
        assert fresh(two)[1].death_note == note

    @pytest.mark.parametrize("is_lower_first", [True, False])
    def test_of_three_records_none_says_again_what_its_visit_took_back(
        self,
        two: list[Citizen],
        visit: Visit,
        merge: CitizenMerge,
        clinician: User,
        register: Register,
        take: set[str],
        is_lower_first: bool,
    ) -> None:
        above, at = register(name="Quang Thi Hac", numbers=[]), AT + 3 * HOUR
        upper = join(clinician, *fresh([above, two[0]]), take=take, at=at)
        correct(visit, clinician, outcome=RECOVERED)
        for one in (merge, upper) if is_lower_first else (upper, merge):
            part(clinician, one, at=AT + 5 * HOUR)
        assert dead(above, *two) == [ALIVE, ALIVE, ALIVE]
        assert not MergedRow.objects.exists()
