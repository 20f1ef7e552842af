"""The links to Wikidata: the table of judgements, items kept in a cache, candidates, checks and exports."""
