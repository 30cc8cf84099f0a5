"""Two records that were joined, and whose each row was: what an un-merge gives back."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.citizen import Citizen
from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.places.models import Organisation


@tracked()
class CitizenMerge(Keyed):
    """One decision that two records are one person, until it is taken back.

    ``survivor`` speaks for both from then on. ``taken`` says of each field that was taken from
    ``merged`` what the survivor said before and after; ``survivor_was`` and ``merged_was`` what both
    said, for those who look later. ``cases`` keeps how the questions between the two stood.
    """

    survivor = models.ForeignKey(
        Citizen, models.PROTECT, related_name="merges", verbose_name=_("record that stays")
    )
    merged = models.ForeignKey(
        Citizen, models.PROTECT, related_name="joinings", verbose_name=_("record that was joined")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("place")
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    taken = models.JSONField(_("taken from the joined record"), default=dict, blank=True)
    survivor_was = models.JSONField(_("what the record that stays said"), default=dict)
    merged_was = models.JSONField(_("what the joined record said"), default=dict)
    cases = models.JSONField(_("questions it answered"), default=list, blank=True)
    merged_at = models.DateTimeField(_("joined at"))
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("joined by")
    )
    undone_at = models.DateTimeField(_("parted at"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("parted by"),
    )
    undone_reason = models.CharField(_("reason for parting"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("joining of two records")
        verbose_name_plural = _("joinings of records")
        ordering = ["-merged_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["merged"],
                condition=Q(undone_at=None),
                name="citizenmerge_joined_once",
                violation_error_message=_("This record was joined with another one meanwhile."),
                violation_error_code="merged_meanwhile",
            ),
            models.CheckConstraint(
                condition=~Q(survivor=F("merged")), name="citizenmerge_two_records"
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None)
                | (~Q(undone_at=None) & ~Q(undone_by=None)),
                name="citizenmerge_undone_by_somebody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["survivor", "merged_at"],
                condition=Q(undone_at=None),
                name="citizenmerge_in_force",
            )
        ]

    @override
    def __str__(self) -> str:
        return f"{self.merged_at:%d/%m/%Y}"


@tracked()
class MergedRow(Keyed):
    """A row that stands with another record than the one it was written for, its home."""

    table = models.CharField(_("table"), max_length=100)
    column = models.CharField(_("column"), max_length=63)
    row_id = models.UUIDField(_("row"))
    home = models.ForeignKey(
        Citizen, models.PROTECT, related_name="rows_away", verbose_name=_("written for")
    )
    merge = models.ForeignKey(
        CitizenMerge, models.PROTECT, related_name="rows", verbose_name=_("first moved by")
    )

    class Meta:
        verbose_name = _("row of a joined record")
        verbose_name_plural = _("rows of joined records")
        ordering = ["table", "column", "row_id"]
        constraints = [
            models.UniqueConstraint(fields=["table", "column", "row_id"], name="mergedrow_one_home")
        ]

    @override
    def __str__(self) -> str:
        return f"{self.table} {self.row_id}"
