"""How fast is somebody found?"""

from collections.abc import Iterator

from django.contrib.postgres.search import SearchQuery, SearchVector

from healthrecords.models import Citizen
from portal.names import name_norm
from tests.bench.people import in_turn, some_numbers
from tests.bench.registry import Figure, bench, in_database, measured

PAGE = 50
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


def page_of(rows: object) -> object:
    return rows.order_by("name_norm", "birth_date", "id").values_list("id", "name", "birth_date")[
        :PAGE
    ]


@bench("search_id")
def search_id() -> Iterator[Figure]:
    def find(value: str) -> list:
        rows = Citizen.objects.filter(identifiers__value=value, identifiers__ended_on=None)
        return in_database(rows.values_list("id", "name"))()

    yield from measured("search_id", in_turn(find, some_numbers()), repeats=200)


@bench("search_prefix")
def search_prefix() -> Iterator[Figure]:
    def find(text: str) -> list:
        return in_database(page_of(Citizen.objects.filter(name_norm__startswith=name_norm(text))))()

    yield from measured("search_prefix_marks", in_turn(find, TYPED), repeats=80)
    yield from measured("search_prefix", in_turn(find, list(map(name_norm, TYPED))), repeats=80)


@bench("search_words")
def search_words() -> Iterator[Figure]:
    vector = SearchVector("name_norm", config="simple")

    def find(text: str) -> list:
        rows = Citizen.objects.annotate(words=vector).filter(
            words=SearchQuery(text, config="simple")
        )
        return in_database(rows.values_list("id", "name")[:PAGE])()

    yield from measured("search_words", in_turn(find, WORDS), repeats=30)
