"""A file as it came, and each time somebody sent it in."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed, Xid8
from portal.places.models import Organisation
from portal.scope import ScopedQuerySet


@tracked()
class StoredFile(Keyed):
    """A file kept as it was received, once under its hash, by whomever it came first.

    ``path`` is relative to the private storage; nothing there is served by address.
    """

    sha256 = models.CharField("SHA-256", max_length=64, unique=True)
    size = models.BigIntegerField(_("size"))
    path = models.CharField(_("place in the storage"), max_length=200)
    name = models.CharField(_("name as first sent"), max_length=255)
    received_at = models.DateTimeField(_("first received at"))
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("first received from"),
    )
    address = models.GenericIPAddressField(_("network address"), null=True, blank=True)

    class Meta:
        verbose_name = _("stored file")
        verbose_name_plural = _("stored files")
        ordering = ["-received_at", "-id"]

    @override
    def __str__(self) -> str:
        return self.name


class BatchQuerySet(ScopedQuerySet["Batch"]):
    """Reads of batches."""

    def waiting(self) -> Self:
        """Return those in which somebody has something to do: confirm, decide, or mend and resend."""
        return self.filter(
            Q(state=Batch.State.CHECKED)
            | Q(state=Batch.State.WRITTEN, doubtful_count__gt=0)
            | Q(state=Batch.State.WRITTEN, wrong_count__gt=0)
        )


@tracked(exclude=["rows_read", "matched_before"])
class Batch(Keyed):
    """One sending of a file by an organisation, from its arrival to its rows in the records.

    The five counts are of rows by decision; ``written_count`` of rows that reached the records.
    ``options`` say how the file is read: ``{"encoding": "tcvn3"}`` has old fonts converted; and how
    it is written: ``{"undivided": true}`` all of it or nothing.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        READING = "reading", _("Being read")
        CHECKED = "checked", _("Waits for confirmation")
        CONFIRMED = "confirmed", _("Being written")
        WRITTEN = "written", _("Written")
        REFUSED = "refused", _("Not readable")
        CANCELLED = "cancelled", _("Cancelled")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")

    file = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="batches", verbose_name=_("file")
    )
    file_name = models.CharField(_("name as sent"), max_length=255)
    kind = models.CharField(_("kind of file"), max_length=40)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("sent for")
    )
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("sent by"),
    )
    address = models.GenericIPAddressField(_("network address"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.RECEIVED
    )
    received_at = models.DateTimeField(_("received at"))
    reading_at = models.DateTimeField(_("reading began at"), null=True, blank=True)
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True)
    # The first transaction that the last matching of its rows may not have seen.
    matched_before = Xid8(null=True, editable=False)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    written_at = models.DateTimeField(_("written at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("refused or cancelled at"), null=True, blank=True)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("undone by"),
    )
    undone_because = models.TextField(_("why it was undone"), blank=True)
    rows_read = models.PositiveIntegerField(_("rows read"), default=0)
    new_count = models.PositiveIntegerField(_("new"), default=0)
    changed_count = models.PositiveIntegerField(_("changed"), default=0)
    unchanged_count = models.PositiveIntegerField(_("unchanged"), default=0)
    doubtful_count = models.PositiveIntegerField(_("to be decided"), default=0)
    wrong_count = models.PositiveIntegerField(_("wrong"), default=0)
    written_count = models.PositiveIntegerField(_("rows written"), default=0)
    has_sensitive = models.BooleanField(_("holds sensitive rows"), default=False)
    options = models.JSONField(_("how it is read"), default=dict, blank=True)
    headings = models.JSONField(_("columns as recognised"), default=list, blank=True)
    notes = models.JSONField(_("remarks on the whole file"), default=list, blank=True)
    error_code = models.CharField(_("why not readable"), max_length=60, blank=True)
    error_params = models.JSONField(_("details"), default=dict, blank=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("uploaded batch")
        verbose_name_plural = _("uploaded batches")
        ordering = ["-received_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "received",
                        "reading",
                        "checked",
                        "confirmed",
                        "written",
                        "refused",
                        "cancelled",
                        "undoing",
                        "undone",
                    ]
                ),
                name="batch_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(error_code=""), name="batch_refused_has_reason"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["undoing", "undone"]) | ~Q(undone_because=""),
                name="batch_undone_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "-received_at", "-id"], name="batch_of_place"),
        ]

    @override
    def __str__(self) -> str:
        return self.file_name

    @property
    def is_busy(self) -> bool:
        """Say whether a job works on the batch, so that the page should be drawn again."""
        return self.state in {
            self.State.RECEIVED,
            self.State.READING,
            self.State.CONFIRMED,
            self.State.UNDOING,
        }

    @property
    def is_checked(self) -> bool:
        """Say whether the file was read and checked to its end, so that its protected rows are known."""
        return self.checked_at is not None and self.state not in {
            self.State.RECEIVED,
            self.State.READING,
            self.State.REFUSED,
            self.State.CANCELLED,
        }

    @property
    def is_open(self) -> bool:
        """Say whether rows may still be decided and written."""
        return self.state in {self.State.CHECKED, self.State.WRITTEN}

    @property
    def row_count(self) -> int:
        return (
            self.new_count
            + self.changed_count
            + self.unchanged_count
            + self.doubtful_count
            + self.wrong_count
        )


class Progress(models.Model):
    """How far the job of a batch is, and whether somebody wants it stopped.

    Written beside the job's own transaction, so that others see it while the job goes on. The
    speed of the last few minutes tells how long the rest will take.
    """

    class Stage(models.TextChoices):
        READING = "reading", _("reading and checking")
        COMPARING = "comparing", _("comparing with the records")
        WRITING = "writing", _("writing")
        UNDOING = "undoing", _("undoing")

    batch = models.OneToOneField(
        Batch, models.CASCADE, primary_key=True, related_name="progress", verbose_name=_("batch")
    )
    stage = models.CharField(_("stage"), max_length=9, choices=Stage.choices)
    done = models.PositiveIntegerField(_("rows done"), default=0)
    total = models.PositiveIntegerField(_("rows in all"), default=0)
    began_at = models.DateTimeField(_("stage began at"))
    said_at = models.DateTimeField(_("last heard at"))
    is_unwanted = models.BooleanField(_("to be stopped"), default=False)

    class Meta:
        verbose_name = _("progress")
        verbose_name_plural = _("progress")
        constraints = [
            models.CheckConstraint(
                condition=Q(stage__in=["reading", "comparing", "writing", "undoing"]),
                name="progress_stage_known",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.stage} {self.done}/{self.total}"
