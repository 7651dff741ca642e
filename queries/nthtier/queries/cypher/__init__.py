"""The graph in Cypher: one property-graph model, an embedded engine, a Neo4j server, questions."""
