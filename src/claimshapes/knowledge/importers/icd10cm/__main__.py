"""Makes ontology/codes/icd10cm anew from the sources beside it."""

from __future__ import annotations

from claimshapes.knowledge.importers.icd10cm import OUTPUT_NAME, generate, tabular_files
from claimshapes.knowledge.in_use import resource_directory

if __name__ == "__main__":
    ontology = resource_directory("ontology")
    folder = ontology / "codes" / "icd10cm"
    sources = folder / "sources"
    dates = sources / "date-table.csv.gz"
    print(generate(tabular_files(sources), dates, ontology / "tables", folder / OUTPUT_NAME))
