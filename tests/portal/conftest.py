"""What the tests of the ground share."""

import pytest

from portal.accounts import services
from portal.accounts.models import Assignment, User
from portal.accounts.roles import Role
from portal.places import services as places
from portal.places.models import Organisation
from tests.conftest import SINCE, TODAY, make_user
from tests.portal.bare_frame import bare_frame

__all__ = ["bare_frame"]


@pytest.fixture
def local_administrator(department: Organisation) -> User:
    """Manages accounts of one department."""
    return make_user("quantriso", "Cà Văn Sở", Role.SYSTEM_ADMINISTRATOR, department)


@pytest.fixture
def elsewhere(ministry: Organisation) -> Organisation:
    return places.create_organisation(
        name="Sở Y tế tỉnh Lai Châu", kind="department", parent=ministry, valid_from=SINCE
    )


def give(actor: User | None, user: User, role: str, place: Organisation) -> Assignment:
    return services.give_role(
        actor=actor, user=user, role=role, organisation=place, valid_from=SINCE, today=TODAY
    )
