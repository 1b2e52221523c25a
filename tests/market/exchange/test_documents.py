"""Each of the other formats, held by its own tool or schema."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import mlcroissant
import pytest
from flask.testing import FlaskClient
from frictionless import Package
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from kernel.db import transaction
from market.catalogue.listing import DeliveryKind, ProductForm
from market.catalogue.prices import ChargeUnit
from market.catalogue.rules import ProductState
from market.datasets.rules import Sensitivity, TypeCode, UpdateCycle
from market.exchange.contracts import contract
from market.exchange.croissant import croissant, schema_org
from market.exchange.packages import data_package, open_data_product
from market.exchange.rules import Addresses, Document, as_markdown
from market.exchange.yaml import yaml
from market.storefront.actions import put_in_window
from market.storefront.schemas import ColumnLine, Sheet
from tests.factories.catalogue import make_product
from tests.factories.sheets import sheet_of, source_sheet

SPECS = Path(__file__).parent / "specs"
HERE = Addresses("https://market.example")
ROOT = Path(__file__).parents[3]
SECRET = "13800138000"
RULES = {
    "dst_01": [
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "score"}},
        {
            "type": "expect_column_values_to_be_in_set",
            "kwargs": {"column": "score", "value_set": [1, 2], "mostly": 0.95},
        },
        {
            "type": "expect_column_values_to_be_in_set",
            "kwargs": {"column": "business", "value_set": [SECRET]},
        },
        {
            "type": "expect_column_values_to_be_between",
            "kwargs": {"column": "business", "min_value": SECRET},
        },
        {
            "type": "expect_table_columns_to_match_set",
            "kwargs": {"column_set": ["business"], "exact_match": True},
            "meta": {"indicator": "0102", "dimension": "normativity"},
            "severity": "critical",
        },
        {
            "type": "expect_table_row_count_to_be_between",
            "kwargs": {"min_value": 1, "max_value": 9},
        },
    ]
}


def every_type() -> list[ColumnLine]:
    return [
        ColumnLine(
            name=f"c{code}", title=code.label, type=code, unit="元",
            sensitivity=Sensitivity.PUBLIC, description="- [ ] <b>&",
        )
        for code in TypeCode
    ]  # fmt: skip


SHEETS: dict[str, Sheet] = {
    "usual": sheet_of(),
    "every type": sheet_of(sources=[source_sheet(columns=every_type())]),
    "two sources": sheet_of(sources=[source_sheet(), source_sheet(dataset_id="dst_02")]),
    "all kinds": sheet_of(delivery_kinds=list(DeliveryKind), form=ProductForm.MODEL),
    "withdrawn": sheet_of(state=ProductState.WITHDRAWN),
    "bare": sheet_of(
        title_en="",
        scenarios=[],
        prices=[],
        legal_basis="",
        published_at=None,
        sources=[source_sheet(quality=None, versions=[], update_cycle=UpdateCycle.OTHER)],
    ),
    "hostile": sheet_of(
        title_zh="</script><script>alert(1)</script>",
        description="`x` [a](javascript:alert(1)) <img src=x onerror=alert(1)>\n---\n- &anchor",
        use_sentence="!!python/object 2026-01-01: {x}",
    ),
}


@pytest.fixture(params=sorted(SHEETS))
def sheet(request: pytest.FixtureRequest) -> Sheet:
    return SHEETS[request.param]


def read_yaml(text: str) -> dict:
    return YAML(typ="safe").load(text)


def lint(path: Path) -> subprocess.CompletedProcess[str]:
    """The command line of datacontract-cli, as its users run it."""
    program = "from datacontract.cli import app; app()"
    return subprocess.run(  # noqa: S603 - our own file, a program of the test environment
        [sys.executable, "-c", program, "lint", str(path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=path.parent,
    )


def test_the_contract_passes_the_lint_of_datacontract(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    said = contract(SHEETS["usual"], RULES, HERE)
    good.write_text(yaml(said))
    bad.write_text(yaml({**said, "slaProperties": [{"value": 1}]}))

    assert lint(good).returncode == 0, lint(good).stdout
    assert lint(bad).returncode == 1


def test_every_contract_fits_the_schema_of_odcs(sheet: Sheet) -> None:
    said = read_yaml(yaml(contract(sheet, RULES, HERE)))

    jsonschema.validate(said, odcs_schema())


def odcs_schema() -> dict:
    import datacontract  # noqa: PLC0415 - heavy, and only its folder is wanted

    folder = Path(datacontract.__file__).parent / "schemas"
    return json.loads((folder / "odcs-3.1.0.schema.json").read_text())


def test_the_suite_is_part_of_the_contract_and_shows_no_value_of_a_closed_column() -> None:
    text = yaml(contract(SHEETS["usual"], RULES, HERE))
    table = read_yaml(text)["schema"][0]
    columns = {column["name"]: column for column in table["properties"]}

    filled, listed = columns["score"]["quality"]
    assert (filled["metric"], filled["mustBe"]) == ("nullValues", 0)
    assert columns["score"]["required"] is True
    assert listed["arguments"] == {"validValues": [1, 2]}
    assert (listed["mustBeLessOrEqualTo"], listed["unit"]) == (5.0, "percent")
    assert [check["engine"] for check in columns["business"]["quality"]] == [
        "greatExpectations",
        "greatExpectations",
    ]
    assert {check["name"] for check in table["quality"]} == {
        "expect_table_columns_to_match_set",
        "expect_table_row_count_to_be_between",
    }
    assert SECRET not in text


def test_every_product_fits_the_schema_of_odps(sheet: Sheet) -> None:
    schema = json.loads((SPECS / "odps-4" / "odps.json").read_text())
    said = read_yaml(yaml(open_data_product(sheet, HERE)))

    jsonschema.validate(said, schema)

    broken = {**said, "product": {"details": {"name": "x"}}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema)


def test_every_croissant_is_read_by_mlcroissant(sheet: Sheet) -> None:
    said = croissant(sheet, HERE)

    read = mlcroissant.Dataset(jsonld=said)

    assert not read.metadata.ctx.issues.errors
    assert {"name", "description", "license", "url"} <= said.keys()
    for source in sheet.sources:
        name = f"{source.dataset_id}/dictionary"
        records = list(read.records(record_set=name))
        assert [each[f"{name}/name"] for each in records] == [
            column.name for column in source.columns
        ]


def test_a_croissant_whose_field_leads_nowhere_is_refused() -> None:
    said = croissant(SHEETS["usual"], HERE)
    said["recordSet"][0]["field"][0]["source"] = {"fileObject": {"@id": "nowhere"}}

    with pytest.raises(mlcroissant.ValidationError):
        mlcroissant.Dataset(jsonld=said)


def test_every_data_package_is_valid_for_frictionless(sheet: Sheet) -> None:
    package = Package.from_descriptor(data_package(sheet, HERE))

    report = package.validate()

    assert report.valid, report.to_summary()
    assert [resource.schema.field_names for resource in package.resources] == [
        [column.name for column in source.columns] for source in sheet.sources
    ]


def test_frictionless_refuses_a_package_whose_head_differs() -> None:
    said = data_package(SHEETS["usual"], HERE)
    said["resources"][0]["data"][0][0] = "another"

    assert not Package.from_descriptor(said).validate().valid


def test_no_document_holds_a_row(sheet: Sheet) -> None:
    for resource in data_package(sheet, HERE)["resources"]:
        assert len(resource["data"]) == 1


def test_markup_in_a_description_is_text_where_markdown_is_rendered() -> None:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - stands for any renderer

    written = as_markdown(SHEETS["hostile"].description)
    page = MarkdownIt("commonmark", {"html": True}).render(written)

    assert "<img" not in page
    assert "<a " not in page
    assert "<code" not in page


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(min_size=1), inner),
))  # fmt: skip
def test_yaml_comes_back_as_it_was_without_what_is_empty(value: object) -> None:
    said = {"value": without_empty(value)}

    assert (read_yaml(yaml(said)) or {}) == without_empty(said)


EMPTY = (None, "", [], {})


def without_empty(value: object) -> object:
    """What YAML keeps: nothing empty in a mapping; a list straight in a list as it is."""
    if isinstance(value, dict):
        inner = {key: without_empty(each) for key, each in value.items()}
        return {key: each for key, each in inner.items() if each not in EMPTY}
    if isinstance(value, list):
        return [each if isinstance(each, list) else without_empty(each) for each in value]
    return value


def shown(**changes: object) -> str:
    with transaction() as session:
        product = make_product(session, **changes)
        put_in_window(session, product.id)
        return product.id


@pytest.mark.parametrize("document", list(Document))
def test_each_document_of_a_product_is_open_to_everybody(
    client: FlaskClient, document: Document
) -> None:
    product_id = shown()

    answer = client.get(f"/api/exchange/products/{product_id}/{document}")

    assert answer.status_code == 200
    assert answer.mimetype == document.mimetype
    assert product_id in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_of_a_product_tells_search_engines_and_leads_to_every_format(
    client: FlaskClient,
) -> None:
    product_id = shown(description="</script><script>alert(1)</script>")

    page = client.get(f"/catalogue/{product_id}").text

    block = page.split('<script type="application/ld+json">')[1].split("</script>")[0]
    said = json.loads(block)
    assert said["@type"] == "Dataset"
    assert said["description"] == "</script><script>alert(1)</script>"
    assert said["url"] == f"http://localhost/catalogue/{product_id}"
    assert "<script>alert" not in page
    for document in Document:
        assert f'href="/api/exchange/products/{product_id}/{document}"' in page


def test_an_unknown_format_is_not_found(client: FlaskClient) -> None:
    assert client.get(f"/api/exchange/products/{shown()}/dcat.csv").status_code == 404


def test_schema_org_says_the_price_and_what_is_measured() -> None:
    said = schema_org(SHEETS["usual"], HERE)

    assert said["offers"][0]["price"] == "0.8"
    assert said["offers"][0]["description"] == ChargeUnit.CALL.label
    assert len(said["variableMeasured"]) == 6
