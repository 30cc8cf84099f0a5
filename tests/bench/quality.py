"""Is every planted defect found, is nothing else, and how long does a night's measuring take?

Measured in one transaction that is rolled back: the database is the same for the next figure.
`make bench WHAT=dq SIZE=1m`; SIZE=20k proves in three minutes that it runs through.
"""

import time
from collections import Counter
from collections.abc import Iterator

from django.db import transaction
from django.utils import timezone

from healthrecords.models import Citizen, Visit
from reporting.models import QualityIssue
from reporting.quality.loading import load_rules
from reporting.services.measuring import measure
from tests.bench.registry import Figure, bench, note
from tests.reporting.planting import Field, Found, others_found

CHANGED = 10_000  # records that a province's stations write on a day, generously
EACH = 20


@bench("dq", short=False)
def quality() -> Iterator[Figure]:
    with transaction.atomic():
        found = list(_figures())
        transaction.set_rollback(True)
    yield from found


def _open() -> set[Found]:
    rows = QualityIssue.objects.open().values_list("rule__code", "object_id", "fields")
    return {(code, key, name) for code, key, fields in rows.iterator() for name in fields}


def _figures() -> Iterator[Figure]:
    load_rules()
    field = Field(EACH)
    seconds = time.perf_counter()
    run = measure(at=timezone.now(), everything=True)
    seconds = time.perf_counter() - seconds
    assert run is not None
    yield Figure("dq_full_s", seconds, "s")
    note(f"{run.opened} issues in {Citizen.objects.count()} people, {Visit.objects.count()} visits")
    before = _open()
    wanted = field.sow(before)
    measure(at=timezone.now())
    new = _open() - before
    strangers = others_found(new, wanted)
    missed = wanted - new
    for word, some in (("missed", missed), ("found and not planted", strangers)):
        for (rule, name), count in sorted(
            Counter((rule, name) for rule, _key, name in some).items()
        ):
            note(f"{word}: {rule} {name} {count}")
    yield Figure("dq_recall", 1 - len(missed) / len(wanted), "of 1")
    yield Figure("dq_precision", 1 - len(strangers) / max(len(new), 1), "of 1")
    keys = list(Citizen.objects.order_by("pk").values_list("pk", flat=True)[:CHANGED])
    Citizen.objects.filter(pk__in=keys).update(ethnic_group="")
    seconds = time.perf_counter()
    measure(at=timezone.now())
    yield Figure("dq_incremental_s", time.perf_counter() - seconds, "s")
