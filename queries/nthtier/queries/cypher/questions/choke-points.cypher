// Through whom several companies reach listed ones in two hops: those who stand between, with the
// number of companies that are not listed on one side and of listed ones on the other.
// @param as_of:date =  only relations that held on this day
// @param limit:int = 20  the most rows
MATCH (a:Entity)-[r:SUPPLIES|OWNS|INVESTED_IN|JOINT_VENTURE_WITH|PARTNERS_WITH|CONTROLS|DIRECTOR_OF|AFFILIATED_WITH|SUCCEEDED_BY|MEMBER_OF|PROVIDES_INPUT|LINKED_TO]-(m:Entity)-[s:SUPPLIES|OWNS|INVESTED_IN|JOINT_VENTURE_WITH|PARTNERS_WITH|CONTROLS|DIRECTOR_OF|AFFILIATED_WITH|SUCCEEDED_BY|MEMBER_OF|PROVIDES_INPUT|LINKED_TO]-(b:Entity)
WHERE NOT a.listed AND b.listed AND a.id <> m.id AND m.id <> b.id
  AND r.since_day <= $as_of_last AND r.until_day >= $as_of_first
  AND s.since_day <= $as_of_last AND s.until_day >= $as_of_first
  AND r.since_day <= s.until_day AND s.since_day <= r.until_day
WITH m.id AS between, count(DISTINCT a.id) AS companies, count(DISTINCT b.id) AS listed
WHERE companies > 1
RETURN between, companies, listed
ORDER BY companies DESC, listed DESC, between
LIMIT $limit
