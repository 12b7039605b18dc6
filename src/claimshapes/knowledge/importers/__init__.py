"""Outside data turned into the graphs of ontology/codes."""
