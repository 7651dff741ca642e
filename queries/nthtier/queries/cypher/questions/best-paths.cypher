// The strongest paths from a company to listed ones: least cost, then fewest hops, then the order
// of the relations; as `nthtier trace` finds them. The listing holds while the whole path does.
// @param subject:entity = nvidia  the company
// @param lens:lens = any  what counts as exposure
// @param as_of:date =  only what held on this day
// @param max_hops:int = 4  the most hops, at most 4
// @param limit:int = 20  the most paths
// @engine ladybug
MATCH p = (a:Entity {id: $subject})-[:SUPPLIES|OWNS|INVESTED_IN|JOINT_VENTURE_WITH|PARTNERS_WITH|CONTROLS|DIRECTOR_OF|AFFILIATED_WITH|SUCCEEDED_BY|MEMBER_OF|PROVIDES_INPUT|LINKED_TO* ACYCLIC 1..4
  (r, n | WHERE r.since_day <= $as_of_last AND r.until_day >= $as_of_first)]-(b:Entity)
WHERE b.listed
WITH b, length(p) AS hops, is_acyclic(p) AS simple, 
     properties(rels(p), 'cost') AS costs, properties(rels(p), 'id') AS ids,
     properties(rels(p), 'rank') AS ranks,
     list_max(properties(rels(p), 'since_day')) AS since_day,
     list_min(properties(rels(p), 'until_day')) AS until_day,
     list_cat(properties(rels(p), '_label'), ['', '', '']) AS types,
     properties(rels(p), '_src') AS tails,
     properties(nodes(p), '_id') AS along
ORDER BY hops LIMIT 1000000000
WITH b, hops, simple, costs, ids, ranks, since_day, until_day, types,
     list_cat(list_cat(tails, along), along) AS tails,
     list_cat(list_cat(along, along), along) AS along
WHERE simple AND hops <= $max_hops AND since_day <= until_day
  AND ((list_contains($lens_forward, types[1]) AND tails[1] = along[1])
    OR (list_contains($lens_backward, types[1]) AND tails[1] <> along[1]))
  AND (hops < 2 OR (list_contains($lens_forward, types[2]) AND tails[2] = along[2])
    OR (list_contains($lens_backward, types[2]) AND tails[2] <> along[2]))
  AND (hops < 3 OR (list_contains($lens_forward, types[3]) AND tails[3] = along[3])
    OR (list_contains($lens_backward, types[3]) AND tails[3] <> along[3]))
  AND (hops < 4 OR (list_contains($lens_forward, types[4]) AND tails[4] = along[4])
    OR (list_contains($lens_backward, types[4]) AND tails[4] <> along[4]))
  AND EXISTS {
    MATCH (b)-[l:LISTED_ON]->(:Entity)
    WHERE l.since_day <= until_day AND l.until_day >= since_day
      AND l.since_day <= $as_of_last AND l.until_day >= $as_of_first
  }
RETURN b.id AS target, hops, list_sum(costs) AS cost, since_day, until_day, ids AS relations
ORDER BY cost, hops, list_to_string('\t', ranks)
LIMIT $limit
// @engine neo4j
MATCH p = (a:Entity {id: $subject})-[ties:SUPPLIES|OWNS|INVESTED_IN|JOINT_VENTURE_WITH|PARTNERS_WITH|CONTROLS|DIRECTOR_OF|AFFILIATED_WITH|SUCCEEDED_BY|MEMBER_OF|PROVIDES_INPUT|LINKED_TO*1..4]-(b:Entity)
WHERE b.listed AND length(p) <= $max_hops
  AND all(r IN ties WHERE r.since_day <= $as_of_last AND r.until_day >= $as_of_first)
  AND all(n IN nodes(p) WHERE single(m IN nodes(p) WHERE m = n))
  AND all(i IN range(0, size(ties) - 1) WHERE
    (type(ties[i]) IN $lens_forward AND startNode(ties[i]) = nodes(p)[i])
    OR (type(ties[i]) IN $lens_backward AND endNode(ties[i]) = nodes(p)[i]))
WITH p, b, ties,
     reduce(x = -2147483648, r IN ties | CASE WHEN r.since_day > x THEN r.since_day ELSE x END)
       AS since_day,
     reduce(x = 2147483647, r IN ties | CASE WHEN r.until_day < x THEN r.until_day ELSE x END)
       AS until_day
WHERE since_day <= until_day AND EXISTS {
  MATCH (b)-[l:LISTED_ON]->(:Entity)
  WHERE l.since_day <= until_day AND l.until_day >= since_day
    AND l.since_day <= $as_of_last AND l.until_day >= $as_of_first
}
RETURN b.id AS target, size(ties) AS hops, reduce(c = 0, r IN ties | c + r.cost) AS cost,
       since_day, until_day, [r IN ties | r.id] AS relations
ORDER BY cost, hops, [r IN ties | r.rank]
LIMIT $limit
