"""On which days did a place hold a licence to operate?"""

# The days on which a place held an operating licence in force: from its issue until its term, its
# successor or its revocation, less the days on which all of it was suspended or closed for a time.
# A place of which no licence is recorded has no days here: that is another rule's matter.
PAPERS = """
SELECT paper.facility_id, range_agg(datemultirange(daterange(paper.issued_on,
    greatest(paper.issued_on, coalesce(
      least(paper.valid_until + 1, paper.superseded_on, (
        SELECT min(act.valid_from) FROM facilities_operatinglicenseevent act
        WHERE act.license_id = paper.id AND act.kind = 'revoked')),
      'infinity')))) - coalesce(stops.days, '{}'::datemultirange)) AS days
FROM facilities_operatinglicense paper
LEFT JOIN LATERAL (
  SELECT range_agg(daterange(act.first, greatest(act.first, coalesce(
      least(act.valid_until + 1, act.next), 'infinity')))) AS days
  FROM (
    SELECT kind, valid_from AS first, valid_until,
      lead(valid_from) OVER (PARTITION BY kind IN ('closed', 'reopened')
        ORDER BY valid_from, id) AS next
    FROM facilities_operatinglicenseevent
    WHERE license_id = paper.id AND part = ''
      AND kind IN ('suspended', 'resumed', 'closed', 'reopened')
  ) act WHERE act.kind IN ('suspended', 'closed')
) stops ON true
GROUP BY paper.facility_id
"""
