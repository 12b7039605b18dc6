"""The rule catalogue: pages made from the graph, beside those that people write."""
