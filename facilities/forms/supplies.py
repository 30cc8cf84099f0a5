"""What is typed of stock and cold stores."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise
from typing_extensions import override

from facilities import services
from facilities.models import (
    ColdStore,
    HealthcareService,
    Medicine,
    ServicePrice,
    StockMovement,
    TemperatureExcursion,
)
from facilities.services import Booked, Receipt
from portal.admin import PortalModelForm
from portal.admin.deeds import DayField, DeedForm
from portal.admin.rows import RowField
from portal.numbers import shown_number
from portal.places.lookup import find_organisations, organisation_label
from portal.places.models import Organisation
from portal.scope import scope_of

Kind = StockMovement.Kind
AMOUNT: dict[str, Any] = {
    "max_digits": 12,
    "decimal_places": 3,
    "min_value": Decimal("0.001"),
    "localize": True,
}


class ReceiveForm(forms.Form):
    """One line of a delivery."""

    medicine = RowField(
        label=gettext_lazy("Medicine, vaccine, supply"), url="/kho/thuoc/goi-y/", naming=str
    )
    lot_number = forms.CharField(label=gettext_lazy("Lot"), max_length=60)
    expires_on = DayField(label=gettext_lazy("Expires on"), required=False)
    quantity = forms.DecimalField(label=gettext_lazy("Quantity"), **AMOUNT)
    kind = forms.ChoiceField(
        label=gettext_lazy("How it came"),
        choices=[
            (Kind.RECEIVED.value, Kind.RECEIVED.label),
            (Kind.OPENING.value, Kind.OPENING.label),
        ],
    )
    on = DayField(label=gettext_lazy("Received on"))
    document_no = forms.CharField(label=gettext_lazy("Document"), max_length=80, required=False)
    partner = forms.CharField(label=gettext_lazy("From whom"), max_length=200, required=False)
    funding = forms.CharField(label=gettext_lazy("Source of funds"), max_length=120, required=False)
    unit_cost = forms.DecimalField(
        label=gettext_lazy("Unit cost (đồng)"),
        max_digits=14,
        decimal_places=2,
        min_value=0,
        required=False,
        localize=True,
    )
    store = forms.ModelChoiceField(
        label=gettext_lazy("Kept in"), queryset=ColdStore.objects.none(), required=False
    )
    client_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, place: Organisation, url: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place = place
        field: Any = self.fields["medicine"]
        field.find = lambda text: list(Medicine.objects.found_by(text)[:20])
        field.widget.attrs["data-suggest-url"] = url
        stores = ColdStore.objects.filter(facility=place, valid_until=None)
        self.fields["store"].queryset = stores  # type: ignore[attr-defined]
        self.fields["on"].initial = timezone.localdate

    def receipt(self) -> Receipt:
        """Return what was typed as the service takes it."""
        said = self.cleaned_data
        names = (
            "medicine",
            "lot_number",
            "expires_on",
            "quantity",
            "kind",
            "document_no",
            "partner",
            "funding",
            "unit_cost",
            "store",
            "client_key",
        )
        return Receipt(**{name: said[name] for name in names})


class LotDeedForm(DeedForm):
    """An act on one lot."""

    quantity = forms.DecimalField(label=gettext_lazy("Quantity"), **AMOUNT)
    on = DayField(label=gettext_lazy("On"))
    document_no = forms.CharField(label=gettext_lazy("Document"), max_length=80, required=False)

    def booked(self, **more: Any) -> Booked:
        """Return what was typed of the movement."""
        said = self.cleaned_data
        return Booked(
            on=said["on"],
            at=timezone.now(),
            actor=self.request.user,
            document_no=said["document_no"],
            **more,
        )


class LossForm(LotDeedForm):
    """What was lost, broken or destroyed."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What happened"),
        choices=[(Kind.LOST.value, Kind.LOST.label), (Kind.DESTROYED.value, Kind.DESTROYED.label)],
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)
    field_order = ("kind", "quantity", "reason", "on", "document_no")

    @override
    def carry_out(self) -> StrOrPromise:
        said = self.cleaned_data
        movement = services.take_out(
            lot=self.row,
            kind=said["kind"],
            quantity=said["quantity"],
            said=self.booked(reason=said["reason"]),
        )
        left = {"lot": self.row.lot_number, "left": shown_number(movement.lot.on_hand)}
        return _("It is written off; of lot %(lot)s %(left)s are left.") % left


