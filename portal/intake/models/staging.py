"""The rows of a batch before they are records, and what was found wrong with them.

Filled by COPY, hundreds of thousands at a time: no history, no signals, keys to the batch alone.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from typing_extensions import override

from portal.database.keys import Keyed
from portal.intake.models.batch import Batch
from portal.sensitivity import KNOWN, Sensitivity


class Staged(Keyed):
    """Something a batch brought; inherits the sensitivity of its row."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="+", db_index=False)
    sheet = models.CharField(_("sheet"), max_length=100, blank=True)
    number = models.PositiveIntegerField(_("row"))
    sensitivity = models.CharField(
        max_length=12, choices=Sensitivity.choices, default=Sensitivity.NONE, blank=True
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(sensitivity__in=KNOWN), name="%(class)s_sensitivity_known"
            )
        ]


class StagedRow(Staged):
    """One row of a file as it was read, and what will become of it; the file holds it as sent.

    ``number`` is the row as the sender sees it. ``key`` tells rows of one sender apart;
    ``subject_key`` says which rows speak of one subject that is not known yet. ``target_id`` is the
    record the row is about (a visit), ``subject_id`` whom it belongs to (a citizen). A new record has
    the id of its row; ``makes_subject``, ``before`` and ``around`` (other records of the subject, as
    they were and as the row left them) are what undoing the batch needs.
    """

    class Decision(models.TextChoices):
        NEW = "new", _("New")
        CHANGED = "changed", _("Changed")
        UNCHANGED = "unchanged", _("Unchanged")
        DOUBTFUL = "doubtful", _("To be decided")
        WRONG = "wrong", pgettext_lazy("upload", "Wrong")

    class Ruling(models.TextChoices):
        NONE = "", _("not decided")
        SAME = "same", _("the same person")
        OTHER = "other", _("another person")

    key = models.CharField(_("key"), max_length=200, blank=True)
    subject_key = models.CharField(max_length=400, blank=True)
    values = models.JSONField(_("as read"))
    tables = models.JSONField(_("further tables as read"), default=dict)
    decision = models.CharField(
        _("decision"), max_length=9, choices=Decision.choices, default=Decision.NEW
    )
    target_id = models.UUIDField(null=True)
    subject_id = models.UUIDField(null=True)
    candidates = models.JSONField(_("whom it may be"), default=list)
    changes = models.JSONField(_("changes"), default=list)
    makes_subject = models.BooleanField(_("made its subject"), default=False)
    before = models.JSONField(_("record before it was changed"), null=True)
    around = models.JSONField(_("what it altered around its subject"), null=True)
    ruling = models.CharField(_("ruling"), max_length=5, choices=Ruling.choices, blank=True)
    ruled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    ruled_at = models.DateTimeField(null=True)
    written_at = models.DateTimeField(_("written at"), null=True)

    class Meta(Staged.Meta):
        verbose_name = _("staged row")
        verbose_name_plural = _("staged rows")
        ordering = ["batch", "number", "id"]
        constraints = [
            *Staged.Meta.constraints,
            models.CheckConstraint(
                condition=Q(decision__in=["new", "changed", "unchanged", "doubtful", "wrong"]),
                name="stagedrow_decision_known",
            ),
            models.CheckConstraint(
                condition=Q(ruling__in=["", "same", "other"]), name="stagedrow_ruling_known"
            ),
        ]
        indexes = [
            models.Index(fields=["batch", "number", "id"], name="stagedrow_order"),
            models.Index(fields=["batch", "decision", "number"], name="stagedrow_decision"),
            models.Index(fields=["batch", "key"], name="stagedrow_key"),
            # What files altered around one subject: undoing one of them looks for the later ones.
            models.Index(
                fields=["subject_id"], condition=Q(around__isnull=False), name="stagedrow_around"
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.sheet} {self.number}"


class Finding(Staged):
    """One thing that is wrong with one cell of one row, and what mends it.

    ``message`` and ``remedy`` are kept untranslated and said in the reader's language; equal
    ``cause`` means one line of the preview.
    """

    class Severity(models.TextChoices):
        ERROR = "error", pgettext_lazy("upload", "Wrong")
        WARNING = "warning", _("Remark")

    row = models.ForeignKey(
        StagedRow,
        models.PROTECT,
        related_name="findings",
        db_constraint=False,
    )
    cell = models.CharField(_("cell"), max_length=140)
    column = models.CharField(_("column"), max_length=60, blank=True)
    value = models.CharField(_("value as sent"), max_length=300, blank=True)
    code = models.CharField(_("code"), max_length=60)
    severity = models.CharField(_("severity"), max_length=7, choices=Severity.choices)
    message = models.TextField(_("message"))
    remedy = models.TextField(_("remedy"), blank=True)
    params = models.JSONField(_("details"), default=dict)
    cause = models.CharField(max_length=200, blank=True)

    class Meta(Staged.Meta):
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        ordering = ["batch", "number", "id"]
        constraints = [
            *Staged.Meta.constraints,
            models.CheckConstraint(
                condition=Q(severity__in=["error", "warning"]), name="finding_severity_known"
            ),
        ]
        indexes = [
            models.Index(fields=["batch", "severity", "cause"], name="finding_cause"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.cell} {self.code}"
