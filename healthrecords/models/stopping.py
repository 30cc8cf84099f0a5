"""That a medicine a visit gave is not taken any more: since when, why, who says so."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat, StrIndex
from django.db.models.lookups import GreaterThan
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.visit import HeldByVisit
from portal.audit.history import tracked
from portal.database.names import NameNorm
from portal.names import name_norm
from portal.places.models import Organisation

# What spellings of one medicine differ in beside case and marks; a comma of figures is a point.
LEFT_OUT = " -–—()[]\"“”'*®™_"
TEXT = models.TextField()
_TRANSLATED = str.maketrans({",": ".", **dict.fromkeys(LEFT_OUT)})


def medicine_key(name: str, strength: str = "") -> str:
    """Return a medicine as spellings of it are compared: “Amlodipin 5-mg” is ``amlodipin5mg``.

    A strength that the name does not tell stands behind it: another strength is another medicine.
    """
    said, more = (name_norm(text).translate(_TRANSLATED) for text in (name, strength))
    return said if more in said else said + more


def _folded(text: Any) -> models.Func:
    return models.Func(
        NameNorm(text), Value(f",{LEFT_OUT}"), Value("."), function="translate", output_field=TEXT
    )


def MedicineKey(name: Any, strength: Any) -> models.Case:  # noqa: N802  (an expression, as a class)
    """Return :func:`medicine_key` inside the database."""
    said, more = _folded(name), _folded(strength)
    is_told = GreaterThan(StrIndex(said, more), Value(0))
    return models.Case(
        models.When(is_told, then=said), default=Concat(said, more), output_field=TEXT
    )


@tracked()
class MedicineStop(HeldByVisit):
    """A medicine of a visit was stopped before its days were over, there or at another place.

    Not what was prescribed, which the visit says and a signature keeps: it stands beside it, by name
    and strength as the visit wrote them and the code of the facility's list, where the medicine is of
    it. A stop noted by mistake is taken back with its reason and stays readable.
    """

    beside: ClassVar[tuple[str, ...]] = ("reason", "taken_back_because")

    name = models.CharField(_("medicine"), max_length=500)
    strength = models.CharField(_("strength"), max_length=200, blank=True)
    code = models.CharField(_("code"), max_length=40, blank=True)
    stopped_on = models.DateField(_("not taken since"))
    reason = models.CharField(_("why it was stopped"), max_length=300)
    noted_at = models.DateTimeField(_("noted at"))
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("noted by")
    )
    noted_where = models.ForeignKey(
        Organisation,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("place"),
    )
    taken_back_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    taken_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("taken back by"),
    )
    taken_back_because = models.CharField(_("why it was taken back"), max_length=300, blank=True)

    class Meta(HeldByVisit.Meta):
        verbose_name = _("stopped medicine")
        verbose_name_plural = _("stopped medicines")
        ordering = ["visit", "noted_at", "id"]
        constraints = [
            *HeldByVisit.Meta.constraints,
            models.UniqueConstraint(
                fields=["visit", "name"],
                condition=Q(taken_back_at=None),
                name="medicinestop_once",
                violation_error_message=_("This medicine was stopped already."),
                violation_error_code="stopped_already",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="medicinestop_has_reason",
                violation_error_message=_("Write why the medicine is stopped."),
                violation_error_code="reason_missing",
            ),
            models.CheckConstraint(
                condition=Q(taken_back_at=None, taken_back_by=None, taken_back_because="")
                | (
                    Q(taken_back_at__isnull=False, taken_back_by__isnull=False)
                    & ~Q(taken_back_because="")
                ),
                name="medicinestop_taken_back_with_reason",
                violation_error_message=_("Write why."),
                violation_error_code="reason_missing",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name


def stop_of_medicine(*, sees_sensitive: bool = True) -> "QuerySet[MedicineStop]":
    """Return the stop that stands of the outer medicine of a visit, for a subquery.

    A stop stays protected where its visit no longer is: without the right there is none. Where a visit
    spells the medicine twice, each has a stop that speaks of both: whoever reads one takes the first.
    """
    keys = {
        "own": MedicineKey("name", "strength"),
        "theirs": MedicineKey(OuterRef("name"), OuterRef("strength")),
    }
    same = Q(own=F("theirs")) | (Q(code=OuterRef("code")) & ~Q(code=""))
    stops: QuerySet[MedicineStop] = MedicineStop.objects.alias(**keys).filter(
        same, visit=OuterRef("visit"), taken_back_at=None
    )
    return stops if sees_sensitive else stops.filter(sensitivity="")
