"""An applicant picks the act and its case, sees only the documents it needs, and files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from portal.admin.deeds import take_refusal
from portal.database.keys import uuid7
from portal.dossiers import acts, definitions, services
from portal.dossiers.acts import ActForm, Filing
from portal.dossiers.definitions import Case, Procedure, TermRule
from portal.dossiers.forms import FilesField, WhoForm
from portal.dossiers.models import DossierFile
from portal.dossiers.pages.opened import let_in, too_many
from portal.dossiers.services.filing import Needed, competent
from portal.dossiers.services.uploading import drop_file, keep_file, waiting_files
from portal.site.pace import allowed
from portal.site.pages import page

READS, WRITES = 60, 12  # a minute and network


@dataclass(frozen=True, slots=True)
class Paper:
    """One document of the form: what it is, what was uploaded for it, its field."""

    needed: Needed
    field: Any
    files: Sequence[DossierFile]


@require_safe
def procedures(request: HttpRequest) -> HttpResponse:
    """List what can be asked for, by whom it is about."""
    on = timezone.localdate()
    known = [row for row in definitions.procedures_on(on) if not row.by_authority]
    context = {
        "title": _("Administrative procedures"),
        "practice": [_described(row) for row in known if row.subject == "practitioner"],
        "facilities": [_described(row) for row in known if row.subject == "facility"],
    }
    return page(request, "dossiers/procedures.html", context)


def _described(procedure: Procedure) -> dict[str, Any]:
    return {
        "procedure": procedure,
        "terms": _terms(procedure.code),
        "is_open": acts.act_of(procedure.code) is not None,
    }


def _terms(procedure: str) -> list[TermRule | None]:
    """Return each term the cases of a procedure have, in their order, none of them twice."""
    on = timezone.localdate()
    found: dict[Any, TermRule | None] = {}
    for case in definitions.cases_on(procedure, on):
        rule = definitions.term_on(procedure, case.code, on)
        found.setdefault((rule.term, rule.counted_from, rule.then) if rule else None, rule)
    return list(found.values()) or [None]


def find(code: str) -> Procedure:
    """Return a procedure an applicant may ask for today, or nothing there."""
    found = definitions.procedure_on(code, timezone.localdate())
    if found is None or found.by_authority:
        raise Http404(_("There is no such procedure."))
    return found


@require_safe
def procedure_page(request: HttpRequest, procedure: str) -> HttpResponse:
    """Say what an act costs, how long it takes, by which law; ask for the case."""
    known, on = find(procedure), timezone.localdate()
    cases = [
        {
            "case": case,
            "term": definitions.term_on(procedure, case.code, on),
            "documents": definitions.documents_on(procedure, case.code, on),
        }
        for case in definitions.cases_on(procedure, on)
    ]
    context = {
        "title": known.title,
        "procedure": known,
        "cases": cases,
        "has_case_fees": any(row.fee for row in definitions.cases_on(procedure, on)),
        "authorities": competent(procedure, on),
        "rules": definitions.authorities_on(procedure, on),
        "is_open": acts.act_of(procedure) is not None,
    }
    return page(request, "dossiers/procedure.html", context)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def apply_page(request: HttpRequest, procedure: str) -> HttpResponse:
    """Ask who and what, then the documents that are needed; file."""
    known, on = find(procedure), timezone.localdate()
    code = request.POST.get("case") or request.GET.get("case", "")
    case = definitions.case_on(procedure, code, on)
    if case is None or acts.act_of(procedure) is None:
        return HttpResponseRedirect(reverse("dossiers:procedure", args=[procedure]))
    if request.method == "POST" and not allowed(request, "dossiers", WRITES):
        return too_many(request)
    form = Application(request, known, case)
    if request.method == "POST":
        form.carry_on()
        if form.filed is not None:
            let_in(request, form.filed)
            return HttpResponseRedirect(reverse("dossiers:own", args=[form.filed.pk]) + "?da-nop=1")
    return page(request, "dossiers/apply.html", form.context())


class Application:
    """One form on its way: first who and what, then the documents; nothing typed is lost."""

    def __init__(self, request: HttpRequest, procedure: Procedure, case: Case) -> None:
        self.request, self.procedure, self.case = request, procedure, case
        self.on = timezone.localdate()
        data = request.POST if request.method == "POST" else None
        act = acts.act_of(procedure.code)
        assert act is not None  # noqa: S101  (the page asked)
        self.act = act
        authorities = list(competent(procedure.code, self.on))
        self.who = WhoForm(data, procedure=procedure, authorities=authorities)
        self.what: ActForm = act.form_of(case.code)(data, prefix="v")
        self.key = _key(request.POST.get("client_key", ""))
        self.filed: Any = None
        self.step = "who"
        self.needed: list[Needed] = []
        self.refused: list[str] = []
        self.notices: list[str] = []
        self.has_declared = request.POST.get("declared") == "1"

    def carry_on(self) -> None:
        """Do what was pressed: go on to the documents, back, keep files, or file."""
        is_valid = self.who.is_valid() & self.what.is_valid()
        if not is_valid or "_back" in self.request.POST:
            return
        filing = self._filing()
        try:
            subject = self.act.subject(filing)
            self.act.check(filing, subject)
            self.needed = services.needed_documents(filing, subject)
            self.notices = self.act.notices(filing, subject)
        except ValidationError as refused:
            self._refuse(refused)
            return
        self.step = "papers"
        if self.request.POST.get("step") == "papers":
            self._take_papers()
            if "_file" in self.request.POST and not self.refused:
                self._file(filing)

    def _filing(self) -> Filing:
        return self.who.filing(case=self.case.code, on=self.on, values=self.what.stored())

    def _refuse(self, refused: ValidationError) -> None:
        """Put what the act refuses at the field it names: of the act, else of the person."""
        if hasattr(refused, "error_dict"):
            for name, errors in refused.error_dict.items():
                form = self.what if name in self.what.fields else self.who
                form.add_error(name if name in form.fields else None, errors)
        else:
            take_refusal(self.who, refused)

    def _take_papers(self) -> None:
        at = timezone.now()
        dropped = self.request.POST.get("_drop", "")
        if dropped:
            drop_file(client_key=self.key, file_id=_key(dropped), at=at)
        for one in self.needed:
            for sent in self.request.FILES.getlist(f"document_{one.rule.code}"):
                try:
                    keep_file(
                        client_key=self.key,
                        document_code=one.rule.code,
                        content=sent.read(),
                        name=sent.name or "",
                        at=at,
                    )
                except ValidationError as refused:
                    self.refused += refused.messages

    def _file(self, filing: Filing) -> None:
        if not self.has_declared:
            self.refused.append(
                _("Tick the declaration: you answer for what you hand in being true.")
            )
            return
        try:
            saved = services.file_dossier(filing=filing, client_key=self.key, at=timezone.now())
        except ValidationError as refused:
            self.refused += refused.messages
        else:
            self.filed = saved.dossier

    def papers(self) -> list[Paper]:
        """Return the documents of the case with what was uploaded for each."""
        files: dict[str, list[DossierFile]] = {}
        for file in waiting_files(self.key):
            files.setdefault(file.document_code, []).append(file)
        return [
            Paper(one, FilesField(label=one.rule.name), files.get(one.rule.code, []))
            for one in self.needed
        ]

    def context(self) -> dict[str, Any]:
        on_papers = self.step == "papers"
        return {
            "title": self.procedure.title,
            "procedure": self.procedure,
            "case": self.case,
            "form": self.who,
            "what": self.what,
            "step": self.step,
            "client_key": self.key,
            "papers": self.papers() if on_papers else [],
            "summary": self._summary() if on_papers else [],
            "refused": self.refused,
            "notices": self.notices,
            "has_declared": self.has_declared,
            "term": definitions.term_on(self.procedure.code, self.case.code, self.on),
        }

    def _summary(self) -> list[tuple[str, str]]:
        said = ActForm.lines(self.who)  # type: ignore[arg-type]
        return [*said, *self.what.lines()]


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid7()
