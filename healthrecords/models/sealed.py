"""The database's own guard: what is signed changes only while an amendment is open.

The rule stands in triggers, so that no page, file, command or statement gets past it. A merge may
move a visit to another person: who it belongs to is not what was signed. ``Part.unsigned`` names
columns of a part that tell what happened later (the answer to a referral); they stay free.
"""

from __future__ import annotations

from collections.abc import Sequence

import pgtrigger

REFUSE = """
IF sealed IS NOT NULL THEN
  RAISE EXCEPTION 'visit_signed: visit % is signed and no amendment is open', sealed
    USING ERRCODE = 'restrict_violation';
END IF;
RETURN NULL;
"""
TOUCHED = """
SELECT seal.visit_id INTO sealed FROM {rows} touched
JOIN healthrecords_visitseal seal ON seal.visit_id = touched.{key}
WHERE seal.amendment_id IS NULL LIMIT 1;
"""
CHANGED = """
SELECT seal.visit_id INTO sealed FROM old_rows was FULL JOIN new_rows now ON now.id = was.id
JOIN healthrecords_visitseal seal
  ON seal.visit_id = ANY (ARRAY[was.{key}, now.{key}]) AND seal.amendment_id IS NULL
WHERE to_jsonb(was) - ARRAY[{free}] IS DISTINCT FROM to_jsonb(now) - ARRAY[{free}] LIMIT 1;
"""


def guards(key: str, *, free: Sequence[str] = (), inserts: bool = True) -> list[pgtrigger.Trigger]:
    """Return the triggers of a table whose column ``key`` names the visit."""
    columns = ", ".join(f"'{name}'" for name in ("citizen_id", *free))
    sealed: list[tuple[str, str]] = [("sealed", "uuid")]
    changed = CHANGED.format(key=key, free=columns) + REFUSE
    gone = TOUCHED.format(rows="old_rows", key=key) + REFUSE
    found = [
        after_statement("signed_update", pgtrigger.Update, changed, sealed),
        after_statement("signed_delete", pgtrigger.Delete, gone, sealed),
    ]
    if inserts:
        new = TOUCHED.format(rows="new_rows", key=key) + REFUSE
        found.append(after_statement("signed_insert", pgtrigger.Insert, new, sealed))
    return found


def after_statement(
    name: str,
    operation: pgtrigger.Operation,
    func: str,
    declare: Sequence[tuple[str, str]] = (),
) -> pgtrigger.Trigger:
    """Return a trigger that sees all rows of a statement at once, as ``old_rows`` and ``new_rows``."""
    tables = {}
    if operation is not pgtrigger.Insert:
        tables["old"] = "old_rows"
    if operation is not pgtrigger.Delete:
        tables["new"] = "new_rows"
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**tables),
        declare=list(declare),
        func=func,
    )


# A seal follows the versions: up by one, and open only while its amendment is.
SEAL = """
IF TG_OP = 'DELETE' THEN
  RAISE EXCEPTION 'seal_kept: a signed visit stays signed' USING ERRCODE = 'restrict_violation';
END IF;
IF TG_OP = 'INSERT' AND (NEW.number <> 1 OR NEW.amendment_id IS NOT NULL)
  OR TG_OP = 'UPDATE' AND (NEW.visit_id <> OLD.visit_id OR NEW.number NOT IN (OLD.number, OLD.number + 1))
  OR NOT EXISTS (
    SELECT FROM healthrecords_visitversion version
    WHERE version.visit_id = NEW.visit_id AND version.number = NEW.number AND version.id = NEW.version_id
  )
  OR NEW.amendment_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM healthrecords_visitamendment amendment
    WHERE amendment.id = NEW.amendment_id AND amendment.visit_id = NEW.visit_id AND amendment.closed_at IS NULL
  )
  OR TG_OP = 'UPDATE' AND OLD.amendment_id IS NOT NULL AND NEW.amendment_id IS NULL AND NOT EXISTS (
    SELECT FROM healthrecords_visitamendment amendment
    WHERE amendment.id = OLD.amendment_id AND amendment.closed_at IS NOT NULL
      AND (amendment.outcome = 'dropped' OR NEW.number = OLD.number + 1)
  )
THEN
  RAISE EXCEPTION 'seal_astray: the seal of visit % does not follow its versions', NEW.visit_id
    USING ERRCODE = 'restrict_violation';
END IF;
RETURN NEW;
"""


def seal_guard() -> pgtrigger.Trigger:
    """Return the trigger of the seals themselves."""
    return pgtrigger.Trigger(
        name="seal_follows_versions",
        level=pgtrigger.Row,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=SEAL,
    )
