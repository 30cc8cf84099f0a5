"""(f) Words beside the matter of a row that betray are told to those with the right, by every way out.

Why something was amended, cancelled, taken back, an entry a mistake: these words give their row no
class. Each model names its columns of them (``beside``). Here each such column of one person says a
word that betrays and a mark of its own, and every address of the person is asked.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import CharField, Model, Q, TextField

from healthrecords.models import Citizen, LongTermMedicine, MedicineStop
from healthrecords.services.betraying import TEXTS
from healthrecords.services.hushing import beside_of
from portal.accounts.roles import CAPABILITIES_OF, Role
from portal.api.views import ScopedSerializer
from tests.healthrecords.conftest import NEEDED
from tests.healthrecords.planting import plant
from tests.shipped import publish
from tests.walking.rows.healthrecords import AT
from tests.walking.test_models import house_models
from tests.walking.test_sensitive_rows import open_records
from tests.walking.world import World, addresses, fillings

BETRAYS = "điều trị ARV"
DESK, DOCTOR = Role.STATION_CLERK, Role.STATION_CLINICIAN
MISTAKE = "void_reason"
# Told nowhere yet; whoever tells them asks the same way.
TOLD_NOWHERE = {"healthrecords.MedicineStop.taken_back_because"}
REASONS = re.compile(r"reason|because|doubt")
# Columns of guarded models that sound like a reason and are hushed by nobody: what protects instead.
PROTECTING = {
    "healthrecords.Appointment.reason": "it has the class of its visit or slip",
    "healthrecords.LongTermMedicine.reason_code": "the class of the row follows from it",
    "healthrecords.LongTermMedicine.reason_title": "the class of the row follows from its code",
    "healthrecords.Procedure.reason": "the class of the row follows from it",
    "healthrecords.Referral.reason": "a code of the law's list",
    "healthrecords.VisitVersion.reason": "amending.reason_told asks of the version before, too",
    **{f"healthrecords.Visit.{name}": "the class of the visit follows from it" for name in TEXTS},
}


def label(model: type[Model], column: str) -> str:
    return f"{model._meta.label}.{column}"


def columns() -> list[str]:
    """Return every column of words beside a matter, by its table."""
    return [label(model, name) for model in house_models() for name in beside_of(model)]


def mark(column: str) -> str:
    """Return what a column says: it betrays, and no other column says it."""
    return f"{BETRAYS} {column.replace('.', '-').replace('_', '-')}"


def standing(world: World, *, mistakes: bool) -> dict[type[Model], dict[str, Any]]:
    """Return how rows stand that have such words, so that the database takes them."""
    clerk = world.users[DESK]
    back = {"taken_back_at": AT, "taken_back_by": clerk}
    void = {"status": "entered_in_error", "voided_at": AT, "voided_by": clerk}
    found: dict[str, dict[str, Any]] = {
        "Dispensing": back,
        "MedicineStop": back if mistakes else {},
        "Document": {"cancelled_at": AT, "cancelled_by": clerk},
        "LongTermMedicine": {"ended": "2026", "stopped_at": AT, "stopped_by": clerk},
        "Consent": {
            "withdrawn_on": AT.date(),
            "withdrawal_recorded_by": clerk,
            "withdrawal_recorded_at": AT,
        },
        "DiagnosticReport": {
            "status": "preliminary",
            "is_ai": True,
            "device": "LungScan",
            "device_version": "2.4",
            "confidence": "0.87",
            "machine": "Máy cũ",
            "review": "rejected",
            "reviewed_by": clerk,
            "reviewed_at": AT,
        },
        "CaseNotification": {"status": "dropped"},
    }
    return {
        model: {
            **found.get(model.__name__, {}),
            **(void if mistakes and MISTAKE in beside_of(model) else {}),
        }
        for model in house_models()
        if beside_of(model)
    }


def say(world: World, citizen: Citizen, *, mistakes: bool) -> None:
    """Let every row of the person say in each such column a word that betrays, as it stands."""
    for model, said in standing(world, mistakes=mistakes).items():
        stands_back = model.__name__ == "MedicineStop" and not mistakes
        words = {
            name: mark(label(model, name))
            for name in beside_of(model)
            if (mistakes or name != MISTAKE) and not (stands_back and name != "reason")
        }
        rows = model._base_manager.filter(citizen=citizen)
        assert rows.exists(), model._meta.label
        if words:
            rows.update(**said, **words)


@pytest.fixture
def person(world: World) -> Citizen:
    """Somebody of the station of whom there is everything; every address names these rows."""
    publish(NEEDED, diseases=frozenset({"I10", "B20"}))
    one, other = Citizen.objects.filter(home_station=world.station).order_by("pk")[:2]
    plant(one, other, clerk=world.users[DESK], doctor=world.users[DOCTOR])
    visit = one.visits.get(reason="Ho")
    world.seen["healthrecords.citizen"], world.seen["healthrecords.visit"] = [one], [visit]
    for model in house_models():
        if beside_of(model):
            rows = model._base_manager.filter(citizen=one).order_by("-pk")
            held = Q(visit=visit) if _has(model, "visit") else Q()
            world.seen[model._meta.label_lower] = list(rows.filter(held))
    for who in (DESK, DOCTOR):
        open_records(world, who)
    return one


def _has(model: type[Model], name: str) -> bool:
    return name in {field.name for field in model._meta.concrete_fields}


def asked(world: World) -> Iterator[str]:
    """Yield the addresses at which somebody is told of the person or of a row of theirs."""

    def key(model: type[Model]) -> Any:
        return world.seen[model._meta.label_lower][0].pk

    for address in addresses():
        if not address.name.startswith(("admin:healthrecords", "reporting:case", "api")):
            continue
        filling = fillings(address, world, out_of_sight=False)[0]
        path = address.at(**filling)
        yield path
        if address.name == "admin:healthrecords_citizen_stop":
            yield f"{path}?dong={key(LongTermMedicine)}"
            yield f"{path}?ten={world.seen[MedicineStop._meta.label_lower][0]}"
    yield "/"


def told(walker: Any, world: World, who: str) -> tuple[str, set[str]]:
    """Return all that somebody is answered, and the columns of which it tells."""
    person = walker(str(who))
    answers = [person.ask("GET", path) for path in asked(world)]
    assert not [answer for answer in answers if answer.status_code >= 500]
    whole = "\n".join(answer.body for answer in answers)
    return whole, {column for column in columns() if mark(column) in whole}


@pytest.mark.by_turns
def test_words_beside_that_betray_are_told_to_those_with_the_right_alone(
    world: World, person: Citizen, walker: Any
) -> None:
    assert "see_sensitive" not in CAPABILITIES_OF[DESK]
    seen: set[str] = set()
    for mistakes in (False, True):
        say(world, person, mistakes=mistakes)
        whole, found = told(walker, world, DESK)
        assert found == set()
        assert BETRAYS not in whole
        seen |= told(walker, world, DOCTOR)[1]
    assert set(columns()) - seen == TOLD_NOWHERE


def reasons() -> set[str]:
    """Return the columns of guarded models that sound like a reason in somebody's words."""
    return {
        label(model, field.name)
        for model in house_models()
        if _has(model, "sensitivity")
        for field in model._meta.concrete_fields
        if isinstance(field, CharField | TextField)
        and REASONS.search(field.name)
        and not field.choices
    }


def test_every_reason_of_a_guarded_model_is_hushed_or_protects_its_row() -> None:
    named = PROTECTING.keys() - {f"healthrecords.Visit.{name}" for name in TEXTS}
    assert reasons() - set(columns()) - PROTECTING.keys() == set()
    assert named <= reasons(), "what is no column any more needs no exception"


def test_words_beside_are_columns_of_their_model() -> None:
    assert [
        label(model, name)
        for model in house_models()
        for name in beside_of(model)
        if not _has(model, name)
    ] == []


def subclasses(of: type[Any]) -> Iterator[type[Any]]:
    for one in of.__subclasses__():
        yield one
        yield from subclasses(one)


def test_every_shape_for_other_systems_hushes_them() -> None:
    from healthrecords.api.clinical_shapes import BesideSerializer

    telling = [
        shape
        for shape in subclasses(ScopedSerializer)
        if (meta := getattr(shape, "Meta", None)) and set(beside_of(meta.model)) & {*meta.fields}
    ]
    assert telling
    assert [shape for shape in telling if not issubclass(shape, BesideSerializer)] == []
