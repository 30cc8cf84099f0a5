"""Writes on the organisation tree: create, place under another parent, code, catchment."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext_lazy as _

from portal.database.periods import not_over
from portal.places.models import (
    Area,
    Catchment,
    GoverningBody,
    Organisation,
    OrganisationIdentifier,
    OrganisationPlacement,
)


@transaction.atomic
def create_organisation(
    *,
    name: str,
    kind: str,
    parent: Organisation | None,
    valid_from: date,
    area: Area | None = None,
) -> Organisation:
    """Create an organisation at its place in the tree."""
    organisation = Organisation(
        name=name, kind=kind, parent=parent, area=area, valid_from=valid_from
    )
    return add_organisation(organisation)


def lock_tree() -> None:
    """Let one transaction at a time change who stands where; paths are written by hand."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('organisation tree'))")


@transaction.atomic
def add_organisation(organisation: Organisation, *, decision: str = "") -> Organisation:
    """Save a new organisation under its parent, where that stands now; only the first has none."""
    lock_tree()
    parent = organisation.parent
    if parent is not None:
        parent.refresh_from_db(fields=["path"])
    elif Organisation.objects.filter(parent=None).exists():
        # A role at a root reaches the whole country.
        raise ValidationError(_("Say under which organisation it stands."), code="parent_missing")
    organisation.path = (parent.path if parent else "") + organisation.step
    organisation.full_clean(exclude=["name_norm"])
    organisation.save(force_insert=True)
    if parent:
        OrganisationPlacement.objects.create(
            organisation=organisation,
            parent=parent,
            valid_from=organisation.valid_from,
            decision=decision,
        )
    return organisation


@transaction.atomic
def add_organisations(*, parent: Organisation, organisations: Sequence[Organisation]) -> None:
    """Save new organisations under one parent, however many, with their places in the tree."""
    lock_tree()
    parent.refresh_from_db(fields=["path"])
    for organisation in organisations:
        organisation.parent, organisation.path = parent, parent.path + organisation.step
        organisation.clean_fields(exclude=["name_norm", "parent", "area"])
    Organisation.objects.bulk_create(organisations)
    OrganisationPlacement.objects.bulk_create(
        OrganisationPlacement(organisation=row, parent=parent, valid_from=row.valid_from)
        for row in organisations
    )


@transaction.atomic
def place_under(
    *, organisation: Organisation, parent: Organisation, on: date, today: date, decision: str = ""
) -> Organisation:
    """Move an organisation, with all under it, to another parent from ``on``.

    Rights follow at once, so ``on`` cannot lie ahead of ``today``. Locks the tree: two moves at
    once could make a circle.
    """
    if on > today:
        raise ValidationError(
            _(
                "%(organisation)s cannot move on %(day)s, which is still to come;"
                " come back that day."
            ),
            code="placement_in_future",
            params={"organisation": organisation.name, "day": on.strftime("%d/%m/%Y")},
        )
    lock_tree()
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    parent = Organisation.objects.get(pk=parent.pk)
    if parent.path.startswith(organisation.path):
        raise ValidationError(
            _("%(parent)s stands under %(organisation)s; choose another parent."),
            code="placement_circle",
            params={"parent": parent.name, "organisation": organisation.name},
        )
    standing = organisation.placements.filter(valid_from__gte=on).order_by("valid_from").first()
    if standing is not None:
        raise ValidationError(
            _("%(organisation)s stands under %(parent)s since %(day)s; name a later day."),
            code="placement_before_last",
            params={
                "organisation": organisation.name,
                "parent": standing.parent.name,
                "day": standing.valid_from.strftime("%d/%m/%Y"),
            },
        )
    organisation.placements.filter(Q(valid_until=None) | Q(valid_until__gte=on)).update(
        valid_until=on - timedelta(days=1)
    )
    placement = OrganisationPlacement(
        organisation=organisation, parent=parent, valid_from=on, decision=decision
    )
    placement.full_clean()
    placement.save(force_insert=True)
    return take_place(organisation=organisation, parent=parent)


def take_place(*, organisation: Organisation, parent: Organisation) -> Organisation:
    """Write parent and paths of an organisation with all under it; the caller wrote its placement."""
    parent.refresh_from_db(fields=["path"])
    old, new = organisation.path, parent.path + organisation.step
    Organisation.objects.filter(pk=organisation.pk).update(parent=parent)
    Organisation.objects.filter(path__startswith=old).update(
        path=Concat(Value(new), Substr(F("path"), len(old) + 1))
    )
    organisation.refresh_from_db()
    return organisation


