"""Protect what was stored before words, medicines and notes protected a visit.

By the words of every version of the lists (rules of protection, protected examinations, substances):
visits by their own texts, medicines, traditional diagnoses and the notes of their way through the
station, with everything that hangs on them; results, procedures, papers, referrals, notes, medicines
handed over or stopped, attachments and facts by their own words; signed versions and rows of files of
what becomes protected here. Nothing becomes more open, and no word is changed: what is signed stays
signed. A word is found as a whole and without marks, its last letter “e” or not; the makers' names of
medicines and other spellings are found when the row is written again.

Set-based, one pass for each table. The guard of what is signed is lifted for these statements alone.
"""

from django.db import migrations

WORDS = r"""
CREATE OR REPLACE FUNCTION pg_temp.folded(said text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT ' ' || regexp_replace(public.mach_name_norm(said), '[^[:alnum:]]+', ' ', 'g') || ' '
$$;
CREATE OR REPLACE FUNCTION pg_temp.stricter(one text, other text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(array_position(ARRAY['hiv', 'mental', 'reproductive', 'tb'], one), 9)
    < coalesce(array_position(ARRAY['hiv', 'mental', 'reproductive', 'tb'], other), 9)
$$;
CREATE OR REPLACE FUNCTION pg_temp.strictest(classes text[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce((SELECT class FROM unnest(ARRAY['hiv', 'mental', 'reproductive', 'tb'])
    WITH ORDINALITY known (class, at) WHERE class = ANY (classes) ORDER BY at LIMIT 1), '')
$$;
CREATE TEMP TABLE betraying ON COMMIT DROP AS
SELECT class, ' (?:' || string_agg(DISTINCT regexp_replace(word, '(.{5})e?$', '\1e?'), '|') || ') ' AS pattern
FROM (
  SELECT code.attributes ->> 'sensitivity' AS class, btrim(pg_temp.folded(word)) AS word
  FROM codelists_code code
  JOIN codelists_codelistversion version ON version.id = code.version_id
  JOIN codelists_codelist list ON list.id = version.code_list_id
  CROSS JOIN LATERAL unnest(string_to_array(CASE list.key
    WHEN 'sensitivity_rules' THEN code.attributes ->> 'words'
    WHEN 'lab_tests' THEN concat_ws(';', code.title, code.attributes ->> 'synonyms')
    WHEN 'allergens' THEN
      concat_ws(';', code.attributes ->> 'synonyms', code.attributes ->> 'ingredients')
    END, ';')) word
  WHERE list.key IN ('sensitivity_rules', 'lab_tests', 'allergens')
    AND coalesce(code.attributes ->> 'sensitivity', '') <> ''
) said WHERE word <> '' GROUP BY class;
DO $make$
DECLARE cases text := '';
DECLARE known record;
BEGIN
  FOR known IN SELECT class, pattern FROM betraying
    ORDER BY array_position(ARRAY['hiv', 'mental', 'reproductive', 'tb'], class)
  LOOP
    cases := cases || format(' WHEN said ~ %L THEN %L', known.pattern, known.class);
  END LOOP;
  EXECUTE format(
    'CREATE OR REPLACE FUNCTION pg_temp.betrayed(told text) RETURNS text LANGUAGE sql IMMUTABLE AS
     $f$ SELECT CASE WHEN false THEN NULL %s ELSE %L END FROM pg_temp.folded(coalesce(told, %L)) said $f$',
    cases, '', '');
END $make$;
"""
VISITS = """
CREATE TEMP TABLE protected ON COMMIT DROP AS
SELECT found.visit_id, pg_temp.strictest(array_agg(found.class)) AS class
FROM (
  SELECT id AS visit_id, pg_temp.betrayed(concat_ws(' | ', reason, symptoms, advice, held_at,
    admission_reason, treatment)) AS class FROM healthrecords_visit
  UNION ALL
  SELECT visit_id, pg_temp.betrayed(concat_ws(' | ', name, note, instruction,
    array_to_string(ingredients, ' | '), warnings ->> 'reason')) FROM healthrecords_medication
  UNION ALL
  SELECT visit_id, pg_temp.betrayed(concat_ws(' | ', code, title)) FROM healthrecords_diagnosis
  WHERE rank = 'traditional'
  UNION ALL
  SELECT visit_id, pg_temp.betrayed(concat_ws(' | ', room, note)) FROM healthrecords_queuestep
) found
JOIN healthrecords_visit visit ON visit.id = found.visit_id
WHERE found.class <> '' AND pg_temp.stricter(found.class, visit.sensitivity)
GROUP BY found.visit_id;
CREATE TEMP TABLE touched ON COMMIT DROP AS SELECT visit_id FROM protected;
"""
HANGING = (
    "diagnosis",
    "medication",
    "vitalsigns",
    "visitnote",
    "queuestep",
    "appointment",
    "document",
    "referral",
    "procedure",
    "diagnosticreport",
    "dispensing",
    "medicinestop",
)
# Each table that has words and a class of its own.
OWN = {
    "diagnosticreport": """concat_ws(' | ', title, description, conclusion, (
      SELECT string_agg(concat_ws(' | ', result.name, result.value), ' | ')
      FROM healthrecords_result result WHERE result.report_id = row.id))""",
    "procedure": "concat_ws(' | ', title, outcome)",
    "document": """concat_ws(' | ', content::text,
      CASE WHEN content ->> 'pregnancy_ended' = 'true' THEN 'đình chỉ thai nghén' END)""",
    "referral": "concat_ws(' | ', answer, to_name)",
    "visitnote": "concat_ws(' | ', text, stage)",
    "dispensing": "name",
    "medicinestop": "name",
    "attachment": "concat_ws(' | ', title, note)",
    "allergy": "substance",
    "longtermmedicine": "concat_ws(' | ', name, dose, note, reason_title)",
    "problem": "note",
    "familyillness": "note",
}
IN_VISITS = frozenset(HANGING)
LIFT = """
DO $lift$
DECLARE guard record;
BEGIN
  FOR guard IN SELECT tgrelid::regclass AS name, tgname FROM pg_trigger
    WHERE tgname LIKE 'pgtrigger_signed_update_%'
  LOOP
    EXECUTE format('ALTER TABLE %s {deed} TRIGGER %I', guard.name, guard.tgname);
  END LOOP;
END $lift$;
"""
OF_VISITS = (
    """
UPDATE healthrecords_visit visit SET sensitivity = protected.class
FROM protected WHERE visit.id = protected.visit_id
""",
    *(
        f"""
UPDATE healthrecords_{table} row SET sensitivity = protected.class
FROM protected WHERE row.visit_id = protected.visit_id
  AND pg_temp.stricter(protected.class, row.sensitivity)
"""
        for table in HANGING
    ),
)
NOTED = """
WITH raised AS (
{statement} RETURNING row.visit_id
)
INSERT INTO touched SELECT visit_id FROM raised WHERE visit_id IS NOT NULL
"""


