// What the answers rest on: each source, its edition, how many statements, about how many entities.
MATCH (s:Source)
OPTIONAL MATCH (e:Entity)-[x:SAID_IN]->(s)
RETURN s.id AS source, s.date AS edition, s.title AS title,
       count(x.id) AS statements, count(DISTINCT e.id) AS entities
ORDER BY source
