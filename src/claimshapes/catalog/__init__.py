"""The rule catalog: pages made from the graph, beside those that people write."""
