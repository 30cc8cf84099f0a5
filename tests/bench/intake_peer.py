"""How fast does django-import-export write the same visits with its default resources?

`python -m tests.bench.intake_peer take FOLDER` keeps some visits that a file brought, table by
table, in the shape of its own exports; `write FOLDER` writes them into another database and prints
one line of JSON.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from tests.bench.registry import say

VISITS = 500


def samples() -> dict[str, Any]:
    """Return the first visits that a file brought and what came with them, in order of their keys."""
    from healthrecords.models import (
        CareRelation,
        Citizen,
        CitizenIdentifier,
        Diagnosis,
        Visit,
        VitalSigns,
    )

    brought = Visit.objects.exclude(batch_id=None)
    visits = list(brought.order_by("id").values_list("pk", "citizen_id")[:VISITS])
    ids, people = [pk for pk, _citizen in visits], {citizen for _pk, citizen in visits}
    return {
        "citizen": Citizen.objects.filter(pk__in=people, origin="file"),
        "identifier": CitizenIdentifier.objects.filter(citizen__in=people).exclude(batch_id=None),
        "care": CareRelation.objects.filter(citizen__in=people, pk__gte=ids[0]),
        "visit": Visit.objects.filter(pk__in=ids),
        "diagnosis": Diagnosis.objects.filter(visit__in=ids),
        "vitals": VitalSigns.objects.filter(visit__in=ids),
    }


def take(folder: Path) -> None:
    from import_export.resources import modelresource_factory

    for name, rows in samples().items():
        exported = modelresource_factory(rows.model)().export(rows.order_by("pk"))
        for column in left_out(rows.model, exported):
            del exported[column]
        (folder / f"{name}.csv").write_text(exported.export("csv"), encoding="utf-8", newline="")


def left_out(model: Any, exported: Any) -> list[str]:
    """Return the columns that the database computes, and those that say nothing of any row."""
    computed = {field.name for field in model._meta.concrete_fields if field.generated}
    return [
        column for column in exported.headers if column in computed or not any(exported[column])
    ]


def write(folder: Path) -> dict[str, float]:
    import tablib
    from import_export.resources import modelresource_factory

    from healthrecords import models

    by_name = {
        "citizen": models.Citizen,
        "identifier": models.CitizenIdentifier,
        "care": models.CareRelation,
        "visit": models.Visit,
        "diagnosis": models.Diagnosis,
        "vitals": models.VitalSigns,
    }
    begun, written = time.perf_counter(), {}
    for name, model in by_name.items():
        text = (folder / f"{name}.csv").read_text(encoding="utf-8")
        rows = tablib.Dataset().load(text, format="csv")
        result = modelresource_factory(model)().import_data(rows, raise_errors=True)
        written[name] = result.totals["new"]
    return {**written, "seconds": time.perf_counter() - begun}


def main() -> None:
    action, folder = sys.argv[1:]
    import django

    django.setup()
    from portal.database.context import acting

    with acting(command="bench"):
        if action == "take":
            take(Path(folder))
        else:
            say(json.dumps(write(Path(folder))))


if __name__ == "__main__":
    main()
