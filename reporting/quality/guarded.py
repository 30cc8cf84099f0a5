"""Of which class is a finding about a report? Its address names the row whose figure is wrong.

“The figure of B20 is another in the records” says that there is one (Law 71/2020/QH14, article 30).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from portal.codelists.lookup import lists_held
from portal.codelists.models import CodeListVersion
from portal.codelists.sensitivity import Rule
from reporting.definitions import Form, form_of
from reporting.diseases import LIST, diseases_on
from reporting.guarding import class_of_disease, classes_of_rows, coded_rules
from reporting.models import ReportDefinition

# A finding is of a class where every cell that it names is; what names no row is of none. The word
# ``guarded`` holds the class of each guarded row of each form, ``asked`` is the rule with its fields.
CLASS = """coalesce((
  SELECT CASE WHEN count(guard.class) = count(*) THEN min(guard.class) END
  FROM unnest(asked.fields) said (name)
  LEFT JOIN jsonb_each_text(%(guarded)s::jsonb -> o.definition_id::text) guard (key, class)
    ON said.name LIKE '%%~%%' AND guard.key = split_part(said.name, '~', 1)), '')"""


def guarded_words(on: date) -> Mapping[str, Any]:
    """Return the rows that are guarded, by form, as a word of the statements that judge reports."""
    with lists_held():
        rules = coded_rules(on)
        known = {
            str(definition.pk): dict(rows_of(form_of(definition), rules))
            for definition in ReportDefinition.objects.all()
        }
    return {"guarded": json.dumps(known)}


def rows_of(form: Form, rules: Sequence[Rule]) -> Iterator[tuple[str, str]]:
    """Yield the guarded rows of a form with their class; those of a list of diseases of all its versions."""
    yield from classes_of_rows(form, rules).items()
    if form.rows_from == "diseases":
        versions = CodeListVersion.objects.filter(code_list__key=LIST)
        for begins in versions.values_list("valid_from", flat=True):
            for disease in diseases_on(begins):
                if sensitivity := class_of_disease(disease, rules):
                    yield disease.code, sensitivity
