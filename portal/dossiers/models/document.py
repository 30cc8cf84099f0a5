"""The documents of a dossier, the files that carry them, and what was asked in addition."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.attachments.models import StoredFile
from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.dossiers.models.dossier import Dossier


@tracked()
class DossierDocument(Keyed):
    """One document a dossier needs by the law of its day, and whether it is there.

    What the register knows is not asked for again (Decree 96/2023/NĐ-CP): ``because`` says what.
    """

    class State(models.TextChoices):
        REQUIRED = "required", _("still missing")
        PROVIDED = "provided", _("provided")
        WAIVED = "waived", _("not needed, the register knows it")
        OPTIONAL = "optional", _("not needed in every case")

    dossier = models.ForeignKey(
        Dossier, models.PROTECT, related_name="documents", verbose_name=_("dossier")
    )
    code = models.CharField(_("code"), max_length=40)
    title = models.CharField(_("document"), max_length=500)
    state = models.CharField(_("state"), max_length=8, choices=State.choices)
    because = models.CharField(_("what the register knows"), max_length=300, blank=True)
    group = models.CharField(_("one of"), max_length=20, blank=True)
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta:
        verbose_name = _("document of a dossier")
        verbose_name_plural = _("documents of dossiers")
        ordering = ["dossier", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["dossier", "code"], name="dossierdocument_once"),
            models.CheckConstraint(
                condition=Q(state__in=["required", "provided", "waived", "optional"]),
                name="dossierdocument_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="waived") | ~Q(because=""), name="dossierdocument_waived_why"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.title


@tracked()
class Supplement(Keyed):
    """One written request for a supplement; the clock stands until it is answered.

    One at a time is open; several things are asked at once, not one after another.
    """

    dossier = models.ForeignKey(
        Dossier, models.PROTECT, related_name="supplements", verbose_name=_("dossier")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    was_complete = models.BooleanField(_("asked after the clock began"))
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answer = models.TextField(_("what the applicant wrote"), blank=True)
    gone_on_at = models.DateTimeField(_("gone on without it at"), null=True, blank=True)

    class Meta:
        verbose_name = _("request for a supplement")
        verbose_name_plural = _("requests for supplements")
        ordering = ["dossier", "number"]
        constraints = [
            models.UniqueConstraint(fields=["dossier", "number"], name="supplement_number_once"),
            models.UniqueConstraint(
                fields=["dossier"],
                condition=Q(answered_at=None, gone_on_at=None),
                name="supplement_one_open",
                violation_error_message=_("A supplement is asked for already; it is still open."),
                violation_error_code="supplement_open",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.dossier}, {self.number}"

    @property
    def paper(self) -> str:
        """Return the end of the address of its paper."""
        return f"bo-sung-{self.number}"


@tracked()
class SupplementItem(Keyed):
    """One thing that is asked: what is missing or wrong, and why."""

    supplement = models.ForeignKey(
        Supplement, models.PROTECT, related_name="items", verbose_name=_("request")
    )
    document = models.ForeignKey(
        DossierDocument, models.PROTECT, related_name="asked", verbose_name=_("document")
    )
    why = models.TextField(_("what is missing or wrong, and why"))

    class Meta:
        verbose_name = _("thing asked for")
        verbose_name_plural = _("things asked for")
        ordering = ["supplement", "document__position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["supplement", "document"], name="supplementitem_document_once"
            ),
            models.CheckConstraint(
                condition=~Q(why=""),
                name="supplementitem_has_reason",
                violation_error_message=_(
                    "Say for each document what is missing or wrong, and why."
                ),
                violation_error_code="reason_missing",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.document}: {self.why}"


@tracked()
class DossierFile(Keyed):
    """A file handed in for one document; before the filing it hangs on the form's own key."""

    dossier = models.ForeignKey(
        Dossier, models.PROTECT, null=True, related_name="files", verbose_name=_("dossier")
    )
    document = models.ForeignKey(
        DossierDocument, models.PROTECT, null=True, related_name="files", verbose_name=_("document")
    )
    client_key = models.UUIDField(editable=False, db_index=True)
    document_code = models.CharField(_("code"), max_length=40)
    stored = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="+", verbose_name=_("stored file")
    )
    title = models.CharField(_("title"), max_length=200)
    kept_at = models.DateTimeField(_("received at"))
    supplement = models.ForeignKey(
        Supplement,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="files",
        verbose_name=_("answers the request"),
    )
    dropped_at = models.DateTimeField(_("taken back at"), null=True, blank=True)

    class Meta:
        verbose_name = _("file of a dossier")
        verbose_name_plural = _("files of dossiers")
        ordering = ["dossier", "kept_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(dossier=None, document=None)
                | Q(dossier__isnull=False, document__isnull=False),
                name="dossierfile_document_of_its_dossier",
            ),
            models.UniqueConstraint(
                fields=["client_key", "document_code", "stored"],
                condition=Q(dropped_at=None),
                name="dossierfile_once",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.title
