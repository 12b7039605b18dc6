"""The engine that defines what is right: pySHACL over one claim's graph."""
