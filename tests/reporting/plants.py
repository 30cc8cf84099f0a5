"""How defects are told: each plant spoils one record and says which rule must find it, and where."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model

from portal.places.models import Area

Found = tuple[str, UUID, str]  # rule, record, field


@dataclass(frozen=True, slots=True)
class Plant:
    """One way to spoil a record of a kind."""

    rule: str
    field: str
    spoil: Callable[[Any], UUID | None]
    kind: str


PLANTS: list[Plant] = []


def plant(rule: str, field: str) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    def decorate(spoil: Callable[[Any], Any]) -> Callable[[Any], Any]:
        [kind] = [said for name, said in spoil.__annotations__.items() if name != "return"]
        PLANTS.append(Plant(rule, field, spoil, kind.__name__))
        return spoil

    return decorate


def change(record: Any, **values: Any) -> UUID:
    """Write values past every form."""
    type(record).objects.filter(pk=record.pk).update(**values)
    found: UUID = record.pk
    return found


def ended_commune(near: Area) -> Area:
    ended, _new = Area.objects.get_or_create(
        kind="commune",
        code="99991",
        defaults={
            "name": "Xã Đã Hết",
            "unit": "xã",
            "parent": near.parent,
            "valid_from": date(2025, 7, 1),
            "valid_until": date(2026, 1, 1),
        },
    )
    return ended


def asker() -> Any:
    user, _is_new = get_user_model().objects.get_or_create(
        username="nguoi.hoi", defaults={"full_name": "Người Hỏi", "is_active": False}
    )
    return user
