"""Stock of a place of care: lots with their expiry, every movement, every stocktake."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from facilities.models.cold_chain import ColdStore, TemperatureExcursion
from facilities.models.dated import OfPlace
from facilities.models.medicine import Medicine
from facilities.querysets import (
    AtFacilityQuerySet,
    MovementQuerySet,
    OfStocktakeQuerySet,
    StockLotQuerySet,
)
from portal.audit.history import tracked
from portal.database.choices import known
from portal.database.keys import Keyed

NOTHING = Decimal(0)
INTO = ("opening", "received", "transfer_in", "returned")
OUT = ("issued", "transfer_out", "lost", "destroyed")


@tracked()
class StockLot(OfPlace):
    """One lot of a product at one place; ``on_hand`` is the sum of its movements, never below 0.

    ``blocked_by`` is the excursion of a cold store that keeps it; what somebody blocked, a recall,
    has none and stays whatever becomes of the excursion.
    """

    medicine = models.ForeignKey(
        Medicine, models.PROTECT, related_name="lots", verbose_name=_("medicine")
    )
    lot_number = models.CharField(_("lot"), max_length=60)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    funding = models.CharField(_("source of funds"), max_length=120, blank=True)
    unit_cost = models.DecimalField(
        _("unit cost (đồng)"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    store = models.ForeignKey(
        ColdStore,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="lots",
        verbose_name=_("kept in"),
    )
    on_hand = models.DecimalField(
        _("on hand"), max_digits=14, decimal_places=3, default=NOTHING, editable=False
    )
    blocked_because = models.CharField(_("blocked because"), max_length=300, blank=True)
    blocked_by = models.ForeignKey(
        TemperatureExcursion,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="lots_blocked",
        verbose_name=_("blocked by the excursion"),
    )

    objects = StockLotQuerySet.as_manager()

    class Meta:
        verbose_name = _("lot in stock")
        verbose_name_plural = _("lots in stock")
        ordering = ["facility", "medicine", "expires_on", "lot_number", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(on_hand__gte=NOTHING),
                name="stocklot_never_below_nothing",
                violation_error_message=_("There is not so much of this lot in stock."),
                violation_error_code="stock_short",
            ),
            models.UniqueConstraint(
                fields=["facility", "medicine", "lot_number"],
                name="stocklot_once",
                violation_error_message=_("This lot stands in the stock already."),
                violation_error_code="lot_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["facility", "medicine", "expires_on"],
                condition=Q(on_hand__gt=NOTHING),
                name="stocklot_first_expired",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.medicine} {self.lot_number}"


@tracked()
class Stocktake(OfPlace):
    """The stock of a place was counted on a day; closing it books the differences."""

    counted_on = models.DateField(_("counted on"))
    counted_by = models.CharField(_("counted by"), max_length=200, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("closed by"),
    )
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = AtFacilityQuerySet["Stocktake"].as_manager()

    class Meta:
        verbose_name = _("stocktake")
        verbose_name_plural = _("stocktakes")
        ordering = ["facility", "-counted_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["facility"],
                condition=Q(closed_at=None),
                name="stocktake_one_open",
                violation_error_message=_("A stocktake is open here; close that one first."),
                violation_error_code="stocktake_open",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.facility} {self.counted_on:%d/%m/%Y}"


@tracked()
class StocktakeLine(Keyed):
    """How much of a lot the books said and how much was there; blank is not counted yet."""

    stocktake = models.ForeignKey(
        Stocktake, models.PROTECT, related_name="lines", verbose_name=_("stocktake")
    )
    lot = models.ForeignKey(StockLot, models.PROTECT, related_name="+", verbose_name=_("lot"))
    expected = models.DecimalField(_("in the books"), max_digits=14, decimal_places=3)
    counted = models.DecimalField(
        _("counted"), max_digits=14, decimal_places=3, null=True, blank=True
    )
    reason = models.CharField(_("why they differ"), max_length=300, blank=True)

    objects = OfStocktakeQuerySet["StocktakeLine"].as_manager()

    class Meta:
        verbose_name = _("line of a stocktake")
        verbose_name_plural = _("lines of stocktakes")
        ordering = ["stocktake", "lot", "id"]
        constraints = [
            models.UniqueConstraint(fields=["stocktake", "lot"], name="stocktakeline_once"),
            models.CheckConstraint(
                condition=Q(counted=None) | Q(counted__gte=NOTHING),
                name="stocktakeline_not_negative",
                violation_error_message=_("What was counted is not below 0."),
                violation_error_code="count_negative",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.lot}"


@tracked()
class StockMovement(OfPlace):
    """Something of a lot came in or went out; the sign of ``quantity`` says which.

    ``source_id`` is the key of what caused it (a medicine given to a person, a transfer), by its
    key alone: who the person is stands in the record, not here.
    """

    class Kind(models.TextChoices):
        OPENING = "opening", _("opening stock")
        RECEIVED = "received", _("received")
        TRANSFER_IN = "transfer_in", _("transferred in")
        RETURNED = "returned", _("given back")
        ISSUED = "issued", _("given to a person")
        TRANSFER_OUT = "transfer_out", _("transferred out")
        LOST = "lost", _("lost or broken")
        DESTROYED = "destroyed", _("destroyed")
        COUNTED = "counted", _("difference of a stocktake")

    lot = models.ForeignKey(
        StockLot, models.PROTECT, related_name="movements", verbose_name=_("lot")
    )
    kind = models.CharField(_("movement"), max_length=12, choices=Kind.choices)
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3)
    at = models.DateTimeField(_("at"))
    on = models.DateField(_("day of the books"))
    document_no = models.CharField(_("document"), max_length=80, blank=True)
    partner = models.CharField(_("from or to"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    source_id = models.UUIDField(_("cause"), null=True, blank=True, db_index=True)
    stocktake = models.ForeignKey(
        Stocktake,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="movements",
        verbose_name=_("stocktake"),
    )
    reverses = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_by",
        verbose_name=_("takes back"),
    )
    client_key = models.UUIDField(_("key of the form"), null=True, blank=True)
    batch_id = models.UUIDField(_("uploaded batch"), null=True, blank=True, db_index=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("entered by"),
    )

    objects = MovementQuerySet.as_manager()

    class Meta:
        verbose_name = _("movement of stock")
        verbose_name_plural = _("movements of stock")
        ordering = ["-at", "-id"]
        constraints = [
            known("stockmovement", "kind", [*INTO, *OUT, "counted"]),
            models.CheckConstraint(
                condition=Q(kind__in=INTO, quantity__gt=NOTHING)
                | Q(kind__in=OUT, quantity__lt=NOTHING)
                | (Q(kind="counted") & ~Q(quantity=NOTHING)),
                name="stockmovement_sign_of_kind",
                violation_error_message=_("Write how much, more than 0."),
                violation_error_code="quantity_impossible",
            ),
            models.UniqueConstraint(
                fields=["client_key"],
                condition=Q(client_key__isnull=False),
                name="stockmovement_sent_once",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["lost", "destroyed", "counted"]) | ~Q(reason=""),
                name="stockmovement_loss_has_reason",
                violation_error_message=_("Write why."),
                violation_error_code="reason_missing",
            ),
        ]
        indexes = [
            models.Index(fields=["facility", "on"], name="stockmovement_of_period"),
            models.Index(fields=["lot", "at"], name="stockmovement_of_lot"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.quantity}"
