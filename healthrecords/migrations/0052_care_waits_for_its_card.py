"""Let care begin with the card that brings it, where a card of a later day had moved it at once.

The day on which such a card was written ended the care of the place of the card before: it goes on
until the day before the new card. What ended otherwise stays ended.
"""

from django.db import migrations

EARLY = """
WITH today AS (SELECT (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day), early AS (
  SELECT care.id, care.citizen_id, care.organisation_id, care.since AS written,
    min(card.valid_from) AS begins
  FROM healthrecords_carerelation care
  JOIN healthrecords_coverage card ON card.citizen_id = care.citizen_id
    AND card.registered_at_id = care.organisation_id AND card.withdrawn_on IS NULL
  CROSS JOIN today
  WHERE care.ground = 'insurance' AND (care.until IS NULL OR care.until >= today.day)
  GROUP BY care.id
  HAVING min(coalesce(card.valid_from, '-infinity')) > max(today.day)
), back AS (
  UPDATE healthrecords_carerelation care SET until = least(early.begins - 1, card.valid_until)
  FROM early JOIN healthrecords_coverage card ON card.citizen_id = early.citizen_id
    AND card.withdrawn_on IS NULL AND card.registered_at_id <> early.organisation_id
  CROSS JOIN today
  WHERE care.citizen_id = early.citizen_id AND care.organisation_id = card.registered_at_id
    AND care.ground = 'insurance' AND care.until = greatest(early.written, care.since)
    AND coalesce(card.valid_from, '-infinity') <= today.day
    AND (card.valid_until IS NULL OR card.valid_until >= today.day)
)
UPDATE healthrecords_carerelation care SET since = early.begins FROM early WHERE care.id = early.id
"""


class Migration(migrations.Migration):
    dependencies = [("healthrecords", "0051_numbers_given_up_before")]

    operations = [migrations.RunSQL(EARLY, migrations.RunSQL.noop)]
