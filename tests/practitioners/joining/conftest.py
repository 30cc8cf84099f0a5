"""Two rows of the register that are one person, and the two officials who join them."""

import pytest

from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners.models import DiscrepancyCase, Practitioner
from tests.practitioners.joining.rows import case_of, full_person
from tests.practitioners.law import load_law, make_person

Pair = tuple[Practitioner, Practitioner]


@pytest.fixture
def officials(licensing_officer: User, second_officer: User) -> tuple[User, User]:
    return licensing_officer, second_officer


@pytest.fixture
def pair(
    hospital: Organisation,
    station: Organisation,
    department: Organisation,
    licensing_officer: User,
) -> Pair:
    """Lò Văn Thoan of the hospital, and of the station; with rows in every table."""
    load_law()
    return (
        full_person("Lò Văn Thoan", hospital, licensing_officer, department, 1),
        full_person("Lò Văn Thoan", station, licensing_officer, department, 2),
    )


@pytest.fixture
def case(pair: Pair, department: Organisation, licensing_officer: User) -> DiscrepancyCase:
    return case_of(*pair, department, licensing_officer)


@pytest.fixture
def choices(pair: Pair) -> dict[str, str]:
    """The licence of the row that stays holds."""
    license = pair[1].licenses.get()
    return {f"practitioners_practicelicense:{license.pk}": "survivor"}


@pytest.fixture
def plain(department: Organisation) -> Pair:
    """Two rows with nothing but a name."""
    load_law()
    people = make_person("Lò Văn Thoan"), make_person("Lò Văn Thoan")
    Practitioner.objects.update(keeper=department)
    for person in people:
        person.refresh_from_db()
    return people


@pytest.fixture
def about(plain: Pair, department: Organisation, licensing_officer: User) -> DiscrepancyCase:
    return case_of(*plain, department, licensing_officer)