def _own(table: str, said: str) -> str:
    statement = f"""
UPDATE healthrecords_{table} row SET sensitivity = found.class
FROM (SELECT id, pg_temp.betrayed({said}) AS class FROM healthrecords_{table} row) found
WHERE row.id = found.id AND found.class <> '' AND pg_temp.stricter(found.class, row.sensitivity)
"""
    return NOTED.format(statement=statement) if table in IN_VISITS else statement


REST = (
    """
UPDATE healthrecords_referral row SET sensitivity = paper.sensitivity
FROM healthrecords_document paper
WHERE paper.id = row.document_id AND pg_temp.stricter(paper.sensitivity, row.sensitivity)
""",
    """
UPDATE healthrecords_result row SET sensitivity = report.sensitivity
FROM healthrecords_diagnosticreport report
WHERE report.id = row.report_id AND pg_temp.stricter(report.sensitivity, row.sensitivity)
""",
    # What was signed of it says the words that are protected now.
    """
UPDATE healthrecords_visitversion version SET sensitivity = found.class
FROM (
  SELECT id, pg_temp.betrayed(content) AS class FROM healthrecords_visitversion
  WHERE visit_id IN (SELECT visit_id FROM touched)
) found
WHERE version.id = found.id AND found.class <> ''
  AND pg_temp.stricter(found.class, version.sensitivity)
""",
    # The row a file said it with, and what was found in that row; a new visit has its row's key.
    """
UPDATE intake_stagedrow staged SET sensitivity = protected.class
FROM protected
WHERE (staged.target_id = protected.visit_id OR staged.id = protected.visit_id)
  AND pg_temp.stricter(protected.class, staged.sensitivity)
""",
    """
UPDATE intake_finding finding SET sensitivity = staged.sensitivity
FROM intake_stagedrow staged, protected
WHERE finding.row_id = staged.id
  AND (staged.target_id = protected.visit_id OR staged.id = protected.visit_id)
  AND pg_temp.stricter(staged.sensitivity, finding.sensitivity)
""",
)
GONE = """
DROP FUNCTION pg_temp.betrayed(text);
DROP FUNCTION pg_temp.strictest(text[]);
DROP FUNCTION pg_temp.stricter(text, text);
DROP FUNCTION pg_temp.folded(text);
"""
STATEMENTS = (
    WORDS,
    VISITS,
    LIFT.replace("{deed}", "DISABLE"),
    *OF_VISITS,
    *(_own(table, said) for table, said in OWN.items()),
    *REST,
    # A row raised twice waits for its deferred triggers, and its table is not altered before.
    "SET CONSTRAINTS ALL IMMEDIATE",
    LIFT.replace("{deed}", "ENABLE"),
    "SET CONSTRAINTS ALL DEFERRED",
    GONE,
)


class Migration(migrations.Migration):
    dependencies = [
        ("healthrecords", "0047_a_class_is_no_change_of_words"),
        ("codelists", "0004_the_law_may_ask_for_a_newer_list"),
        ("intake", "0009_what_files_altered_of_one_subject"),
    ]

    operations = [
        migrations.RunSQL([sql], migrations.RunSQL.noop) for sql in STATEMENTS
    ]
