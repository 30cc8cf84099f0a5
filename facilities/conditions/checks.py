"""May a place of care do today what it does? Each condition with its law, met or not or not known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from facilities.conditions.facts import Facts
from facilities.conditions.measures import MEASURES, Mark
from facilities.rules import Rule

NOTICE = "notice"  # the strength of a condition that is told and decides nothing


class Verdict(models.TextChoices):
    """What all conditions together say."""

    YES = "yes", gettext_lazy("may operate")
    NO = "no", gettext_lazy("may not operate")
    NOT_PROVEN = "not_proven", gettext_lazy("not proven that it may operate")


@dataclass(frozen=True, slots=True)
class Check:
    """One condition as it stands: what, how it is, by which law, what to do."""

    code: str
    title: str
    mark: Mark
    said: StrOrPromise
    article: str = ""
    deed: str = ""  # the deed of the facility's page that mends it
    is_notice: bool = False  # told beside the verdict, of which it is no part

    @property
    def icon(self) -> str:
        return {"ok": "ok", "warn": "warn", "bad": "bad", "mute": "none"}[self.mark]


def checks_of(facts: Facts) -> list[Check]:
    """Return the conditions of this form of facility, the worst first."""
    own = facts.facility
    asked = [rule for rule in facts.rules if rule.is_about(own.form, own.specialty)]
    found = [check for rule in asked if (check := _check(rule, facts)) is not None]
    if facts.closed_on is not None:
        found.insert(0, _closed(facts, facts.closed_on))
    order = [Mark.FAILED, Mark.UNKNOWN, Mark.LACKING, Mark.MET]
    return sorted(found, key=lambda check: order.index(check.mark))


def verdict_of(checks: list[Check]) -> Verdict:
    """Say what the conditions make together."""
    marks = {check.mark for check in checks if not check.is_notice}
    if Mark.FAILED in marks:
        return Verdict.NO
    if Mark.UNKNOWN in marks or not marks:
        return Verdict.NOT_PROVEN
    return Verdict.YES


def _closed(facts: Facts, last: date) -> Check:
    """Say that a place is closed, whatever its papers say."""
    said = _("Closed; its last day was %(day)s.") % {"day": f"{last:%d/%m/%Y}"}
    if facts.heir:
        heir = _("Continued by %(name)s.") % {"name": facts.heir}
        said = f"{said} {heir}"
    return Check("closed", _("The facility still stands"), Mark.FAILED, said)


def _check(rule: Rule, facts: Facts) -> Check | None:
    measure, _colon, detail = rule.said("measure").partition(":")
    ask = MEASURES.get(measure)
    if ask is None:
        return None
    measured = ask(rule, facts, detail)
    if measured is None:
        return None
    mark, said, deed = measured
    if rule.said("strength") == NOTICE:
        mark = Mark.LACKING if mark == Mark.FAILED else mark
        return Check(rule.code, rule.title, mark, said, rule.article, deed, is_notice=True)
    binding = rule.day("binding_from")
    if mark in {Mark.FAILED, Mark.UNKNOWN} and binding is not None and facts.on < binding:
        mark = Mark.LACKING
        said = _("%(said)s Needed from %(day)s.") % {"said": said, "day": f"{binding:%d/%m/%Y}"}
    elif (mark == Mark.FAILED and rule.said("strength") == "warning") or (
        mark == Mark.UNKNOWN and rule.said("strength") == "warning"
    ):
        mark = Mark.LACKING
    return Check(rule.code, rule.title, mark, said, rule.article, deed)
