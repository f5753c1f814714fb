"""`catalog:` of datasets: what is shown where."""

import pytest


def test_a_dataset_is_shown_under_its_own_name(files) -> None:
    """Made tables of files only; a more specific rule says another, or null nothing."""
    files.write(
        base="version: 1\nproject: p\nstores: {lake: {uri: lake}}\n"
        "connections: {dwh: {host: h, database: d, user: u, password: '${secret:env:P}', type: redshift}}\n"
        "datasets:\n  '*': {format: delta, catalog: {type: glue, database: flights, region: eu-west-1}}\n"
        "  source.x: {format: csv, source: true}\n"
        "  a.Report-1: {catalog: {type: hive, database: other, table: daily}}\n"
    )
    environment = files.load()
    assert str(environment.binding("flights.clean").catalog) == "flights.flights_clean in AWS Glue"
    assert str(environment.binding("a.Report-1").catalog) == "other.daily in Hive"
    assert environment.binding("source.x").catalog is None
    nothing = files.write(local="datasets: {'*': {catalog: null}}\n").load()
    assert nothing.binding("flights.clean").catalog is None


@pytest.mark.parametrize(
    "catalog", ["{type: hive}", "{type: unity, database: d}", "{type: glue, database: A-b}"]
)
def test_what_a_catalog_must_be(files, catalog: str) -> None:
    """The line says which key is wrong."""
    (line,) = files.write(local=f"datasets: {{'*': {{catalog: {catalog}}}}}\n").lines()
    assert line.startswith('configs/local.yml:1  datasets["*"].catalog.')


def test_a_sandbox_has_a_database_of_its_own(files) -> None:
    """Else its tables would take the places of production's."""
    files.write(local="datasets: {'*': {catalog: {type: glue, database: flights}}}\n")
    files.write(dev="extends: local\ninputs_from: local\nstores: {lake: {uri: mine}}\n")
    (line,) = files.lines("dev")
    assert "would be shown in the catalog's database flights, which is local's" in line
    files.write(
        dev=(files.root / "configs/dev.yml").read_text() + "datasets: {'*': {catalog: {database: ada}}}\n"
    )
    assert files.load("dev").binding("x").catalog.database == "ada"
