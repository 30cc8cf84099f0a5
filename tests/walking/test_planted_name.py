"""(c) Whoever lives out of sight stands in no answer of any address, for any role."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse

from portal.accounts.roles import Role
from tests.walking.world import ASKED, MARK, NOWHERE, Address, World, addresses, fillings

PEOPLE = [*[str(role) for role in Role], "stranger"]
SKIPPED = {"admin:logout", "admin:password_change", "admin:language", "admin:theme"}
# The public register names any facility of the country to everybody (Law 15/2023/QH15, article 38).
PUBLIC = {"practitioners:lookup-place", "facilities:places", "facilities:place"}


@pytest.mark.by_turns
@pytest.mark.parametrize("who", PEOPLE)
def test_the_planted_name_stands_in_no_answer(who: str, world: World, walker: Any) -> None:
    assert any(world.unseen.values())
    person = walker(who)
    found = []
    for address in addresses():
        if address.name not in SKIPPED | PUBLIC:
            found += leaks(person, address, world)
    for path in autocompletes():
        found += _look(person, "GET", path)
    assert found == []


def leaks(person: Any, address: Address, world: World) -> Iterator[str]:
    """Ask an address every way there is; what is refused is asked once more with a form."""
    for filling in fillings(address, world, out_of_sight=True):
        # That nothing is there is told everybody alike: one of them asks.
        if NOWHERE in filling.values() and person.who != PEOPLE[0]:
            continue
        path = address.at(**filling)
        answer = person.ask("GET", path)
        yield from _found(answer, "GET", path)
        body = body_for(address, world)
        yield from _look(person, "POST", path, data=body)
        if answer.status_code in {302, 403, 404, 405}:
            continue
        for query in queries_for(address, world):
            yield from _look(person, "GET", path, data=query)
        if address.route.startswith("api"):
            as_json = {"data": json.dumps(body), "content_type": "application/json"}
            yield from _look(person, "GET", path, headers={"accept": "application/json"})
            yield from _look(person, "OPTIONS", path)
            yield from _look(person, "POST", path, **as_json)


def _look(person: Any, method: str, path: str, **options: Any) -> Iterator[str]:
    yield from _found(person.ask(method, path, **options), method, path, options.get("data"))


def _found(answer: Any, method: str, path: str, data: Any = None) -> Iterator[str]:
    said = answer.body + str(answer.headers)
    if answer.status_code == 500:
        yield f"{method} {path} {data or ''}: broken"
    if MARK.lower() in said.lower() and MARK.lower() not in path.lower():
        at = said.lower().index(MARK.lower())
        yield f"{method} {path} {data or ''}: ...{said[max(0, at - 80) : at + 40]!r}"


def _fields(label: str) -> list[Any]:
    models = {m._meta.label_lower: m for m in admin.site._registry}
    if label not in models:
        return []
    return [f for f in models[label]._meta.get_fields() if f.is_relation and f.concrete]


def _outside(field: Any, world: World) -> list[Any]:
    label = field.related_model._meta.label_lower
    return [row.pk for row in world.unseen.get(label, ())]


def queries_for(address: Address, world: World) -> Iterator[dict[str, Any]]:
    """Yield searches, filters by rows out of sight, and forms filled in with them."""
    yield {"q": ASKED}
    if address.name.endswith("_export"):
        yield {"tep": "csv"}
        yield {"tep": "csv", "q": ASKED}
    yield {"q": ASKED, "organisation": ASKED, "on": "05/11/2026", "term": ASKED}
    if address.parameters:
        return  # the page of one row is neither filtered nor filled in by its address
    for field in _fields(address.model):
        for key in _outside(field, world)[:1]:
            yield {field.name: key}
            yield {f"{field.name}__id__exact": key}


def body_for(address: Address, world: World) -> dict[str, Any]:
    """Return an invalid form that names rows out of sight in every field that names one."""
    body: dict[str, Any] = dict.fromkeys(
        ("organisation", "parent", "person", "area", "q", "facility", "citizen", "practitioner"),
        ASKED,
    )
    for field in _fields(address.model):
        for key in _outside(field, world)[:1]:
            body[field.name] = str(key)
    outside = [str(row.pk) for found in world.unseen.values() for row in found]
    return {**body, "action": "delete_selected", "_selected_action": outside[:1]}


def autocompletes() -> Iterator[str]:
    """Yield every question that an autocomplete box may ask."""
    base = reverse("admin:autocomplete")
    for model, model_admin in admin.site._registry.items():
        holders = [model_admin, *[inline(model, admin.site) for inline in model_admin.inlines]]
        for holder in holders:
            for name in holder.autocomplete_fields:
                opts = holder.model._meta if hasattr(holder, "model") else model._meta
                yield (
                    f"{base}?app_label={opts.app_label}&model_name={opts.model_name}"
                    f"&field_name={name}&term={ASKED}"
                )
