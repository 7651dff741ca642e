// On which lists a company is or was, who maintains them, since when, by which citation.
// @param subject:entity = inspur-group  the company
MATCH (e:Entity {id: $subject})-[l:LISTED_ON]->(x:Entity)
OPTIONAL MATCH (x)-[:MAINTAINED_BY]->(r:Entity)
RETURN x.id AS list, r.id AS regulator, l.since AS since, l.until AS until,
       l.citation AS citation, l.id AS relation
ORDER BY list, l.since_day, relation
