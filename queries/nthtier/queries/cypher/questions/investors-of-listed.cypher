// Who owns or funds a company that was listed on a day, and with what share.
// @param as_of:date = 2023-03-17  the day
MATCH (a:Entity)-[s:OWNS|INVESTED_IN]->(b:Entity)-[l:LISTED_ON]->(x:Entity)
WHERE s.since_day <= $as_of_last AND s.until_day >= $as_of_first
  AND l.since_day <= $as_of_last AND l.until_day >= $as_of_first
RETURN DISTINCT a.id AS investor, b.id AS listed, x.id AS list, s.lo AS from_percent,
       s.hi AS to_percent, s.basis AS basis, s.id AS relation
ORDER BY investor, listed, list, relation
