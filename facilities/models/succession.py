"""What became of a place of care: merged, split, renamed, or now a point of a station."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from facilities.models.dated import Decided
from facilities.querysets import SuccessionQuerySet
from portal.audit.history import tracked
from portal.database.choices import known
from portal.database.keys import Keyed
from portal.places.models import Organisation


@tracked()
class FacilitySuccession(Decided, Keyed):
    """From a day on, what was done in the name of ``old`` is continued by ``new``.

    Visits stay where they happened; reports follow the steps. A split has several, one of them
    the main heir that the old figures go to. A step entered by mistake is withdrawn, not deleted.
    """

    class Kind(models.TextChoices):
        MERGE = "merge", _("merged into")
        SPLIT = "split", _("split into")
        RENAME = "rename", _("founded anew as")
        DOWNGRADE = "downgrade_to_point", _("became a point of")

    old = models.ForeignKey(
        Organisation, models.PROTECT, related_name="successions", verbose_name=_("before")
    )
    new = models.ForeignKey(
        Organisation, models.PROTECT, related_name="inheritances", verbose_name=_("since")
    )
    kind = models.CharField(_("what happened"), max_length=18, choices=Kind.choices)
    on = models.DateField(_("from"))
    is_main = models.BooleanField(_("the old figures go here"), default=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    before = models.JSONField(_("how it stood before"), default=dict, editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    withdrawn_because = models.CharField(_("why it was withdrawn"), max_length=300, blank=True)

    objects = SuccessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("succession of a facility")
        verbose_name_plural = _("successions of facilities")
        ordering = ["-on", "old", "id"]
        constraints = [
            known("facilitysuccession", "kind", ["merge", "split", "rename", "downgrade_to_point"]),
            models.UniqueConstraint(
                fields=["old", "new"],
                condition=Q(withdrawn_at=None),
                name="facilitysuccession_step_once",
                violation_error_message=_("This step stands already."),
                violation_error_code="succession_known",
            ),
            models.UniqueConstraint(
                fields=["old"],
                condition=Q(withdrawn_at=None, is_main=True),
                name="facilitysuccession_one_main_heir",
                violation_error_message=_("The facility has a main heir already."),
                violation_error_code="heir_known",
            ),
            models.CheckConstraint(
                condition=~Q(old=F("new")),
                name="facilitysuccession_not_its_own_heir",
                violation_error_message=_("A facility cannot succeed itself."),
                violation_error_code="succession_circle",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | ~Q(withdrawn_because=""),
                name="facilitysuccession_withdrawn_with_reason",
                violation_error_message=_("Write why the step is withdrawn."),
                violation_error_code="reason_missing",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.old} → {self.new}"
