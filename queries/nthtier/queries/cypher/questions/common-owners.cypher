// Which two companies have the same owner, investor or controller at the same time.
// @param as_of:date =  only what held on this day
MATCH (c:Entity)<-[r:OWNS|INVESTED_IN|CONTROLS]-(o:Entity)-[s:OWNS|INVESTED_IN|CONTROLS]->(d:Entity)
WHERE c.id < d.id AND o.id <> c.id AND o.id <> d.id
  AND r.since_day <= $as_of_last AND r.until_day >= $as_of_first
  AND s.since_day <= $as_of_last AND s.until_day >= $as_of_first
  AND r.since_day <= s.until_day AND s.since_day <= r.until_day
RETURN DISTINCT o.id AS owner, c.id AS company, d.id AS other
ORDER BY owner, company, other
