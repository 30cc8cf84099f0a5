"""Let grounds of care that were stored without an end end with what gave them, and numbers identify.

A card gives its facility the record while it is valid, a referral as long as it holds (without end once
the person came), an appointment until a month after its day. A place that continues another has none
of these papers itself: there the person's papers elsewhere say the end. Who was kept as not identified
or newborn and has a personal number is known.
"""

from django.db import migrations

PAPERS = {
    "insurance": """SELECT citizen_id, registered_at_id AS place, valid_until AS last
        FROM healthrecords_coverage WHERE withdrawn_on IS NULL""",
    "referral": """SELECT referral.citizen_id, referral.to_facility_id AS place,
          CASE WHEN paper.cancelled_at IS NOT NULL
            THEN (paper.cancelled_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
            WHEN referral.arrived_at IS NULL THEN referral.valid_until END AS last
        FROM healthrecords_referral referral
        JOIN healthrecords_document paper ON paper.id = referral.document_id""",
    "appointment": """SELECT citizen_id, facility_id AS place, "on" + 30 AS last
        FROM healthrecords_appointment""",
}


def end_of(ground: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""WITH paper AS ({PAPERS[ground]}), said AS (
          SELECT care.id, CASE WHEN bool_and(paper.last IS NOT NULL) THEN max(paper.last) END AS last
          FROM healthrecords_carerelation care JOIN paper ON paper.citizen_id = care.citizen_id AND (
            paper.place = care.organisation_id OR NOT EXISTS (
              SELECT FROM paper own
              WHERE own.citizen_id = care.citizen_id AND own.place = care.organisation_id
            )
          )
          WHERE care.ground = '{ground}' AND care.until IS NULL
          GROUP BY care.id
        )
        UPDATE healthrecords_carerelation care SET until = greatest(said.last, care.since)
        FROM said WHERE said.id = care.id AND said.last IS NOT NULL""",
        migrations.RunSQL.noop,
    )


IDENTIFIED = migrations.RunSQL(
    """UPDATE healthrecords_citizen citizen SET standing = 'known'
    WHERE citizen.standing <> 'known' AND EXISTS (
      SELECT FROM healthrecords_citizenidentifier number
      WHERE number.citizen_id = citizen.id AND number.kind = 'personal' AND number.ended_on IS NULL
    )""",
    migrations.RunSQL.noop,
)


class Migration(migrations.Migration):
    dependencies = [("healthrecords", "0034_techniques_are_asked_about")]

    operations = [*map(end_of, PAPERS), IDENTIFIED]
