"""How long a record must be kept, what holds it longer, and which were put up for disposal."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise
from typing_extensions import override

from healthrecords.models.citizen import Citizen
from healthrecords.querysets import DisposalListQuerySet, LegalHoldQuerySet
from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.places.models import Organisation


def by(name: StrOrPromise, *, empty: bool = False) -> models.ForeignKey:  # type: ignore[type-arg]
    """Return the field of somebody who did something."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=empty,
        blank=empty,
        related_name="+",
        verbose_name=name,
    )


@tracked()
class LegalHold(Keyed):
    """A record that must not be disposed of until the hold is lifted: a dispute, an inquiry."""

    citizen = models.ForeignKey(
        Citizen, models.PROTECT, related_name="legal_holds", verbose_name=_("citizen")
    )
    facility = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("facility")
    )
    reason = models.TextField(_("reason"))
    basis = models.CharField(_("paper that asks for it"), max_length=255)
    placed_on = models.DateField(_("placed on"))
    placed_by = by(_("placed by"))
    placed_at = models.DateTimeField(_("recorded at"))
    lifted_on = models.DateField(_("lifted on"), null=True, blank=True)
    lifted_by = by(_("lifted by"), empty=True)
    lift_reason = models.TextField(_("reason of lifting"), blank=True)

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("legal hold")
        verbose_name_plural = _("legal holds")
        ordering = ["-placed_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(basis=""),
                name="legalhold_has_reason",
                violation_error_message=_(
                    "A hold needs its reason and the paper that asks for it."
                ),
                violation_error_code="hold_without_reason",
            ),
            models.CheckConstraint(
                condition=Q(lifted_on=None, lifted_by=None, lift_reason="")
                | ~Q(lifted_on=None)
                & ~Q(lifted_by=None)
                & ~Q(lift_reason="")
                & Q(lifted_on__gte=F("placed_on")),
                name="legalhold_lifted_whole",
                violation_error_message=_("Lifting a hold needs a day and a reason."),
                violation_error_code="lift_without_reason",
            ),
            models.UniqueConstraint(
                fields=["citizen", "basis"],
                condition=Q(lifted_on=None),
                name="legalhold_once",
                violation_error_message=_("This record is held for this paper already."),
                violation_error_code="held_before",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.basis


@tracked()
class DisposalList(Keyed):
    """Records whose term of keeping is over, put up by one person and decided on by another.

    Approving it deletes nothing: it keeps the decision and the minutes of those who carry it out.
    """

    facility = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("facility")
    )
    cut_on = models.DateField(_("terms that are over on"))
    reason = models.TextField(_("reason"))
    proposed_on = models.DateField(_("proposed on"))
    proposed_by = by(_("proposed by"))
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    decided_by = by(_("decided by"), empty=True)
    is_approved = models.BooleanField(_("approved"), null=True, blank=True)
    decision_number = models.CharField(_("number of the decision"), max_length=100, blank=True)
    minutes = models.TextField(_("minutes of the council"), blank=True)

    objects = DisposalListQuerySet.as_manager()

    class Meta:
        verbose_name = _("disposal list")
        verbose_name_plural = _("disposal lists")
        ordering = ["-proposed_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_on=None, decided_by=None, is_approved=None)
                | ~Q(decided_on=None) & ~Q(decided_by=None) & ~Q(is_approved=None) & ~Q(minutes=""),
                name="disposallist_decided_whole",
                violation_error_message=_(
                    "A decision needs its day and the minutes of the council."
                ),
                violation_error_code="minutes_missing",
            ),
            models.CheckConstraint(
                condition=~Q(is_approved=True) | ~Q(decision_number=""),
                name="disposallist_approval_has_number",
                violation_error_message=_(
                    "Write the number of the decision that approves the list."
                ),
                violation_error_code="decision_number_missing",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
                name="disposallist_four_eyes",
                violation_error_message=_("Who proposed a list does not decide on it."),
                violation_error_code="own_proposal",
            ),
            models.UniqueConstraint(
                fields=["facility"],
                condition=Q(decided_on=None),
                name="disposallist_one_open",
                violation_error_message=_(
                    "A list of this facility waits for its decision already."
                ),
                violation_error_code="list_open",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.proposed_on:%d/%m/%Y}"


@tracked()
class DisposalItem(Keyed):
    """One record of a disposal list, with the term that is over, or why it was kept after all."""

    disposal_list = models.ForeignKey(
        DisposalList, models.PROTECT, related_name="items", verbose_name=_("disposal list")
    )
    citizen = models.ForeignKey(
        Citizen, models.PROTECT, related_name="+", verbose_name=_("citizen")
    )
    retention_class = models.CharField(_("retention class"), max_length=40)
    legal_basis = models.CharField(_("legal basis"), max_length=255)
    died_on = models.DateField(_("died on"))
    kept_until = models.DateField(_("kept until"))
    kept_because = models.TextField(_("kept because"), blank=True)

    class Meta:
        verbose_name = _("record of a disposal list")
        verbose_name_plural = _("records of disposal lists")
        ordering = ["disposal_list", "kept_until", "id"]
        constraints = [
            models.UniqueConstraint(fields=["disposal_list", "citizen"], name="disposalitem_once"),
            models.CheckConstraint(
                condition=Q(kept_until__gte=F("died_on")), name="disposalitem_kept_after_death"
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.kept_until:%d/%m/%Y}"
