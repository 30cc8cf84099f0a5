"""How long does it take to know where a person may act?"""

from collections.abc import Iterator

from django.contrib.auth.models import Permission
from django.db import connection, transaction

from portal.accounts.models import OrganisationGrant, User
from portal.database.context import acting
from portal.places import services as places
from portal.places.models import Organisation
from tests.bench.registry import Figure, bench, median, times
from tests.conftest import SINCE

PROVINCES, STATIONS, USERS = 20, 250, 20_000
GRANTS = """
    INSERT INTO accounts_organisationgrant (id, user_id, permission_id, content_object_id)
    SELECT public.mach_uuid7(), person, permission, place
    FROM unnest(%s::uuid[], %s::uuid[]) AS held (person, place), unnest(%s::int[]) AS permission
"""


@bench("scope")
def scope() -> Iterator[Figure]:
    """5,000 organisations, 20,000 users, 400,000 grants; undone afterwards."""
    with transaction.atomic(), acting(command="bench"):
        root, provinces, stations = organisations()
        people = users()
        ordinary = [stations[n % len(stations)] for n in range(len(people))]
        grant(people, ordinary, 20)
        director, minister = people[0], people[1]
        grant([director], [provinces[0]], 20)
        grant([minister], [root], 20)
        for name, user in (("", people[2]), ("_province", director), ("_root", minister)):
            found = times(
                lambda key=user.pk: User(pk=key).find_scope("view_records")
            )  # remembers nothing
            yield Figure(f"scope{name}_ms", median(found), "ms")
        transaction.set_rollback(True)


def organisations() -> tuple[Organisation, list[Organisation], list[Organisation]]:
    """Make a ministry, its departments and their stations."""
    root = Organisation.objects.filter(parent=None).first() or places.create_organisation(
        name="Bộ Y tế", kind="ministry", parent=None, valid_from=SINCE
    )
    provinces = [_below(root, "department", f"Sở Y tế {n}") for n in range(PROVINCES)]
    stations = [
        _below(province, "station", f"Trạm Y tế {n}")
        for province in provinces
        for n in range(STATIONS)
    ]
    Organisation.objects.bulk_create([*provinces, *stations], batch_size=2_000)
    return root, provinces, stations


def _below(parent: Organisation, kind: str, name: str) -> Organisation:
    organisation = Organisation(name=name, kind=kind, parent=parent, valid_from=SINCE)
    organisation.path = parent.path + organisation.step
    return organisation


def users() -> list[User]:
    """Make accounts that cannot log in."""
    people = [
        User(username=f"bench.{n}", full_name=f"Người {n}", password="!") for n in range(USERS)
    ]
    return User.objects.bulk_create(people, batch_size=2_000)


def grant(people: list[User], held_at: list[Organisation], capabilities: int) -> None:
    """Give each person capabilities at a place."""
    permissions = Permission.objects.filter(
        content_type__app_label="places", content_type__model="organisation"
    )
    named = list(permissions.filter(codename="view_records").values_list("pk", flat=True))
    rest = permissions.exclude(codename="view_records").order_by("pk")
    chosen = [*named, *rest.values_list("pk", flat=True)[: capabilities - 1]]
    with connection.cursor() as cursor:
        cursor.execute(
            GRANTS, [[user.pk for user in people], [place.pk for place in held_at], chosen]
        )
    assert OrganisationGrant.objects.filter(user=people[0]).count() >= len(chosen)
