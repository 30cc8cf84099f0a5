"""The list of records opened by broken glass, and the page where one is reviewed."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from healthrecords.access_report import part_of
from healthrecords.models import CareAccess, GlassReview
from healthrecords.services.glass import review_glass
from portal.admin import PortalAdmin
from portal.admin.deeds import take_refusal
from portal.audit.models import AccessLog
from portal.scope import scope_of
from portal.site.home import Chip, Link, WorkList, WorkRow
from portal.site.menu import Count
from portal.site.widgets import PickRadio
from portal.templatetags.portal import chip, day, moment

RIGHT = "review_access"
READS_AT_MOST = 200


class StateFilter(admin.SimpleListFilter):
    """Openings by what became of them."""

    title = gettext_lazy("review")
    parameter_name = "review"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("waiting", _("waits for review")),
            ("overdue", _("overdue")),
            ("mine", _("waits for my review")),
            *GlassReview.Outcome.choices,
        ]

    @override
    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        asked = self.value()
        if asked == "waiting":
            return queryset.unreviewed()
        if asked == "mine":  # nobody reviews what they opened themselves
            return queryset.unreviewed().exclude(user=request.user.pk)
        if asked == "overdue":
            return queryset.unreviewed().filter(review_due_on__lt=timezone.localdate())
        if asked in GlassReview.Outcome.values:
            return queryset.filter(glass_review__outcome=asked)
        return queryset


def due_chip(access: CareAccess, on: Any) -> Chip:
    """Say until when an opening is to be reviewed."""
    due = access.review_due_on
    if due is None:
        return Chip("", "clock", _("Waits, no term set"))
    if due < on:
        return Chip("bad", "warn", _("Overdue since %(day)s") % {"day": f"{due:%d/%m}"})
    return Chip("warn", "clock", _("Due %(day)s") % {"day": f"{due:%d/%m}"})


class ReviewForm(forms.Form):
    """What a reviewer found."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("Outcome of the review"),
        choices=GlassReview.Outcome.choices,
        widget=PickRadio(),
    )
    note = forms.CharField(
        label=gettext_lazy("Finding and what follows"),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("Needed when it was not justified."),
    )


