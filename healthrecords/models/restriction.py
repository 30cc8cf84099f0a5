"""A restriction of processing ends: who asked or proposed it, who decided, when the person was told."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.request import DataRequest
from healthrecords.querysets import RestrictionLiftQuerySet
from portal.audit.history import tracked
from portal.database.keys import Keyed


@tracked()
class RestrictionLift(Keyed):
    """A restriction of processing is to end, or ended (Law 91/2025/QH15, Decree 356/2025/NĐ-CP).

    The person asks for it in a request of their own, or somebody proposes it because the reason of
    the restriction is over. Somebody else decides; the person is told before it ends. The request
    that restricted stays as it was: until ``lifted_on`` it held.
    """

    class Ground(models.TextChoices):
        ASKED = "asked", _("the person asks for it")
        OVER = "over", _("the reason of the restriction is over")

    restriction = models.ForeignKey(
        DataRequest, models.PROTECT, related_name="lifts", verbose_name=_("restriction")
    )
    ground = models.CharField(_("why it ends"), max_length=5, choices=Ground.choices)
    asked_in = models.ForeignKey(
        DataRequest,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="lifted",
        verbose_name=_("asked for in"),
    )
    reason = models.TextField(_("what has changed"))
    proposed_on = models.DateField(_("proposed on"))
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decision recorded at"), null=True, blank=True)
    is_lifted = models.BooleanField(_("lifted"), null=True, blank=True)
    decision = models.TextField(_("reason of the decision"), blank=True)
    told_on = models.DateField(_("the person was told on"), null=True, blank=True)
    told_how = models.CharField(_("how the person was told"), max_length=255, blank=True)
    lifted_on = models.DateField(_("ends on"), null=True, blank=True)

    objects = RestrictionLiftQuerySet.as_manager()

    class Meta:
        verbose_name = _("end of a restriction")
        verbose_name_plural = _("ends of restrictions")
        ordering = ["restriction", "proposed_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ground="asked", asked_in__isnull=False)
                | Q(ground="over", asked_in__isnull=True),
                name="restrictionlift_ground_known",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="restrictionlift_has_reason",
                violation_error_message=_("Write what has changed; the person reads it."),
                violation_error_code="lift_without_reason",
            ),
            models.CheckConstraint(
                condition=Q(decided_on=None, decided_by=None, decided_at=None, is_lifted=None)
                | ~Q(decided_on=None)
                & ~Q(decided_by=None)
                & ~Q(decided_at=None)
                & ~Q(is_lifted=None)
                & ~Q(decision=""),
                name="restrictionlift_decided_whole",
                violation_error_message=_("Write why it is decided so; the person reads it."),
                violation_error_code="decision_without_reason",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
                name="restrictionlift_four_eyes",
                violation_error_message=_(
                    "Who took in or proposed the end of a restriction does not decide on it."
                ),
                violation_error_code="own_proposal",
            ),
            models.CheckConstraint(
                condition=~Q(is_lifted=True)
                | ~Q(told_on=None) & ~Q(told_how="") & ~Q(lifted_on=None),
                name="restrictionlift_person_told",
                violation_error_message=_(
                    "The person is told before a restriction ends; write the day and how."
                ),
                violation_error_code="person_not_told",
            ),
            models.CheckConstraint(
                condition=Q(lifted_on=None)
                | Q(is_lifted=True, lifted_on__gte=F("told_on"))
                & Q(lifted_on__gte=F("decided_on")),
                name="restrictionlift_ends_after_word",
                violation_error_message=_(
                    "A restriction ends on the day of the decision or later, and not before the"
                    " person was told."
                ),
                violation_error_code="ends_before_word",
            ),
            models.UniqueConstraint(
                fields=["restriction"],
                condition=Q(decided_on=None),
                name="restrictionlift_one_open",
                violation_error_message=_(
                    "The end of this restriction is proposed already and waits for a decision."
                ),
                violation_error_code="lift_open",
            ),
            models.UniqueConstraint(
                fields=["restriction"],
                condition=Q(is_lifted=True),
                name="restrictionlift_once",
                violation_error_message=_("This restriction ended already."),
                violation_error_code="lifted_before",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_ground_display()} {self.proposed_on:%d/%m/%Y}"
