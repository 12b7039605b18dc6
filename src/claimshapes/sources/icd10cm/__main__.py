"""Makes ontology/codes/icd10cm anew from the sources beside it."""

from __future__ import annotations

from claimshapes.resources import resource_directory
from claimshapes.sources.icd10cm import OUTPUT_NAME, generate, tabular_files

if __name__ == "__main__":
    ontology = resource_directory("ontology")
    folder = ontology / "codes" / "icd10cm"
    sources = folder / "sources"
    dates = sources / "date-table.csv.gz"
    print(generate(tabular_files(sources), dates, ontology / "tables", folder / OUTPUT_NAME))
