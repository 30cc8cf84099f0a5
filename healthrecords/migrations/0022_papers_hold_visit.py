"""A paper, a referral or an appointment and its visit cannot disagree on citizen or facility."""

from django.db import migrations


def whole(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""ALTER TABLE healthrecords_{table} ADD CONSTRAINT {table}_holds_visit
        FOREIGN KEY (visit_id, citizen_id, facility_id)
        REFERENCES healthrecords_visit (id, citizen_id, facility_id)
        ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED""",
        f"ALTER TABLE healthrecords_{table} DROP CONSTRAINT {table}_holds_visit",
    )


class Migration(migrations.Migration):
    dependencies = [("healthrecords", "0021_papers_referrals_appointments")]

    operations = [whole(table) for table in ("document", "referral", "appointment")]
