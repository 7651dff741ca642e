// The fewest hops from a company to each listed one, nearest first. Dates are not looked at.
// @param subject:entity = microsoft  the company
// @param limit:int = 20  the most rows
// @engine ladybug
MATCH p = (a:Entity {id: $subject})-[:SUPPLIES|OWNS|INVESTED_IN|JOINT_VENTURE_WITH|PARTNERS_WITH|CONTROLS|DIRECTOR_OF|AFFILIATED_WITH|SUCCEEDED_BY|MEMBER_OF|PROVIDES_INPUT|LINKED_TO* SHORTEST 1..6]-(b:Entity)
WHERE b.listed AND a.id <> b.id
RETURN b.id AS target, length(p) AS hops
ORDER BY hops, target
LIMIT $limit
// @engine neo4j
MATCH (a:Entity {id: $subject}), (b:Entity)
WHERE b.listed AND a <> b
MATCH p = shortestPath((a)-[:SUPPLIES|OWNS|INVESTED_IN|JOINT_VENTURE_WITH|PARTNERS_WITH|CONTROLS|DIRECTOR_OF|AFFILIATED_WITH|SUCCEEDED_BY|MEMBER_OF|PROVIDES_INPUT|LINKED_TO*1..6]-(b))
RETURN b.id AS target, length(p) AS hops
ORDER BY hops, target
LIMIT $limit
