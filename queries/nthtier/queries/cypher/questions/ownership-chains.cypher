// Who stands above a company: chains of ownership and control that hold as a whole, top first.
// @param subject:entity = ieit  the company
// @param as_of:date =  only what held on this day
// @engine ladybug
MATCH p = (o:Entity)-[:OWNS|CONTROLS* ACYCLIC 1..6]->(e:Entity {id: $subject})
WITH o.id AS owner, length(p) AS hops, is_acyclic(p) AS simple, properties(nodes(p), 'id') AS chain,
     properties(rels(p), 'lo') AS from_percent, properties(rels(p), 'hi') AS to_percent,
     list_max(properties(rels(p), 'since_day')) AS since_day,
     list_min(properties(rels(p), 'until_day')) AS until_day,
     list_to_string('\t', properties(rels(p), 'id')) AS relations
ORDER BY hops LIMIT 1000000000
WITH owner, hops, simple, chain, from_percent, to_percent, since_day, until_day, relations
WHERE simple AND since_day <= until_day AND since_day <= $as_of_last AND until_day >= $as_of_first
RETURN owner, hops, chain, from_percent, to_percent, since_day, until_day, relations
ORDER BY hops, owner, relations
// @engine neo4j
MATCH p = (o:Entity)-[ties:OWNS|CONTROLS*1..6]->(e:Entity {id: $subject})
WHERE all(n IN nodes(p) WHERE single(m IN nodes(p) WHERE m = n))
WITH p, o, ties,
     reduce(x = -2147483648, r IN ties | CASE WHEN r.since_day > x THEN r.since_day ELSE x END)
       AS since_day,
     reduce(x = 2147483647, r IN ties | CASE WHEN r.until_day < x THEN r.until_day ELSE x END)
       AS until_day
WHERE since_day <= until_day AND since_day <= $as_of_last AND until_day >= $as_of_first
RETURN o.id AS owner, length(p) AS hops, [n IN nodes(p) | n.id] AS chain,
       [r IN ties | r.lo] AS from_percent, [r IN ties | r.hi] AS to_percent,
       since_day, until_day,
       reduce(x = '', r IN ties | x + CASE x WHEN '' THEN '' ELSE '\t' END + r.id) AS relations
ORDER BY hops, owner, relations
