"""The catalog of a folder of rules, made anywhere."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from claimshapes.catalog.pack_site import ASSETS, build_pack_site
from claimshapes.cli.program import program
from tests.authoring.test_pack import ADJUSTMENT, HEAD, PAYERS, RULE, SETS

ROOT = Path(__file__).parents[2]
TEST = """
@prefix test: <https://w3id.org/claimshapes/test/VH-FORM#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix base: <https://w3id.org/claimshapes/test/base#> .
test:passes a cs:RuleTest ; rdfs:label "another service" ; cs:testOf rule:VH-FORM ;
    cs:claim [ cs:basedOn base:visit ; cs:payer "valley-plus" ] .
"""
LISTED = """
rule:VH-AUTH a cs:Rule ; cs:payer payer:valley-plus ; schema:validFrom "2026-01-01"^^xsd:date ;
    cs:requiresAuthorization [ cs:services list:imaging ] ; cs:denialCode carc:197 ;
    sh:severity sh:Violation ; dcterms:source source:manual .
"""
PREFIXES = """
@prefix carc: <https://w3id.org/claimshapes/carc/> .
@prefix list: <https://w3id.org/claimshapes/list/> .
"""
WAIVERS = """
[[waiver]]
rule = "VH-AUTH"
until = "2027-01-01"
reason = "agreed by telephone"
by = "A. Author"
"""


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("valley")
    (made / "lists").mkdir()
    for name, text in {
        "payers.ttl": HEAD + PAYERS,
        "VH-FORM.ttl": HEAD + RULE,
        "VH-FORM.test.ttl": HEAD + TEST,
        "VH-AUTH.ttl": HEAD + PREFIXES + LISTED,
        "adjust.ttl": HEAD + ADJUSTMENT.format("sh:severity sh:Info"),
        "off.ttl": HEAD
        + ADJUSTMENT.replace("ours", "off")
        .replace("CLM-FILING", "TH-RESPONSE")
        .format("adms:status cs:deprecated"),
        "value-sets.csv": SETS,
        "lists/imaging.csv": "code,valid_from,valid_through,source\n70551,2026-01-01,,Manual\n",
        "waivers.toml": WAIVERS,
    }.items():
        (made / name).write_text(text, "utf-8")
    return made


@pytest.fixture(scope="module")
def pages(pack: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pages")
    build_pack_site([pack], made, pages_only=True)
    return made / "docs"


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("", "# Rules of Valley Health, Valley Plus"),
        ("", "| [VH-FORM](rules/VH-FORM/index.md) | Our services without its documentation |"),
        ("", "| [imaging](lists/imaging/index.md) |"),
        ("", "our form"),
        ("rules/VH-FORM", "| another service |"),
        ("rules/VH-FORM", "Valley manual"),
        ("rules/VH-AUTH", "[list:imaging](../../lists/imaging/index.md)"),
        ("rules/VH-AUTH", "CARC 197: "),
        ("lists/imaging", "<code>70551</code>"),
        ("lists/imaging", "Manual"),
        ("value-sets/ours", "<code>97140</code>"),
        ("payers/valley-health", "90 days"),
        ("payers/valley-health", "| Valley manual, 2026 |"),
        ("payers/valley-plus", "Belongs to: Commercial payer"),
        ("payers/valley-plus", "| <code>CLM-FILING</code> |"),
        ("payers/valley-plus", "not in force"),
        ("adjustments", "switched off"),
        ("adjustments", 'badge-info">info'),
        ("sources", "agreed by telephone"),
    ],
)
def test_page_says(pages: Path, page: str, says: str) -> None:
    text = " ".join((pages / page / "index.md").read_text("utf-8").split())
    assert says.replace("{ .sentences }", "") in text.replace(" { .sentences }", "")


def test_command_makes_a_site_outside_a_checkout(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    address = "https://rules.example.org/"
    command = f"docs build --rules {pack} --output public --address {address}"
    made = CliRunner().invoke(program, command)
    assert made.exit_code == 0, made.output
    shown = (tmp_path / "public" / "rules" / "VH-FORM" / "index.html").read_text("utf-8")
    assert "assets/catalog.css" in shown
    assert "missing from the record for" in shown
    assert f'content="{address}rules/VH-FORM/"' in shown
    assert "og:image" not in shown
    assert {file.name for file in tmp_path.iterdir()} == {"public"}


def test_version_is_refused(pack: Path) -> None:
    made = CliRunner().invoke(program, f"docs build --rules {pack} --version 1.0")
    assert made.exit_code == 2
    assert "leave it out" in made.output


def test_what_the_look_needs_is_in_the_wheel() -> None:
    included = (ROOT / "pyproject.toml").read_text("utf-8")
    for name in ASSETS:
        assert f'"docs/assets/{name}" = "claimshapes/catalog/assets/{name}"' in included
        assert (ROOT / "docs" / "assets" / name).is_file()
