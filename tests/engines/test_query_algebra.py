"""Reading queries in several threads at once."""

from __future__ import annotations

import subprocess
import sys

# rdflib's grammar learns at its first use in a process, so the process has to be a fresh one.
_PROGRAM = """
import sys, threading
from claimshapes.engines.query_algebra import query_algebra

sys.setswitchinterval(1e-6)
query = '''
    SELECT ?x WHERE {
        ?x <urn:b> ?y . OPTIONAL { ?y <urn:c> ?z } BIND (STR(?y) AS ?t)
        FILTER (?z > 3 && NOT EXISTS { ?x <urn:d> ?z })
    } ORDER BY ?x
'''
together, made = threading.Barrier(4), []

def read():
    together.wait()
    made.append(query_algebra(query).name)

threads = [threading.Thread(target=read) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(*made)
"""


def test_threads_may_read_the_first_queries_of_a_process() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=False
    )
    assert not done.stderr
    assert done.stdout.split() == ["SelectQuery"] * 4
