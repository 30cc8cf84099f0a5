"""Protect what was stored before words, medicines and notes protected a visit.

By the words of every version of the lists (rules of protection, protected examinations, substances):
visits by their own texts, medicines, traditional diagnoses and the notes of their way through the
station, with everything that hangs on them; results, procedures, papers, referrals, notes, medicines
handed over or stopped, attachments and facts by their own words; signed versions and rows of files of
what becomes protected here. Nothing becomes more open, and no word is changed: what is signed stays
signed. A word is found as a whole, with its marks or typed without any, its last letter “e” or not; the
makers' names of medicines and other spellings are found when the row is written again. A code in words
is found as it is written anew, except in a paper's fields. What hides no row when it is written (what
stands beside an allergy, a dose or a stop) hides none here.

Set-based, one pass for each table. The guard of what is signed is lifted for these statements alone.
"""

from django.db import migrations

# The lists are loaded after the migrations: what this update's say stands here beside what they said before.
SHIPPED = {
    "hiv": "hiv;arv;aids;kháng thể hiv;hiv ab;hiv ag/ab;tế bào cd4;cd4;tải lượng hiv;hiv đo tải lượng;"
    "tải lượng vi rút hiv;nevirapin;efavirenz;abacavir;tenofovir;zidovudin;lamivudin;dolutegravir;lopinavir;"
    "tld;tdf/3tc/dtg",
    "mental": "cai nghiện;methadone;sốc điện tâm thần;liệu pháp sốc điện;tâm thần phân liệt;"
    "-cai nghiện thuốc lá;-cai nghiện thuốc lào",
    "reproductive": "hút thai;nạo thai;nạo hút thai;phá thai;bỏ thai;đình chỉ thai;đình chỉ thai nghén;"
    "đình chỉ thai kỳ;chấm dứt thai kỳ;tránh thai;triệt sản;đặt vòng;tháo vòng;đặt dụng cụ tử cung;"
    "tháo dụng cụ tử cung;thắt ống dẫn tinh;thắt ống dẫn trứng;thụ tinh nhân tạo;thụ tinh ống nghiệm;"
    "thụ tinh trong ống nghiệm;bơm tinh trùng;giang mai;rpr;tpha;treponema pallidum;-thị giang mai;"
    "-hà giang mai;-bắc giang mai;-kiên giang mai;-tiền giang mai",
    "tb": "lao phổi;thuốc lao;thuốc chống lao;rifampicin;rifampin;isoniazid;pyrazinamid;ethambutol;rhze;"
    "-hút thuốc lào;-bỏ thuốc lào;-cai thuốc lào;-nghiện thuốc lào",
}
WORDS = r"""
-- Each word as it was typed: one with marks is that word, one without any may stand for each. Marks of
-- a sentence part words, letters and figures that stand together are one.
CREATE OR REPLACE FUNCTION pg_temp.folded(said text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT ' ' || regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(translate(
      lower(normalize(said, NFD) COLLATE "C"),
      U&'\0110\00D0\0189\00F0\0256\00AD\200B\200C\200D\200E\200F\2060\FEFF', 'đđđđđ'
    ), '([\u0300\u0301\u0303\u0309\u0323])([a-zđ\u0302\u0306\u031b]+)', '\2\1', 'g'),
    '[.,;:()!?|]', ' | ', 'g'),
    '[^a-z0-9đ|\u0300-\u036f]+', ' ', 'g'),
    '(\| )+', '| ', 'g'),
    '^ | $', '', 'g') || ' '
$$;
CREATE OR REPLACE FUNCTION pg_temp.stricter(one text, other text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(array_position(ARRAY['hiv', 'mental', 'reproductive', 'tb'], one), 9)
    < coalesce(array_position(ARRAY['hiv', 'mental', 'reproductive', 'tb'], other), 9)
$$;
CREATE OR REPLACE FUNCTION pg_temp.strictest(classes text[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce((SELECT class FROM unnest(ARRAY['hiv', 'mental', 'reproductive', 'tb'])
    WITH ORDINALITY known (class, at) WHERE class = ANY (classes) ORDER BY at LIMIT 1), '')
$$;
-- A phrase with its words as somebody types them: with their marks, or without any.
CREATE OR REPLACE FUNCTION pg_temp.looked_for(phrase text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN min(word) FILTER (WHERE at = 1) ~ '^[0-9]' THEN ' ' ELSE '[ 0-9]' END
    || substr(string_agg(CASE word WHEN '|' THEN '(?: \|)?' ELSE ' (?:' || word || '|' || regexp_replace(
         plain, '^([a-z]{5,}?)e?$', '\1e?') || ')' END, '' ORDER BY at), 2)
    || CASE WHEN max(word) FILTER (WHERE at = words AND word <> '|') ~ '[0-9]$' THEN '(?= )' ELSE '(?=[ 0-9])' END
  FROM (
    SELECT word, plain, at, count(*) OVER () AS words
    FROM unnest(string_to_array(btrim(pg_temp.folded(phrase)), ' '),
      string_to_array(btrim(pg_temp.folded(public.mach_name_norm(phrase))), ' '))
      WITH ORDINALITY said (word, plain, at)
  ) said
$$;
CREATE TEMP TABLE betraying ON COMMIT DROP AS
SELECT class, harmless, string_agg(DISTINCT pg_temp.looked_for(word), '|') AS pattern
FROM (
  SELECT class, ltrim(btrim(word), '-') AS word, btrim(word) LIKE '-%' AS harmless
  FROM (
    SELECT code.attributes ->> 'sensitivity' AS class, CASE list.key
      WHEN 'sensitivity_rules' THEN code.attributes ->> 'words'
      WHEN 'lab_tests' THEN concat_ws(';', code.title, code.attributes ->> 'synonyms')
      WHEN 'allergens' THEN
        concat_ws(';', code.attributes ->> 'synonyms', code.attributes ->> 'ingredients')
      END AS words
    FROM codelists_code code
    JOIN codelists_codelistversion version ON version.id = code.version_id
    JOIN codelists_codelist list ON list.id = version.code_list_id
    WHERE list.key IN ('sensitivity_rules', 'lab_tests', 'allergens')
      AND coalesce(code.attributes ->> 'sensitivity', '') <> ''
    UNION ALL VALUES {shipped}
  ) known CROSS JOIN LATERAL unnest(string_to_array(words, ';')) word
) said WHERE pg_temp.folded(word) ~ '[a-z0-9đ]' GROUP BY class, harmless;
-- The codes of each class, for those that people write into words.
CREATE TEMP TABLE betraying_codes ON COMMIT DROP AS
SELECT DISTINCT code.attributes ->> 'sensitivity' AS class,
  replace(code.attributes ->> 'first', '.', '') AS first,
  replace(coalesce(nullif(code.attributes ->> 'last', ''), code.attributes ->> 'first'), '.', '') AS last
FROM codelists_code code
JOIN codelists_codelistversion version ON version.id = code.version_id
JOIN codelists_codelist list ON list.id = version.code_list_id
WHERE list.key = 'sensitivity_rules' AND coalesce(code.attributes ->> 'first', '') <> '';
CREATE OR REPLACE FUNCTION pg_temp.coded(told text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN told ~ '[A-Z][0-9][0-9]' THEN (
    SELECT pg_temp.strictest(array_agg(known.class))
    FROM regexp_matches(told, '(?<![[:alnum:]_.])[A-Z][0-9]{2}(?:\.[0-9]{1,2})?(?![[:alnum:]_])', 'g') found
    CROSS JOIN LATERAL replace(found[1], '.', '') code
    JOIN betraying_codes known ON left(code, length(known.first)) COLLATE "C" >= known.first
      AND left(code, length(known.last)) COLLATE "C" <= known.last
  ) ELSE '' END
$$;
DO $make$
DECLARE cases text := '';
DECLARE harmless text;
DECLARE anything text;
DECLARE known record;
BEGIN
  SELECT coalesce(string_agg(pattern, '|'), '(?!)') INTO harmless FROM betraying WHERE betraying.harmless;
  SELECT string_agg(pattern, '|') INTO anything FROM betraying WHERE NOT betraying.harmless;
  FOR known IN SELECT class, pattern FROM betraying WHERE NOT betraying.harmless
    ORDER BY array_position(ARRAY['hiv', 'mental', 'reproductive', 'tb'], class)
  LOOP
    cases := cases || format(' WHEN said ~ %L THEN %L', known.pattern, known.class);
  END LOOP;
  EXECUTE format(
    'CREATE OR REPLACE FUNCTION pg_temp.betrayed(told text) RETURNS text LANGUAGE sql IMMUTABLE AS
     $f$ SELECT CASE WHEN said !~ %L THEN %L ELSE (
         SELECT CASE WHEN false THEN NULL %s ELSE %L END FROM regexp_replace(said, %L, %L, %L) said
       ) END FROM pg_temp.folded(coalesce(told, %L)) said $f$',
    anything, '', cases, '', harmless, ' |', 'g', '');
END $make$;
CREATE OR REPLACE FUNCTION pg_temp.told(told text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT pg_temp.strictest(ARRAY[pg_temp.betrayed(told), pg_temp.coded(told)])
$$;
"""
FOUND = """
  SELECT id AS visit_id, pg_temp.strictest(ARRAY[pg_temp.betrayed(held_at), pg_temp.told(
    concat_ws(' | ', reason, symptoms, advice, admission_reason, treatment))]) AS class
  FROM healthrecords_visit
  UNION ALL
  SELECT visit_id, pg_temp.strictest(ARRAY[
    pg_temp.betrayed(concat_ws(' | ', name, array_to_string(ingredients, ' | '))),
    pg_temp.told(concat_ws(' | ', note, instruction, route, warnings ->> 'reason'))])
  FROM healthrecords_medication
  UNION ALL
  SELECT visit_id, pg_temp.betrayed(concat_ws(' | ', code, title)) FROM healthrecords_diagnosis
  WHERE rank = 'traditional'
  UNION ALL
  SELECT visit_id, pg_temp.strictest(ARRAY[pg_temp.betrayed(room), pg_temp.told(note)])
  FROM healthrecords_queuestep
"""
VISITS = """
CREATE TEMP TABLE protected ON COMMIT DROP AS
SELECT found.visit_id, pg_temp.strictest(array_agg(found.class)) AS class
FROM ({found}) found
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


# Fields of a paper are full of numbers and places; the rest are names.
WITHOUT_CODES = frozenset({"document", "dispensing", "medicinestop", "allergy"})


def words(shipped: dict[str, str]) -> str:
    """Return what makes the functions that judge, by these words and those of the lists."""
    said = ", ".join(f"('{kind}', '{words}')" for kind, words in shipped.items())
    return WORDS.replace("{shipped}", said)


def own(table: str, said: str) -> str:
    """Return the statement that protects the rows of a table by what they say themselves."""
    look = "betrayed" if table in WITHOUT_CODES else "told"
    return by_class(table, f"pg_temp.{look}({said})")


def by_class(table: str, found: str) -> str:
    """Return the statement that protects the rows of a table by the class found for each."""
    statement = f"""
