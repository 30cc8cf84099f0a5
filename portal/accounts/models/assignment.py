"""An assignment (who, role, where, from, until) and the grants it is written out to."""

from datetime import date
from typing import Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase
from typing_extensions import override

from portal.accounts.roles import Role
from portal.audit.history import tracked
from portal.database.keys import Keyed, uuid7
from portal.database.periods import VALIDITY
from portal.places.models import Organisation
from portal.scope import ScopedQuerySet


class AssignmentQuerySet(ScopedQuerySet["Assignment"]):
    """Reads of assignments."""

    def holding(self, on: date | None = None) -> Self:
        """Return the assignments that hold on a day, today when none is named."""
        day = on or timezone.localdate()
        return self.not_ended(day).filter(valid_from__lte=day)

    def not_ended(self, on: date | None = None) -> Self:
        """Return the assignments that hold on a day or will hold later."""
        day = on or timezone.localdate()
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=day), withdrawn_at=None)


@tracked()
class Assignment(Keyed):
    """A user holds a role at an organisation from one day until another, both included.

    A withdrawn one holds on no day; its days stay as they were given.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="assignments", verbose_name=_("user")
    )
    role = models.CharField(_("role"), max_length=24, choices=Role.choices)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="assignments", verbose_name=_("organisation")
    )
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True, editable=False)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("granted by"),
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ["organisation", "user", "role", "-valid_from", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=[str(role) for role in Role]), name="assignment_role_known"
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="assignment_valid_period",
                violation_error_message=_("The last day comes before the first."),
                violation_error_code="period_reversed",
            ),
            ExclusionConstraint(
                name="assignment_once_at_a_time",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("organisation", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                condition=Q(withdrawn_at=None),
                violation_error_message=_(
                    "This person already holds this role here in these days."
                ),
                violation_error_code="assignment_overlap",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.organisation}: {self.get_role_display()}"


class OrganisationGrant(UserObjectPermissionBase):
    """One capability of one user at one organisation, written out from assignments.

    guardian's direct-key row: its own calls read it. The end closes by itself; a beginning in the
    future waits for the nightly writing-out.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    content_object = models.ForeignKey(Organisation, models.CASCADE)
    valid_until = models.DateField(null=True)

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        indexes = [models.Index(fields=["user", "permission"], name="grant_user_permission")]