@transaction.atomic
def give_code(
    *,
    organisation: Organisation,
    scheme: str,
    value: str,
    valid_from: date,
    source: str = "",
    is_sure: bool = False,
) -> OrganisationIdentifier:
    """Record a code of an organisation; one that its scheme cannot read is refused.

    A location number whose check digit is wrong needs somebody who is sure of it.
    """
    identifier = OrganisationIdentifier(
        organisation=organisation,
        scheme=scheme,
        value=value,
        valid_from=valid_from,
        source=source,
    )
    identifier.is_sure = is_sure
    identifier.full_clean()
    identifier.save(force_insert=True)
    return identifier


@transaction.atomic
def change_code(
    *,
    organisation: Organisation,
    scheme: str,
    value: str,
    valid_from: date,
    source: str = "",
    is_sure: bool = False,
) -> OrganisationIdentifier:
    """Record a code in place of the one of its kind, which ends on the day before."""
    standing = organisation.identifiers.select_for_update().filter(scheme=scheme, valid_until=None)
    last = standing.first() if scheme != OrganisationIdentifier.Scheme.OTHER else None
    if last is not None and last.value == value:
        return last
    if last is not None:
        if last.valid_from >= valid_from:
            message = _("The code %(code)s holds since %(day)s; name a later day.")
            said = {"code": last.value, "day": f"{last.valid_from:%d/%m/%Y}"}
            error = ValidationError(message, code="code_before_last", params=said)
            raise ValidationError({"valid_from": error})
        last.valid_until = valid_from - timedelta(days=1)
        last.save(update_fields=["valid_until"])
    return give_code(
        organisation=organisation,
        scheme=scheme,
        value=value,
        valid_from=valid_from,
        source=source,
        is_sure=is_sure,
    )


@transaction.atomic
def belong_to(
    *, organisation: Organisation, kind: str, name: str, valid_from: date, decision: str = ""
) -> GoverningBody:
    """Record whose an organisation is from a day; the governing body before ends the day before.

    One that began the very same day is corrected: it never was.
    """
    rows = organisation.governing_bodies.select_for_update()
    last = rows.order_by("-valid_from").first()
    if last is not None and last.valid_from > valid_from:
        message = _("It belongs to %(name)s since %(day)s; name a later day.")
        said = {"name": last.name, "day": f"{last.valid_from:%d/%m/%Y}"}
        error = ValidationError(message, code="governing_before_last", params=said)
        raise ValidationError({"valid_from": error})
    if last is not None and last.valid_from == valid_from:
        last.delete()
    elif last is not None and last.valid_until is None:
        last.valid_until = valid_from - timedelta(days=1)
        last.save(update_fields=["valid_until"])
    body = GoverningBody(
        organisation=organisation,
        kind=kind,
        name=" ".join(name.split()),
        valid_from=valid_from,
        decision=decision,
    )
    body.full_clean()
    body.save(force_insert=True)
    return body


@transaction.atomic
def look_after(*, organisation: Organisation, area: Area, valid_from: date) -> Catchment:
    """Put a commune into the catchment of an organisation."""
    catchment = Catchment(organisation=organisation, area=area, valid_from=valid_from)
    catchment.full_clean()
    catchment.save(force_insert=True)
    return catchment


@transaction.atomic
def close_organisation(*, organisation: Organisation, on: date) -> Organisation:
    """End an organisation: ``on`` is its last day. What still stands under it must move first."""
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    open_below = Organisation.objects.filter(not_over(on + timedelta(days=1)), parent=organisation)
    below = open_below.count()
    if below:
        raise ValidationError(
            _("%(count)s organisations still stand under %(organisation)s; move them first."),
            code="organisation_not_empty",
            params={"count": below, "organisation": organisation.name},
        )
    organisation.valid_until = on
    organisation.full_clean(exclude=["name_norm"])
    organisation.save()
    still = Q(valid_until=None) | Q(valid_until__gt=on)
    own = (
        organisation.placements,
        organisation.identifiers,
        organisation.catchments,
        organisation.governing_bodies,
    )
    for rows in own:
        rows.filter(still, valid_from__lte=on).update(valid_until=on)
    return organisation
