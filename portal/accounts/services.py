"""Writes on accounts: give a role at an organisation, end it, choose the place of work."""

import secrets
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.grants import write_out
from portal.accounts.models import Assignment, User
from portal.places.models import Organisation
from portal.scope import scope_of

PASSWORD_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # noqa: S105  (nothing that reads like another)


def must_manage(actor: User | None, *, user: User, organisation: Organisation | None) -> None:
    """Refuse an actor who does not manage accounts there, or who acts on themselves."""
    if actor is None:
        return
    if actor.pk == user.pk:
        raise ValidationError(
            _("Nobody gives, ends or changes their own rights; ask another administrator."),
            code="own_rights",
        )
    if organisation is not None and organisation.pk not in scope_of(actor, "manage_accounts"):
        raise ValidationError(
            _("%(organisation)s is not among the organisations whose accounts you manage."),
            code="outside_scope",
            params={"organisation": organisation.name},
        )


def must_keep(actor: User | None, *, user: User) -> None:
    """Refuse an actor who does not manage every place where the account holds or will hold a role.

    Whoever sets an account's password can act in all its roles.
    """
    must_manage(actor, user=user, organisation=None)
    if actor is None:
        return
    held = Assignment.objects.not_ended().filter(user=user)
    mine = held.within(scope_of(actor, "manage_accounts"))
    if held.exclude(pk__in=mine.values("pk")).exists():
        # Where that is stays unsaid: a place out of scope does not exist on this page.
        raise ValidationError(
            _(
                "%(person)s also holds a role outside the organisations whose accounts you"
                " manage; ask an administrator above both."
            ),
            code="account_beyond_scope",
            params={"person": user.full_name},
        )


def new_password() -> str:
    """Make a password that can be read aloud: three groups of four letters and digits."""
    groups = ("".join(secrets.choice(PASSWORD_LETTERS) for _n in range(4)) for _g in range(3))
    return "-".join(groups)


@transaction.atomic
def create_account(*, username: str, full_name: str) -> tuple[User, str]:
    """Create an account and return it with its first password, which is kept nowhere."""
    password = new_password()
    return User.objects.create_user(username, password, full_name=full_name), password


@transaction.atomic
def reset_password(*, actor: User | None, user: User) -> str:
    """Give ``user`` a new password, which is kept nowhere; the old one and its sessions end."""
    must_keep(actor, user=user)
    password = new_password()
    user.set_password(password)
    user.save(update_fields=["password", "password_changed_at"])
    return password


@transaction.atomic
def allow_login(*, actor: User | None, user: User, allowed: bool) -> User:
    """Let an account log in, or end its logins; its assignments stay as they are."""
    must_keep(actor, user=user)
    user.is_active = allowed
    user.save(update_fields=["is_active"])
    return user


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
    """Give ``user`` a role at ``organisation``; the grants follow at once when it holds today.

    An actor gives roles only where they manage accounts, and never to themselves.
    """
    must_manage(actor, user=user, organisation=organisation)
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
def end_assignment(
    *, actor: User | None, assignment: Assignment, on: date, today: date
) -> Assignment:
    """End an assignment: ``on`` is the first day without it, and may lie ahead of ``today``.

    One that would end before its own first day is withdrawn: it gives nothing from this moment.
    Nobody ends their own.
    """
    assignment = Assignment.objects.select_for_update().get(pk=assignment.pk)
    must_manage(actor, user=assignment.user, organisation=assignment.organisation)
    if assignment.withdrawn_at is not None:
        raise ValidationError(_("This assignment was withdrawn."), code="assignment_withdrawn")
    if assignment.valid_until is not None and assignment.valid_until < on:
        raise ValidationError(
            _("This assignment already ended on %(day)s."),
            code="assignment_ended",
            params={"day": assignment.valid_until.strftime("%d/%m/%Y")},
        )
    if on > assignment.valid_from:
        assignment.valid_until = on - timedelta(days=1)
    else:
        assignment.withdrawn_at = timezone.now()
    assignment.note = assignment.note or (
        str(_("Ended by %(name)s") % {"name": actor}) if actor else ""
    )
    assignment.full_clean()
    assignment.save()
    write_out([assignment.user_id], on=today)
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
    return user
