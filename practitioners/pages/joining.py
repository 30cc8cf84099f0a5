"""Two rows of the register beside each other: which one stays, what it says, and what is in the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.audit.reads import note
from portal.codelists.countries import country_on
from portal.codelists.lookup import code_on
from portal.database.answers import Choice
from portal.site.pages import page
from practitioners import services
from practitioners.models import DiscrepancyCase, Outcome, Practitioner, PractitionerJoining
from practitioners.pages.cases import Reader
from practitioners.services.contradictions import Contradiction, contradictions
from practitioners.services.joined_rows import counted
from practitioners.services.joining import department_of, may_join, questions

State = PractitionerJoining.State


@dataclass(frozen=True, slots=True)
class Question:
    """One question about a person, and what both rows answer."""

    name: str
    label: str
    texts: Sequence[str]
    chosen: int

    @property
    def differs(self) -> bool:
        return self.texts[0] != self.texts[1]

    @property
    def answers(self) -> list[tuple[int, str, bool]]:
        return [(place, text, place == self.chosen) for place, text in enumerate(self.texts)]


@require_http_methods(["GET", "HEAD", "POST"])
def joining(request: HttpRequest, decided_id: UUID) -> HttpResponse:
    """Compare the two rows of a decided case, ask to join or part them, or carry it out."""
    reader = Reader.of(request)
    case = reader.cases().select_related("department").filter(pk=decided_id).first()
    if case is None or case.outcome != Outcome.ONE_PERSON or len(case.people) != 2:
        raise Http404(_("There is no such record."))
    rows = Practitioner.objects.select_related("keeper", "area").filter(pk__in=case.people)
    pair = sorted(rows, key=lambda row: case.people.index(row.pk))
    if not any(may_join(request.user, department_of(case, person)) for person in pair):
        raise PermissionDenied(
            _("Rows are joined by the department that keeps the profile: %(department)s.")
            % {"department": department_of(case, pair[0])}
        )
    if request.method != "POST" or "_show" in request.POST:
        return _draw(request, case, pair)
    deed = next((name for name in DEEDS if name in request.POST), "_ask")
    try:
        said = DEEDS[deed](request, case)
    except ValidationError as refused:
        return _draw(request, case, pair, refused=refused)
    messages.success(request, said)
    return redirect("practitioners:joining", case.pk)


def _ask(request: HttpRequest, case: DiscrepancyCase) -> str:
    stays = _stays(request, case)
    if request.POST.get("shown") != str(stays):
        raise ValidationError(
            _("Another row is to stay: look at what stands in the way once more, then ask."),
            code="survivor_changed",
        )
    place = str(1 - case.people.index(stays))
    services.ask_to_join(
        actor=request.user,
        case=case,
        survivor_id=stays,
        take=[name for name in questions() if request.POST.get(f"take_{name}") == place],
        choices=_chosen(request.POST),
        reason=request.POST.get("reason", ""),
        at=timezone.now(),
    )
    return _("Asked. The two rows are one once a colleague has carried it out.")


def _chosen(said: Mapping[str, str]) -> dict[str, str]:
    start = "choice_"
    return {name[len(start) :]: said[name] for name in said if name.startswith(start)}


def _answered(request: HttpRequest) -> dict[str, Any]:
    try:
        key = UUID(request.POST.get("joining", ""))
    except ValueError:
        raise Http404(_("There is no such record.")) from None
    return {"actor": request.user, "joining_id": key, "at": timezone.now()}


def _carry_out(request: HttpRequest, case: DiscrepancyCase) -> str:
    row = services.carry_out_joining(**_of(request, case))
    return _("%(name)s is one row of the register now. It can be parted again below.") % {
        "name": row.survivor.name
    }


def _drop(request: HttpRequest, case: DiscrepancyCase) -> str:
    services.drop_joining(reason=request.POST.get("reason", ""), **_of(request, case))
    return _("The two rows stay as they are.")


def _ask_to_part(request: HttpRequest, case: DiscrepancyCase) -> str:
    services.ask_to_part(reason=request.POST.get("reason", ""), **_of(request, case))
    return _("Asked. The two rows are parted once a colleague has carried it out.")


def _part(request: HttpRequest, case: DiscrepancyCase) -> str:
    services.carry_out_parting(**_of(request, case))
    return _("Both rows have back what was theirs.")


def _keep(request: HttpRequest, case: DiscrepancyCase) -> str:
    services.keep_joined(**_of(request, case))
    return _("The two rows stay joined.")


def _of(request: HttpRequest, case: DiscrepancyCase) -> dict[str, Any]:
    """Return what an answer names; a joining of another case is none of this page."""
    said = _answered(request)
    if not PractitionerJoining.objects.filter(pk=said["joining_id"], case=case).exists():
        raise Http404(_("There is no such record."))
    return said


DEEDS: dict[str, Callable[[HttpRequest, DiscrepancyCase], str]] = {
    "_ask": _ask,
    "_carry_out": _carry_out,
    "_drop": _drop,
    "_ask_to_part": _ask_to_part,
    "_part": _part,
    "_keep": _keep,
}


def _stays(request: HttpRequest, case: DiscrepancyCase) -> UUID:
    """Return the row that is to stay: as chosen, else the first one of the case."""
    said = request.POST.get("stays", "")
    return next((key for key in case.people if str(key) == said), case.people[0])


def _draw(
    request: HttpRequest,
    case: DiscrepancyCase,
    pair: list[Practitioner],
    *,
    refused: ValidationError | None = None,
) -> HttpResponse:
    today = timezone.localdate()
    note(request, case.people, action="opened", ground="case")
    rows = PractitionerJoining.objects.filter(case=case).select_related(
        "department", "survivor", "joined", "asked_by", "answered_by", "parting_asked_by"
    )
    known = rows.filter(state__in=[State.ASKED, State.DONE]).first()
    stays = known.survivor_id if known else _stays(request, case)
    goes = next(key for key in case.people if key != stays)
    is_settled = known is not None and known.state == State.DONE
    found = [] if is_settled else contradictions(stays, goes, today)
    place = case.people.index(stays)
    asked = _questions(request, known, pair, place, today)
    asker = known and (known.parting_asked_by_id if known.is_parting_asked else known.asked_by_id)
    context = {
        "title": _("One person, two rows of the register"),
        "case": case,
        "pair": [(person, person.pk == stays, _known_by(person, today)) for person in pair],
        "stays": stays,
        "known": known,
        "is_done": is_settled,
        "is_asker": asker == request.user.pk,
        "may_answer": known is None or may_join(request.user, known.department),
        "questions": [one for one in asked if one.differs],
        "same": [one for one in asked if not one.differs and one.texts[0]],
        "found": [_drawn(one, known.choices if known else _chosen(request.POST)) for one in found],
        "owned": _owned(pair),
        "earlier": rows.exclude(pk=known.pk) if known else rows,
        "refused": refused,
        "reason": request.POST.get("reason", ""),
    }
    status = 200 if refused is None else 400
    return page(request, "practitioners/joining.html", context, status=status)


def _drawn(one: Contradiction, said: Mapping[str, str]) -> dict[str, Any]:
    options = [(value, text, said.get(one.key) == value) for value, text in one.options]
    return {"key": one.key, "sentence": one.sentence, "options": options}


def _known_by(person: Practitioner, on: date) -> list[str]:
    """Return by what an official tells two rows of one name apart: licence and places of work."""
    numbers = person.licenses.current().values_list("number_raw", flat=True)
    places = person.registrations.holding(on).values_list("facility__name", flat=True)
    return [*numbers.order_by("-issued_on", "id")[:2], *places.order_by("facility__name")[:3]]


def _owned(pair: Sequence[Practitioner]) -> list[tuple[str, list[int]]]:
    """Return how many rows of each kind stand with each of the two."""
    by_label: dict[str, list[int]] = {}
    for place, person in enumerate(pair):
        for belonging, count in counted(person.pk):
            kind = belonging.model._meta.verbose_name_plural
            label = capfirst(str(kind))
            if belonging.field.name != "practitioner":
                label = f"{label} ({belonging.field.verbose_name})"
            by_label.setdefault(label, [0, 0])[place] += count
    return sorted(by_label.items())


def _questions(
    request: HttpRequest,
    known: PractitionerJoining | None,
    pair: Sequence[Practitioner],
    stays: int,
    on: date,
) -> list[Question]:
    found = []
    for name, choice in questions().items():
        texts = [_text(choice, person, on) for person in pair]
        if known is not None:
            chosen = 1 - stays if name in known.take else stays
        else:
            said = request.POST.get(f"take_{name}", "")
            # Where one of the two says nothing, the other one's word is offered.
            offered = stays if texts[stays] or not texts[1 - stays] else 1 - stays
            chosen = int(said) if said in {"0", "1"} else offered
        label = capfirst(str(choice.fields[0].verbose_name))
        found.append(Question(name, label, texts, chosen))
    return found


def _text(choice: Choice, person: Practitioner, on: date) -> str:
    """Return in words what a row answers to a question."""
    write = WRITERS.get(choice.name)
    return write(person, on) if write else str(getattr(person, choice.name) or "")


def _country(person: Practitioner, on: date) -> str:
    found = country_on(person.nationality, on)
    return found.title if found else person.nationality


def _group(person: Practitioner, on: date) -> str:
    found = code_on("ethnic_groups", person.ethnic_group, on)
    return found.title if found else person.ethnic_group


def _kept(person: Practitioner, on: date) -> str:
    said = [str(person.keeper)] if person.keeper else []
    if person.verified_at is not None:
        day = f"{timezone.localtime(person.verified_at):%d/%m/%Y}"
        said.append(_("verified on %(day)s") % {"day": day})
    return ", ".join(said)


WRITERS: Mapping[str, Callable[[Practitioner, date], str]] = {
    "birth_date": lambda person, _on: str(person.birth),
    "sex": lambda person, _on: str(person.get_sex_display()),
    "nationality": _country,
    "ethnic_group": _group,
    "address": lambda person, _on: ", ".join(
        filter(None, [person.address, str(person.area or "")])
    ),
    "keeper": _kept,
    "died_on": lambda person, _on: f"{person.died_on:%d/%m/%Y}" if person.died_on else "",
}