class TransferForm(LotDeedForm):
    """A part of a lot goes to another place of care."""

    to = RowField(label=gettext_lazy("To which facility"), url="")
    field_order = ("to", "quantity", "on", "document_no")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Points of a station share its stock; a department moves between its stations.
        scope = scope_of(self.request.user, "keep_supplies")
        among = Organisation.objects.current().within(scope).exclude(pk=self.row.facility_id)
        field: Any = self.fields["to"]
        field.find = lambda text: find_organisations(text, among)
        field.label_of = organisation_label

    @override
    def carry_out(self) -> StrOrPromise:
        said = self.cleaned_data
        out, _into = services.transfer(
            lot=self.row, to=said["to"], quantity=said["quantity"], said=self.booked()
        )
        words = {"n": shown_number(-out.quantity), "to": said["to"].name}
        return _("%(n)s went to %(to)s.") % words


class BlockForm(DeedForm):
    """A lot that must not be given out, or may be again."""

    because = forms.CharField(
        label=gettext_lazy("Blocked because"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("left empty: the lot may be given out again"),
    )

    @override
    def carry_out(self) -> StrOrPromise:
        lot = services.block(lot=self.row, because=self.cleaned_data["because"])
        if lot.blocked_because:
            return _("Lot %(lot)s is blocked.") % {"lot": lot.lot_number}
        return _("Lot %(lot)s may be given out again.") % {"lot": lot.lot_number}


class ReadingForm(DeedForm):
    """What the thermometer shows."""

    celsius = forms.DecimalField(
        label=gettext_lazy("Temperature (°C)"), max_digits=4, decimal_places=1, localize=True
    )
    at = forms.DateTimeField(
        label=gettext_lazy("Read at"),
        input_formats=["%d/%m/%Y %H:%M", "%d/%m/%Y %Hh%M"],
        widget=forms.DateTimeInput(format="%d/%m/%Y %H:%M", attrs={"class": "w-m"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["at"].initial = timezone.localtime

    @override
    def carry_out(self) -> StrOrPromise:
        said = self.cleaned_data
        services.read_temperature(
            actor=self.request.user,
            store=self.row,
            celsius=said["celsius"],
            at=said["at"],
            now=timezone.now(),
        )
        if self.row.lowest <= said["celsius"] <= self.row.highest:
            return _("The reading is noted.")
        return _(
            "Outside the limits: the lots in %(store)s are blocked until somebody decides."
        ) % {"store": self.row.name}


class ExcursionForm(DeedForm):
    """What becomes of the lots after an excursion."""

    decision = forms.ChoiceField(
        label=gettext_lazy("Decision"), choices=TemperatureExcursion.Decision.choices
    )
    reason = forms.CharField(
        label=gettext_lazy("On what it rests"),
        max_length=500,
        help_text=gettext_lazy("indicator of the vials, advice of the CDC, shake test"),
    )

    @override
    def carry_out(self) -> StrOrPromise:
        said = self.cleaned_data
        waiting = self.row.excursions.filter(decision="").order_by("began_at").first()
        if waiting is not None:
            services.decide_excursion(
                actor=self.request.user,
                excursion=waiting,
                decision=said["decision"],
                reason=said["reason"],
                on=timezone.localdate(),
                at=timezone.now(),
            )
        return _("The decision is noted.")


class ServiceForm(PortalModelForm[HealthcareService]):
    """A service and, when it is new, its price."""

    amount = forms.DecimalField(
        label=gettext_lazy("Price (đồng)"),
        max_digits=14,
        decimal_places=2,
        required=False,
        min_value=0,
    )
    payer = forms.ChoiceField(
        label=gettext_lazy("For whom"), choices=ServicePrice.Payer.choices, required=False
    )

    class Meta:
        model = HealthcareService
        fields = ("facility", "code", "name", "unit", "valid_from")


class PriceForm(DeedForm):
    """Another price from a day on."""

    payer = forms.ChoiceField(label=gettext_lazy("For whom"), choices=ServicePrice.Payer.choices)
    amount = forms.DecimalField(
        label=gettext_lazy("Price (đồng)"), max_digits=14, decimal_places=2, min_value=0
    )
    valid_from = DayField(label=gettext_lazy("From"))
    decision_no = forms.CharField(
        label=gettext_lazy("Decision number"), max_length=60, required=False
    )

    @override
    def carry_out(self) -> StrOrPromise:
        said = self.cleaned_data
        services.set_price(
            service=self.row,
            payer=said["payer"],
            amount=said["amount"],
            valid_from=said["valid_from"],
            decision=services.Decision(said["decision_no"]),
        )
        return _("The price holds from %(day)s.") % {"day": f"{said['valid_from']:%d/%m/%Y}"}
