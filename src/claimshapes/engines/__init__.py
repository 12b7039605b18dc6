"""The two engines that evaluate rules: one claim by pySHACL, or many at once as SQL."""
