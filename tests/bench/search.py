"""How fast is somebody found, and how often in spite of a slip?"""

from collections.abc import Callable, Iterator
from functools import partial
from random import Random

from django.conf import settings
from django.test import Client
from django.test.utils import override_settings
from django.urls import reverse
from django.utils import timezone

from healthrecords.finder import identifiers_named
from healthrecords.finding import find_by_name
from healthrecords.models import Citizen
from portal.dates import PartialDate
from portal.identifiers import NameQuery
from portal.names import name_norm
from portal.places.models import Organisation
from portal.scope import EVERYWHERE, Scope
from tests.bench.people import busy_station, clinician_at, in_turn, some_numbers, some_people
from tests.bench.records import PLAIN_FILES
from tests.bench.registry import Figure, bench, measured
from tests.slips import slipped

TYPED = [
    "Nguyễn Văn An",
    "Trần Thị Thu",
    "Lê Minh",
    "Phạm Ngọc",
    "Hoàng Thị H",
    "Nguyễn",
    "Vũ Đức",
    "Bùi Thị M",
]
WORDS = ["an nguyen van", "thu tran", "minh le", "ngoc pham anh", "giang pao", "lo thi"]


@bench("search_id")
def search_id() -> Iterator[Figure]:
    """A number as the box takes it: what it may be, who holds it, and their rows."""
    today = timezone.localdate()

    def find(typed: str) -> list[Citizen]:
        holders = identifiers_named(typed, on=today)
        people = list(Citizen.objects.filter(pk__in=holders).select_related("area"))
        assert people, typed
        return people

    yield from measured("search_id", in_turn(find, some_numbers()), repeats=200)


@bench("search_prefix")
def search_prefix() -> Iterator[Figure]:
    """The beginning of a name, with its marks and without, as the box finds a page of people."""
    find = asked(EVERYWHERE)
    with_marks = [(text, None) for text in TYPED]
    without = [(name_norm(text), None) for text in TYPED]
    yield from measured("search_prefix_marks", in_turn(find, with_marks), repeats=80)
    yield from measured("search_prefix", in_turn(find, without), repeats=80)


def asked(scope: Scope) -> Callable[[tuple[str, PartialDate | None]], object]:
    return lambda said: find_by_name(NameQuery(*said), scope)


@bench("search_words")
def search_words() -> Iterator[Figure]:
    find = in_turn(asked(EVERYWHERE), [(text, None) for text in WORDS])
    yield from measured("search_words", find, repeats=30)


def mistyped(*, with_birth: bool) -> list[tuple[str, PartialDate | None]]:
    rng = Random(5)  # noqa: S311
    people = [c for c in some_people() if len(c.name.split()) > 2]
    return [
        (typed, citizen.birth if with_birth else None)
        for citizen in people
        for _kind, typed in list(slipped(citizen.name, rng))[:4]
    ]


def province_of(station: Organisation) -> Scope:
    below = Organisation.objects.filter(path__startswith=station.parent.path)
    return Scope(ids=frozenset(below.values_list("pk", flat=True)))


@bench("search_typo")
def search_typo() -> Iterator[Figure]:
    """A name with a slip: everywhere, in a province, in a station; and everywhere with the birth date."""
    station = busy_station()
    born = [said for said in mistyped(with_birth=True) if said[1] and said[1].is_full]
    scopes = {
        "search_typo": EVERYWHERE,
        "search_typo_province": province_of(station),
        "search_typo_station": Scope(ids=frozenset([station.pk])),
    }
    for name, scope in scopes.items():
        find = in_turn(asked(scope), mistyped(with_birth=False))
        yield from measured(name, find, repeats=60)
    yield from measured("search_typo_dob", in_turn(asked(EVERYWHERE), born), repeats=80)


@bench("search_page")
def search_page() -> Iterator[Figure]:
    """The whole page for names and a number, for somebody who sees everybody and for a station."""
    station, typed = busy_station(), [*TYPED, some_numbers()[0]]
    with override_settings(STORAGES=settings.STORAGES | PLAIN_FILES):
        for name, place in (
            ("search_page", Organisation.objects.get(parent=None)),
            ("search_page_station", station),
        ):
            client = Client(HTTP_HOST="127.0.0.1")
            client.force_login(clinician_at(place))
            find = in_turn(partial(client.get, reverse("admin:finder")), [{"q": q} for q in typed])
            yield from measured(name, find, repeats=40)


@bench("search_slips_found")
def search_slips_found() -> Iterator[Figure]:
    """Of people with one slip in their name, how many stand on the first page?

    Looked for by the name alone in their station, and by name and birth in the whole register.
    """
    rng, by_name, by_birth = Random(7), [], []  # noqa: S311
    for citizen in some_people(100):
        station = Scope(ids=frozenset([citizen.home_station_id]))
        for _kind, typed in slipped(citizen.name, rng):
            by_name.append(is_found(citizen, NameQuery(typed), station))
            by_birth.append(is_found(citizen, NameQuery(typed, citizen.birth), EVERYWHERE))
    yield Figure("search_slips_found_pct", 100 * sum(by_name) / len(by_name), "%")
    yield Figure("search_slips_dob_found_pct", 100 * sum(by_birth) / len(by_birth), "%")


def is_found(citizen: Citizen, query: NameQuery, scope: Scope) -> bool:
    return any(found.citizen == citizen for found in find_by_name(query, scope).people)
