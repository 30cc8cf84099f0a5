"""Which codes of a visit does a report count as what, by the list that holds on a day?"""

from collections.abc import Mapping
from datetime import date

from portal.codelists.lookup import codes_on
from portal.codelists.models import CodeListVersion

LIST = "report_classes"
NAMES = (
    "outpatient",
    "inpatient",
    "course",
    "died",
    "dead_on_arrival",
    "moribund",
    "discharged",
    "transferred",
    "uninsured",
)


def classes_on(on: date) -> Mapping[str, list[str]]:
    """Return each class with its codes; before the first version, those of the first."""
    entries = codes_on(LIST, on)
    if not entries:
        first = CodeListVersion.objects.filter(code_list__key=LIST).order_by("valid_from").first()
        entries = codes_on(LIST, first.valid_from) if first else []
    said = {entry.code: str(entry.attributes.get("values", "")).split(";") for entry in entries}
    return {name: said.get(name, []) for name in NAMES}
