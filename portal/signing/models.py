"""Who signs with which certificate, what was signed, and what a check of it found."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed


@tracked(exclude=["sealed"])
class SigningCertificate(Keyed):
    """A certificate one person signs with: its key in a sealed file here, or at a signing service.

    Law on Electronic Transactions 20/2023/QH15, article 22; Decree 23/2025/NĐ-CP. A file is kept
    under a second lock (``sealed``), its password nowhere: it is typed at each signing.
    """

    class Kind(models.TextChoices):
        FILE = "file", _("PKCS#12 file")
        REMOTE = "remote", _("remote signing service")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="signing_certificates",
        verbose_name=_("signer"),
    )
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    subject = models.CharField(_("issued to"), max_length=300)
    issuer = models.CharField(_("issued by"), max_length=300)
    serial_number = models.CharField(_("serial number"), max_length=64)
    fingerprint = models.CharField("SHA-256", max_length=64)
    not_before = models.DateTimeField(_("valid from"))
    not_after = models.DateTimeField(_("valid until"))
    certificate = models.BinaryField(_("certificate"))
    chain = ArrayField(models.BinaryField(), default=list, verbose_name=_("issuers' certificates"))
    sealed = models.BinaryField(null=True, editable=False)
    credential = models.CharField(_("number at the service"), max_length=100, blank=True)
    is_simulated = models.BooleanField(_("from a simulator"), default=False)
    added_at = models.DateTimeField(_("set up at"))
    withdrawn_at = models.DateTimeField(_("no longer used since"), null=True, blank=True)

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ["user", "-added_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["file", "remote"]), name="signingcertificate_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(kind="file", sealed__isnull=False, credential="")
                | (Q(kind="remote", sealed=None) & ~Q(credential="")),
                name="signingcertificate_has_its_key",
            ),
            models.UniqueConstraint(
                fields=["user", "fingerprint"],
                condition=Q(withdrawn_at=None),
                name="signingcertificate_once",
                violation_error_message=_("This certificate is set up already."),
                violation_error_code="certificate_known",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.subject} ({self.issuer})"


class Signature(Keyed):
    """One person's signature over one content, named by its hash; written once and never again.

    Without a certificate it is an electronic confirmation, which is not a digital signature (Law
    20/2023/QH15, article 22, paragraph 4), and says so wherever it is shown.
    """

    class Kind(models.TextChoices):
        DIGITAL = "digital", _("digital signature")
        CONFIRMATION = "confirmation", _("electronic confirmation, not a digital signature")

    append_only = True
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("signer")
    )
    signer_name = models.CharField(_("signer's name"), max_length=120)
    certificate = models.ForeignKey(
        SigningCertificate,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("certificate"),
    )
    content_hash = models.CharField(_("SHA-256 of the content"), max_length=64)
    cms = models.BinaryField(_("signature (CMS)"), null=True)
    signed_at = models.DateTimeField(_("signed at"))
    is_timestamped = models.BooleanField(_("with a time stamp"), default=False)
    is_simulated = models.BooleanField(_("made with a simulator"), default=False)

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        ordering = ["-signed_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["digital", "confirmation"]), name="signature_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(kind="digital", cms__isnull=False, certificate__isnull=False)
                | Q(kind="confirmation", cms=None, certificate=None),
                name="signature_digital_has_certificate",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.signer_name} {self.signed_at:%d/%m/%Y}"

    @property
    def is_digital(self) -> bool:
        return self.kind == self.Kind.DIGITAL


class SignatureCheck(Keyed):
    """What one check of a signature found, on one day, with the anchors and lists of that day."""

    class Result(models.TextChoices):
        VALID = "valid", _("valid")
        BROKEN = "broken", _("broken: the content was changed")
        UNKNOWN_ISSUER = "unknown_issuer", _("the issuer is not known here")
        EXPIRED = "expired", _("the certificate was not valid when it signed")
        REVOKED = "revoked", _("the certificate was revoked")
        REVOCATION_UNKNOWN = "revocation_unknown", _("valid; revocation could not be asked")
        NOT_DIGITAL = "not_digital", _("electronic confirmation, not a digital signature")

    append_only = True
    signature = models.ForeignKey(
        Signature, models.PROTECT, related_name="checks", verbose_name=_("signature")
    )
    result = models.CharField(_("result"), max_length=18, choices=Result.choices)
    checked_at = models.DateTimeField(_("checked at"))
    detail = models.TextField(_("detail"), blank=True)

    class Meta:
        verbose_name = _("check of a signature")
        verbose_name_plural = _("checks of signatures")
        ordering = ["-checked_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    result__in=[
                        "valid",
                        "broken",
                        "unknown_issuer",
                        "expired",
                        "revoked",
                        "revocation_unknown",
                        "not_digital",
                    ]
                ),
                name="signaturecheck_result_known",
            ),
        ]
        indexes = [models.Index(fields=["signature", "-checked_at"], name="signaturecheck_latest")]

    @override
    def __str__(self) -> str:
        return str(self.get_result_display())


@tracked()
class SigningTask(Keyed):
    """One request at a remote signing service: some contents, one confirmation by their signer."""

    class State(models.TextChoices):
        WAITING = "waiting", _("being sent")
        ASKED = "asked", _("waits for the signer's confirmation")
        SIGNED = "signed", _("signed")
        REFUSED = "refused", _("refused by the signer")
        EXPIRED = "expired", _("not confirmed in time")
        CANCELLED = "cancelled", _("cancelled")
        FAILED = "failed", _("failed")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("signer")
    )
    certificate = models.ForeignKey(
        SigningCertificate, models.PROTECT, related_name="+", verbose_name=_("certificate")
    )
    purpose = models.CharField(_("what is signed"), max_length=40)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.WAITING)
    total = models.PositiveSmallIntegerField(_("contents"))
    prepared = models.PositiveSmallIntegerField(_("prepared"), default=0)
    signed = models.PositiveSmallIntegerField(_("signed"), default=0)
    transaction = models.CharField(_("number at the service"), max_length=100, blank=True)
    asked_at = models.DateTimeField(_("begun at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    trouble = models.TextField(_("trouble"), blank=True)

    class Meta:
        verbose_name = _("signing at a service")
        verbose_name_plural = _("signings at a service")
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "waiting",
                        "asked",
                        "signed",
                        "refused",
                        "expired",
                        "cancelled",
                        "failed",
                    ]
                ),
                name="signingtask_state_known",
            ),
        ]
        indexes = [models.Index(fields=["user", "-asked_at"], name="signingtask_of_user")]

    @override
    def __str__(self) -> str:
        return f"{self.user} {self.state}"

    @property
    def is_open(self) -> bool:
        return self.state in {self.State.WAITING, self.State.ASKED}


class SigningItem(Keyed):
    """One content of a task: what it is of, and what was laid out for the signature.

    What was prepared is kept, so that a worker that died goes on with the same bytes.
    """

    task = models.ForeignKey(
        SigningTask, models.PROTECT, related_name="items", verbose_name=_("signing at a service")
    )
    subject = models.UUIDField(_("of"))
    position = models.PositiveSmallIntegerField(_("position"))
    shown = models.CharField(_("mark of what was shown"), max_length=64, blank=True)
    prepared = models.BinaryField(null=True)
    trouble = models.TextField(_("trouble"), blank=True)
    is_done = models.BooleanField(_("signed"), default=False)

    class Meta:
        verbose_name = _("content to sign")
        verbose_name_plural = _("contents to sign")
        ordering = ["task", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["task", "subject"], name="signingitem_once"),
        ]

    @override
    def __str__(self) -> str:
        return str(self.subject)
