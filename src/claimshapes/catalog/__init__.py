"""The rule catalog: pages made from the graph, with those that people write."""
