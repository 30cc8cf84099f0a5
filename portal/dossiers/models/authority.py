"""Which organisation decides on licences since when, under which letters, and the numbers it gave."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.database.periods import VALIDITY
from portal.dossiers.querysets import AuthorityQuerySet
from portal.places.models import Organisation


@tracked()
class Authority(Keyed):
    """An organisation is an authority of a kind, from a day until a day (Law 15/2023/QH15, article 28).

    Which kind decides on which act is in the list procedure_authorities. ``letters`` stand in its
    numbers: ĐB in 000476/ĐB-GPHN.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    kind = models.CharField(_("kind of authority"), max_length=40)
    letters = models.CharField(_("letters in its numbers"), max_length=10)
    signer_title = models.CharField(_("who signs for it"), max_length=120)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    legal_basis = models.CharField(_("legal basis"), max_length=300)

    objects = AuthorityQuerySet.as_manager()

    class Meta:
        verbose_name = _("licensing authority")
        verbose_name_plural = _("licensing authorities")
        ordering = ["organisation", "-valid_from", "id"]
        constraints = [
            ExclusionConstraint(
                name="authority_once_at_a_time",
                expressions=[
                    ("organisation", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                violation_error_message=_(
                    "This organisation is an authority in these days already; end that row first."
                ),
                violation_error_code="authority_overlap",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="authority_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
            models.CheckConstraint(
                condition=Q(letters__regex=r"^[A-ZĐ]{2,10}$"),
                name="authority_letters_are_capitals",
                violation_error_message=_("Write 2 to 10 capital letters, like ĐB or HNO."),
                violation_error_code="letters_wrong",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.organisation} ({self.letters})"


class Number(Keyed):
    """A number an authority gave: of a receipt, a decision, a licence; given once and never again.

    ``year`` is 0 for a series that runs on over the years. A number taken for a decision that was
    not signed in the end stays with its dossier, and is used when it is.
    """

    append_only = True
    authority = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("authority")
    )
    series = models.CharField(_("series"), max_length=20)
    year = models.PositiveSmallIntegerField(_("year"))
    serial = models.PositiveIntegerField(_("serial"))
    text = models.CharField(_("number"), max_length=60)
    dossier = models.ForeignKey(
        "dossiers.Dossier", models.PROTECT, related_name="numbers", verbose_name=_("dossier")
    )
    taken_at = models.DateTimeField(_("taken at"))

    class Meta:
        verbose_name = _("number given")
        verbose_name_plural = _("numbers given")
        ordering = ["authority", "series", "-year", "-serial"]
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "series", "year", "serial"], name="number_given_once"
            ),
            models.UniqueConstraint(
                fields=["dossier", "series", "year"], name="number_one_of_a_series"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.text
