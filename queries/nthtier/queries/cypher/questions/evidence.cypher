// Who says each hop of a path, where, and when that source spoke.
// @param relations:list = ["r-bd02867dad66ec"]  the ids of the relations
MATCH (a:Entity)-[r:SUPPLIES|OWNS|INVESTED_IN|JOINT_VENTURE_WITH|PARTNERS_WITH|CONTROLS|DIRECTOR_OF|AFFILIATED_WITH|SUCCEEDED_BY|MEMBER_OF|PROVIDES_INPUT|LINKED_TO|LISTED_ON|MAINTAINED_BY]->(b:Entity)
WHERE r.id IN $relations
MATCH (a)-[e:SAID_IN]->(s:Source)
WHERE e.relation = r.id
RETURN r.id AS relation, a.id AS company, b.id AS other, e.id AS statement, s.id AS source,
       s.date AS edition, e.locator AS locator, e.basis AS basis
ORDER BY relation, statement
