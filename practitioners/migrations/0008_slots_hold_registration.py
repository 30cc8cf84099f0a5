"""A slot cannot drift from its registration, nor a rotation from its training: one composite key each."""

from django.db import migrations

HOLDS = (
    ("workingslot", "registration"),
    ("workingslot", "trainingrotation"),
    ("trainingrotation", "practicaltraining"),
)
COLUMN = {"registration": "registration", "trainingrotation": "rotation", "practicaltraining": "training"}


def whole(part: str, of: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""ALTER TABLE practitioners_{part} ADD CONSTRAINT {part}_holds_{of}
        FOREIGN KEY ({COLUMN[of]}_id, practitioner_id, facility_id)
        REFERENCES practitioners_{of} (id, practitioner_id, facility_id)
        ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED""",
        f"ALTER TABLE practitioners_{part} DROP CONSTRAINT {part}_holds_{of}",
    )


class Migration(migrations.Migration):
    dependencies = [("practitioners", "0007_person_licence_registration")]

    operations = [whole(part, of) for part, of in HOLDS]
