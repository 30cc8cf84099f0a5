"""Writes on accounts: give a role at an organisation, end it, choose the place of work."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.accounts.grants import write_out
from portal.accounts.models import Assignment, User
from portal.places.models import Organisation


@transaction.atomic
def give_role(
    *,
    actor: User | None,
    user: User,
    role: str,
    organisation: Organisation,
    valid_from: date,
    valid_until: date | None = None,
    today: date,
) -> Assignment:
    """Give ``user`` a role at ``organisation``; the grants follow at once when it holds today."""
    assignment = Assignment(
        user=user,
        role=role,
        organisation=organisation,
        valid_from=valid_from,
        valid_until=valid_until,
        granted_by=actor,
    )
    return save_assignment(actor=actor, assignment=assignment, today=today)


@transaction.atomic
def save_assignment(*, actor: User | None, assignment: Assignment, today: date) -> Assignment:
    """Save an assignment as given or mended, and write its user's grants out again."""
    if assignment.granted_by_id is None:
        assignment.granted_by = actor
    assignment.full_clean()
    assignment.save()
    write_out([assignment.user_id], on=today)
    return assignment


@transaction.atomic
def end_assignment(*, actor: User | None, assignment: Assignment, on: date) -> Assignment:
    """End an assignment: ``on`` is the first day without it.

    An assignment that has not begun is ended by its own first day and never held.
    """
    assignment = Assignment.objects.select_for_update().get(pk=assignment.pk)
    if assignment.valid_until is not None and assignment.valid_until < on:
        raise ValidationError(
            _("This assignment already ended on %(day)s."),
            code="assignment_ended",
            params={"day": assignment.valid_until.strftime("%d/%m/%Y")},
        )
    assignment.valid_until = max(assignment.valid_from, on - timedelta(days=1))
    assignment.note = assignment.note or (
        str(_("Ended by %(name)s") % {"name": actor}) if actor else ""
    )
    assignment.full_clean()
    assignment.save()
    write_out([assignment.user_id], on=on)
    return assignment


@transaction.atomic
def choose_workplace(*, user: User, organisation: Organisation) -> User:
    """Work at ``organisation`` from now on; the user must hold a role there."""
    if not user.current_assignments().filter(organisation=organisation).exists():
        raise ValidationError(
            _("You hold no role at %(organisation)s; ask the system administrator."),
            code="workplace_without_role",
            params={"organisation": organisation.name},
        )
    user.workplace = organisation
    user.save(update_fields=["workplace"])
    user.__dict__.pop("_place_of_work", None)
    return user
