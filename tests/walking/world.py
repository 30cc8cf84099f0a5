"""What the walking tests walk over: one province in sight, one out of sight, a person per role.

An app adds its rows in ``tests/walking/rows/<app>.py``:

- ``@rows("app.model")`` makes ``n`` rows that the station, its hospital and its department see;
- ``@planted("app.model")`` makes rows of the far province, with ``MARK`` in every name;
- ``names("parameter", "app.model")`` says which model an address's parameter names;
- ``literal("parameter", "value")`` says what to write for one that names no row.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.database.keys import uuid7
from portal.places import services as places
from portal.places.models import Area, Organisation
from tests.conftest import SINCE, make_user

MARK = "Zzyzxkhuat"  # in the name of everything out of sight
ASKED = "Zzyz"  # what is typed to find it; a page may repeat it
NOWHERE = UUID("01900000-0000-7000-8000-000000000000")

STATION_ROLES = (Role.STATION_CLERK, Role.STATION_CLINICIAN, Role.STATION_HEAD)
HOSPITAL_ROLES = (Role.HOSPITAL_DATA_OFFICER, Role.HOSPITAL_DOCTOR)


@dataclass
class World:
    """The places and people of a walk, and the rows the apps have made in it."""

    ministry: Organisation
    department: Organisation
    station: Organisation
    hospital: Organisation
    commune: Area
    far_department: Organisation
    far_station: Organisation
    far_commune: Area
    users: dict[str, User] = field(default_factory=dict)
    seen: dict[str, list[Model]] = field(default_factory=dict)
    unseen: dict[str, list[Model]] = field(default_factory=dict)

    def place_of(self, role: str) -> Organisation:
        if role in STATION_ROLES:
            return self.station
        return self.hospital if role in HOSPITAL_ROLES else self.department


Maker = Callable[[World, int], Iterable[Model]]
Planter = Callable[[World], Iterable[Model]]
ROWS: dict[str, Maker] = {}
PLANTED: list[tuple[str, Planter]] = []
PARAMETERS: dict[str, list[str]] = {}
LITERALS: dict[str, str] = {"content_type_id": "1"}


def rows(label: str) -> Callable[[Maker], Maker]:
    """Say how rows of a model are made in sight."""

    def decorate(maker: Maker) -> Maker:
        ROWS[label] = maker
        return maker

    return decorate


def planted(label: str) -> Callable[[Planter], Planter]:
    """Say how rows of a model are made out of sight."""

    def decorate(planter: Planter) -> Planter:
        PLANTED.append((label, planter))
        return planter

    return decorate


def names(parameter: str, label: str) -> None:
    """Say which model a parameter of an address names; two apps may each call theirs so."""
    PARAMETERS.setdefault(parameter, []).append(label)


def literal(parameter: str, value: str) -> None:
    """Say what to write for a parameter that names no row."""
    LITERALS[parameter] = value


def make_world(
    ministry: Organisation, department: Organisation, station: Organisation, hospital: Organisation
) -> World:
    """Make the far province and one person per role; the near one comes from the cast."""
    province = Area.objects.create(
        kind="province", code="12", name="Tỉnh Lai Châu", unit="tỉnh", valid_from=SINCE
    )
    far_commune = Area.objects.create(
        kind="commune", code="03433", name="Xã Xa", unit="xã", parent=province, valid_from=SINCE
    )
    far_department = places.create_organisation(
        name=f"Sở Y tế {MARK}",
        kind="department",
        parent=ministry,
        area=province,
        valid_from=SINCE,
    )
    far_station = places.create_organisation(
        name=f"Trạm Y tế {MARK}",
        kind="station",
        parent=far_department,
        area=far_commune,
        valid_from=SINCE,
    )
    places.look_after(organisation=far_station, area=far_commune, valid_from=SINCE)
    commune = station.area
    assert commune is not None
    world = World(
        ministry, department, station, hospital, commune, far_department, far_station, far_commune
    )
    for role in Role:
        place = world.place_of(role)
        world.users[role] = make_user(f"walk.{role}", f"Người {role.label}", role, place)
    clinic = places.create_organisation(
        name="Phòng khám Thanh Bình", kind="clinic", parent=department, valid_from=SINCE
    )
    world.users["stranger"] = make_user("walk.xa", "Người Lạ", Role.STATION_CLERK, clinic)
    return world


def fill(world: World) -> World:
    """Make one row of each model in sight, and everything out of sight."""
    for label, maker in ROWS.items():
        world.seen[label] = list(maker(world, 1))
    for label, planter in PLANTED:
        world.unseen.setdefault(label, []).extend(planter(world))
    return world


@dataclass(frozen=True)
class Address:
    """One address of the resolver: its name, or its route where it has none."""

    name: str
    route: str
    shown: str = ""  # the label of the model an address of the REST interface gives out

    @property
    def parameters(self) -> list[str]:
        return [name for _kind, name in PARAMETER.findall(self.route)]

    @property
    def model(self) -> str:
        """Return the label of the model whose page or REST address this is, or nothing."""
        if self.shown:
            return self.shown
        for model in apps.get_models():
            opts = model._meta
            if self.route.startswith(f"{opts.app_label}/{opts.model_name}/"):
                return opts.label_lower
        return ""

    def label_of(self, parameter: str) -> str:
        """Return which model a parameter names."""
        if parameter in {"object_id", "pk"} and self.model:
            return self.model
        labels = PARAMETERS.get(parameter, [])
        own = [label for label in labels if label.partition(".")[0] in self.name]
        return (own or labels or ["places.organisation" if parameter == "object_id" else ""])[-1]

    def at(self, **values: Any) -> str:
        """Return the path with its parameters filled in."""
        if self.route.startswith("^") or "(?P" in self.route:
            return "/" + PATTERN.sub(lambda found: _first(found, values), self.route).strip("^$")
        return "/" + PARAMETER.sub(lambda found: str(values[found[2]]), self.route)


PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
PATTERN = re.compile(r"\(\?P<(\w+)>([^)]*)\)")
KEY = re.compile(r"\(\?P<(\w+)>\[\^/\.\]\+\)")


def _first(found: re.Match[str], values: dict[str, Any]) -> str:
    given = values.get(found[1])
    if given is not None:
        return str(given)
    return "khong-co-trang-nay" if found[2] == ".*" else found[2].split("|")[0]


def addresses() -> list[Address]:
    """Return every address of the house."""
    return list(_walk(get_resolver(), "", ()))


def _walk(resolver: Any, before: str, spaces: tuple[str, ...]) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            name = ":".join([*spaces, pattern.name]) if pattern.name else route
            queryset = getattr(getattr(pattern.callback, "cls", None), "queryset", None)
            if queryset is not None:  # the routes of the REST interface are patterns
                route = KEY.sub(r"<\1>", route).replace("^", "").removesuffix("$")
            yield Address(name, route, "" if queryset is None else queryset.model._meta.label_lower)
        elif isinstance(pattern, URLResolver):
            inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from _walk(pattern, route, inner)


def fillings(address: Address, world: World, *, out_of_sight: bool) -> list[dict[str, Any]]:
    """Return what to fill an address with: a row in sight, then rows out of sight and no row."""
    parameters = [p for p in address.parameters if p != "url"]
    if "(?P" in address.route or not parameters:
        return [{}]
    first: dict[str, Any] = {}
    found = [first]
    for parameter in parameters:
        if parameter in LITERALS:
            first[parameter] = LITERALS[parameter]
            continue
        label = address.label_of(parameter)
        assert label, f"{address.name}: say in tests/walking/rows which model <{parameter}> names."
        seen = world.seen.get(label) or world.unseen.get(label)
        first[parameter] = seen[0].pk if seen else NOWHERE
        if out_of_sight:
            found += [{**first, parameter: row.pk} for row in world.unseen.get(label, ())]
            found.append({**first, parameter: NOWHERE})
    return [{**first, **filling} for filling in found]


def new_key() -> UUID:
    """Return a key nobody has."""
    return uuid7()
