"""Named acts on one row, each on a page of its own: move, end, reset, deactivate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from portal.admin.forms import DayInput


class DayField(forms.DateField):
    """A day typed day first; today where nothing else is said."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=DayInput(), **kwargs)


class DeedForm(forms.Form):
    """What an act asks; ``carry_out`` calls the service and may refuse with a ValidationError."""

    def __init__(self, *args: Any, row: Any, request: HttpRequest, **kwargs: Any) -> None:
        self.row = row
        self.request = request
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        for field in self.fields.values():
            if isinstance(field, DayField) and field.required and field.initial is None:
                field.initial = timezone.localdate

    def carry_out(self) -> "StrOrPromise | Shown":
        """Do it, and return the sentence that says so, or what is shown once."""
        raise NotImplementedError


@dataclass(frozen=True)
class Shown:
    """A page shown once after an act, for what must not be kept in a message: a new password."""

    template: str
    context: Mapping[str, Any]


@dataclass(frozen=True)
class Deed:
    """One act: the end of its address, its words, its form, and the deed of ``capability_to``."""

    slug: str
    label: StrOrPromise
    form: type[DeedForm]
    needs: str
    icon: str = "pen"
    explanation: StrOrPromise = ""
    button: StrOrPromise = ""


class DeedsMixin:
    """Gives a ModelAdmin one page for each of its deeds, linked from the row's page."""

    deeds: ClassVar[Sequence[Deed]] = ()
    change_form_template: ClassVar[Any] = "portal/deed_change_form.html"

    def allows_deed(self, request: HttpRequest, deed: Deed, row: Any) -> bool:
        """Say whether this user may do the deed to this row now."""
        allowed: bool = self.may(request, deed.needs, row)  # type: ignore[attr-defined]
        return allowed

    def get_urls(self) -> list[URLPattern]:
        opts: Any = self.opts  # type: ignore[attr-defined]
        site: Any = self.admin_site  # type: ignore[attr-defined]
        own = [
            path(
                f"<path:object_id>/{deed.slug}/",
                site.admin_view(self._page(deed)),
                name=f"{opts.app_label}_{opts.model_name}_{deed.slug.replace('-', '_')}",
            )
            for deed in self.deeds
        ]
        return [*own, *super().get_urls()]  # type: ignore[misc]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        context = {"deeds": _LazyLinks(self, request, object_id), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)  # type: ignore[misc]

    def _page(self, deed: Deed) -> Any:
        def page(request: HttpRequest, object_id: str) -> HttpResponse:
            own: Any = self
            row = own.get_object(request, object_id)
            if row is None:
                raise Http404(_("There is no such record."))
            if not self.allows_deed(request, deed, row):
                raise PermissionDenied
            return _answer(own, deed, request, row)

        return page


class _LazyLinks:
    """The acts this user may do to a row, asked only when the page draws them."""

    def __init__(self, admin: DeedsMixin, request: HttpRequest, object_id: str) -> None:
        self.admin, self.request, self.object_id = admin, request, object_id

    def __iter__(self) -> Any:
        own: Any = self.admin
        row: models.Model | None = own.get_object(self.request, self.object_id)
        for deed in own.deeds if row is not None else ():
            if own.allows_deed(self.request, deed, row):
                yield {"deed": deed, "url": deed_url(own, deed, row)}


def deed_url(of: Any, deed: Deed, row: Any) -> str:
    """Return the address of a deed's page."""
    opts = of.opts
    name = f"admin:{opts.app_label}_{opts.model_name}_{deed.slug.replace('-', '_')}"
    return reverse(name, args=[row.pk])


def _answer(of: Any, deed: Deed, request: HttpRequest, row: Any) -> HttpResponse:
    posted = request.method == "POST"
    sent = (request.POST, request.FILES) if posted else (None, None)
    form = deed.form(*sent, row=row, request=request)
    back = reverse(f"admin:{of.opts.app_label}_{of.opts.model_name}_change", args=[row.pk])
    if posted and form.is_valid():
        try:
            with transaction.atomic():
                said = form.carry_out()
        except ValidationError as error:
            take_refusal(form, error)
        else:
            return answer_done(request, said, back)
    context = {
        **of.admin_site.each_context(request),
        "title": deed.label,
        "opts": of.opts,
        "original": row,
        "deed": deed,
        "form": form,
        "back": back,
    }
    return TemplateResponse(request, "portal/deed.html", context)


def answer_done(request: HttpRequest, said: StrOrPromise | Shown, back: str) -> HttpResponse:
    """Say that it is done where the person came from, or show what is shown once."""
    if isinstance(said, Shown):
        context = {**admin.site.each_context(request), **said.context, "back": back}
        return TemplateResponse(request, said.template, context)
    messages.success(request, str(said))
    return HttpResponseRedirect(back)


def take_refusal(form: forms.BaseForm, error: ValidationError) -> None:
    """Put a service's refusal at the fields it names, or above the form."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)
