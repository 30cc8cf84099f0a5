"""How fast does the first page of a list come, and a code for what is typed?"""

from collections.abc import Iterator

from django.utils import timezone

from healthrecords.models import Citizen, Visit
from portal.codelists.lookup import find_codes
from portal.places.models import Organisation
from portal.scope import Scope
from tests.bench.people import busy_station
from tests.bench.registry import Figure, bench, in_database, measured, median, times

PAGE = 101
TYPED = ("I1", "tang huyet ap", "viem", "sot xuat", "dau dau", "ho", "viem hogn")


@bench("list_page")
def list_page() -> Iterator[Figure]:
    """One station's list and a whole province's, of citizens and of visits."""
    station = busy_station()
    below = Organisation.objects.filter(path__startswith=station.parent.path)
    scopes = {
        "station": Scope(ids=frozenset([station.pk])),
        "province": Scope(ids=frozenset(below.values_list("pk", flat=True))),
        "everywhere": Scope(everything=True),
    }
    for name, scope in scopes.items():
        people = Citizen.objects.current().within(scope).order_by("name_norm", "birth_date", "id")
        visits = Visit.objects.within(scope).order_by("-started_at", "-id")
        yield from measured(f"list_page_citizens_{name}", in_database(people[:PAGE]), repeats=15)
        yield from measured(f"list_page_visits_{name}", in_database(visits[:PAGE]), repeats=15)


@bench("find_codes")
def find_a_code() -> Iterator[Figure]:
    """A diagnosis by its number, its words without marks, or with a slip."""
    on = timezone.localdate()

    def run() -> None:
        for typed in TYPED:
            find_codes("icd10", typed, on=on)

    found = [took / len(TYPED) for took in times(run)]
    yield Figure("find_codes_ms", median(found), "ms")
