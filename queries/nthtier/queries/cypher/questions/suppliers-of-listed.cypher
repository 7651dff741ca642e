// Who supplies a listed company: supplies and listings that held at the same time.
// @param as_of:date =  only what held on this day
MATCH (a:Entity)-[s:SUPPLIES]->(b:Entity)-[l:LISTED_ON]->(x:Entity)
WHERE s.since_day <= $as_of_last AND s.until_day >= $as_of_first
  AND l.since_day <= $as_of_last AND l.until_day >= $as_of_first
  AND s.since_day <= l.until_day AND l.since_day <= s.until_day
RETURN DISTINCT a.id AS supplier, b.id AS listed, x.id AS list, s.id AS relation
ORDER BY supplier, listed, list, relation