UPDATE healthrecords_{table} row SET sensitivity = found.class
FROM (SELECT id, {found} AS class FROM healthrecords_{table} row) found
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
DROP FUNCTION pg_temp.told(text);
DROP FUNCTION pg_temp.coded(text);
DROP FUNCTION pg_temp.betrayed(text);
DROP FUNCTION pg_temp.looked_for(text);
DROP FUNCTION pg_temp.strictest(text[]);
DROP FUNCTION pg_temp.stricter(text, text);
DROP FUNCTION pg_temp.folded(text);
"""


def statements(words: str, found: str, *besides: str) -> tuple[str, ...]:
    """Return the whole of it: with what judges words, what is found of visits, and further updates."""
    return (
        words,
        VISITS.replace("{found}", found),
        LIFT.replace("{deed}", "DISABLE"),
        *OF_VISITS,
        *(own(table, said) for table, said in OWN.items()),
        *besides,
        *REST,
        # A row raised twice waits for its deferred triggers, and its table is not altered before.
        "SET CONSTRAINTS ALL IMMEDIATE",
        LIFT.replace("{deed}", "ENABLE"),
        "SET CONSTRAINTS ALL DEFERRED",
        GONE,
    )


STATEMENTS = statements(words(SHIPPED), FOUND)


class Migration(migrations.Migration):
    dependencies = [
        ("healthrecords", "0047_a_class_is_no_change_of_words"),
        ("codelists", "0004_the_law_may_ask_for_a_newer_list"),
        ("intake", "0009_what_files_altered_of_one_subject"),
    ]

    operations = [
        migrations.RunSQL([sql], migrations.RunSQL.noop) for sql in STATEMENTS
    ]
