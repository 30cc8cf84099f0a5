"""Let cases and records to mend be as protected as their visit became by the words in it."""

from django.db import migrations

RANK = """coalesce(array_position(ARRAY['hiv', 'mental', 'reproductive', 'tb'], {0}.sensitivity::text), 9)"""
STRICTER = f"{RANK.format('visit')} < {RANK.format('row')}"
CASES = f"""
UPDATE reporting_casenotification row SET sensitivity = visit.sensitivity
FROM healthrecords_visit visit WHERE visit.id = row.visit_id AND {STRICTER}
"""
ISSUES = f"""
UPDATE reporting_qualityissue row SET sensitivity = visit.sensitivity
FROM healthrecords_visit visit WHERE visit.id = row.object_id AND {STRICTER}
"""


class Migration(migrations.Migration):
    dependencies = [
        ("reporting", "0017_outages_of_a_sender_are_confirmed"),
        ("healthrecords", "0048_what_betrays_is_protected"),
    ]

    operations = [migrations.RunSQL([sql], migrations.RunSQL.noop) for sql in (CASES, ISSUES)]