@admin.register(CareAccess)
class CareAccessAdmin(PortalAdmin[CareAccess]):
    capability_to = {"view": RIGHT}
    shows_people = "citizen_id"
    list_display = ("opened", "who", "person", "organisation", "reason", "state")
    list_display_links = ("opened",)
    list_select_related = ("user", "citizen", "organisation", "glass_review")
    list_filter = (StateFilter,)
    search_fields = ("user__full_name", "citizen__name_norm")
    search_folded = "citizen__name_norm"
    search_help_text = gettext_lazy("The name of the person whose record was opened.")
    date_hierarchy = "opened_at"
    ordering = ("-opened_at", "-id")
    sortable_by = ()
    actions = None
    show_facets = admin.ShowFacets.NEVER

    @override
    def get_queryset(self, request: HttpRequest) -> Any:
        rows: Any = super().get_queryset(request)
        return rows.by_glass()

    @override
    def note_people(self, request: HttpRequest, rows: Any, *, action: str) -> None:
        from portal.audit.reads import note

        note(request, [row.citizen_id for row in rows], action=action, ground="review")

    @admin.display(description=gettext_lazy("opened"), ordering="opened_at")
    def opened(self, access: CareAccess) -> str:
        return moment(access.opened_at)

    @admin.display(description=gettext_lazy("opened by"))
    def who(self, access: CareAccess) -> str:
        return str(access.user.full_name)

    @admin.display(description=gettext_lazy("person"))
    def person(self, access: CareAccess) -> str:
        return access.citizen.name

    @admin.display(description=gettext_lazy("review"))
    def state(self, access: Any) -> Any:
        review = getattr(access, "glass_review", None)
        if review is None:
            due = due_chip(access, timezone.localdate())
            return chip(due.kind, due.icon, str(due.text))
        is_fine = review.outcome == GlassReview.Outcome.JUSTIFIED
        kind, icon = ("ok", "ok") if is_fine else ("bad", "bad")
        return chip(kind, icon, str(review.get_outcome_display()).capitalize())

    @override
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        access = self.get_object(request, object_id)
        if access is None:
            raise Http404(_("There is no such record."))
        return self._review(request, access)

    def _review(self, request: HttpRequest, access: Any) -> HttpResponse:
        """Show one opening with what was looked at, and take the reviewer's finding."""
        form = ReviewForm(request.POST if request.method == "POST" else None)
        review = GlassReview.objects.filter(access=access).select_related("reviewed_by").first()
        if request.method == "POST" and form.is_valid():
            try:
                review_glass(
                    actor=request.user,
                    access=access,
                    outcome=form.cleaned_data["outcome"],
                    note=form.cleaned_data["note"],
                    at=timezone.now(),
                )
            except ValidationError as refused:
                take_refusal(form, refused)
            else:
                messages.success(request, _("The review is kept; the person who opened reads it."))
                back = reverse("admin:healthrecords_careaccess_changelist")
                return HttpResponseRedirect(f"{back}?review=waiting")
        due = due_chip(access, timezone.localdate())
        context = {
            **self.admin_site.each_context(request),
            "title": _("Review of an opened record"),
            "opts": self.opts,
            "access": access,
            "review": review,
            "due": due,
            "is_own": access.user_id == request.user.pk,
            "form": form,
            "reads": _reads(access),
            "earlier": self.get_queryset(request).filter(user=access.user_id).count() - 1,
        }
        return TemplateResponse(request, "healthrecords/glass_page.html", context)


def _reads(access: CareAccess) -> list[dict[str, Any]]:
    """Return what the person looked at while the record was open, the first first."""
    rows = AccessLog.objects.filter(
        user_id=access.user_id,
        people__contains=[access.citizen_id],
        at__gte=access.opened_at - timedelta(seconds=5),
        at__lt=access.until,
    )
    return [
        {"at": row.at, "action": row.get_action_display(), "part": part_of(row.url)}
        for row in rows.order_by("at", "id")[:READS_AT_MOST]
    ]


def _waiting(request: HttpRequest) -> Any:
    rows = CareAccess.objects.within(scope_of(request.user, RIGHT)).unreviewed()
    return rows.exclude(user=request.user.pk)


def waiting_count(request: HttpRequest) -> Count:
    """Count the openings that wait for this reviewer."""
    rows = _waiting(request)
    late = rows.filter(review_due_on__lt=timezone.localdate())
    return Count(rows.count(), is_urgent=late.exists())


def review_card(request: HttpRequest) -> WorkList | None:
    """List the openings to review, the most urgent first."""
    from portal.audit.reads import note

    rows = _waiting(request).select_related("user", "citizen", "organisation")
    found = list(rows.order_by("review_due_on", "id")[: WorkList.shown_at_most + 1])
    note(request, [access.citizen_id for access in found], action="listed", ground="review")
    today = timezone.localdate()
    return WorkList(
        title=_("Broken glass to review"),
        rows=[
            WorkRow(
                due=due_chip(access, today),
                what=_("%(who)s opened the record of %(person)s")
                % {"who": access.user.full_name, "person": access.citizen.name},
                url=reverse("admin:healthrecords_careaccess_change", args=[access.pk]),
                why=f"{day(access.opened_at)}, {access.organisation.name}. {access.reason}",
                deed=_("Review"),
            )
            for access in found
        ],
        total=rows.count() if len(found) > WorkList.shown_at_most else None,
        more=Link(_("All"), f"{reverse('admin:healthrecords_careaccess_changelist')}?review=mine"),
        empty=_("No opening by broken glass waits for review."),
    )
