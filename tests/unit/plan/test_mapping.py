"""Columns of a table against those of a contract, and what that means for a fingerprint."""

from dataclasses import replace

import pytest

from framework import Job, Output, Schema, job
from framework.contract.declare import ATTRIBUTE
from framework.errors import MisconfiguredError
from framework.generation import Fingerprint
from framework.plan.fingerprints import contract_part
from framework.plan.mapping import Wishes, build_mapping
from framework.plan.migrated import carried, earlier_outputs

FOUND = {"day": "date", "name": "string", "amount": "int"}
NONE = Wishes(renames={})


def _schema(text: str) -> Schema:
    schema = Schema.of(text)
    assert schema is not None
    return schema


def _faults(schema: str, wishes: Wishes) -> list[str]:
    with pytest.raises(MisconfiguredError) as caught:
        build_mapping(FOUND, _schema(schema), wishes, where="t")
    return [f"{fault.what} | {fault.hint}" for fault in caught.value.faults]


def test_nothing_is_guessed() -> None:
    """A column that is gone, one of another type and a new NOT NULL one: each is told with its option."""
    assert _faults("day DATE, title STRING NOT NULL, amount BIGINT", NONE) == [
        "column name of the table is not in the schema | --rename name=NEW, or --drop name",
        "column amount is int in the table and bigint in the schema | --cast amount",
        "column title is new and NOT NULL, and no row has it"  # noqa: ISC004 - one text
        " | Let it be NULL at first; say NOT NULL when all intervals have been run anew.",
    ]


def test_wishes_become_sql() -> None:
    """In the contract's order: renamed, cast, added, dropped."""
    mapping = build_mapping(
        FOUND,
        _schema("amount BIGINT, day DATE, `a b` STRING, note STRING"),
        Wishes(renames={"name": "a b"}, casts=("amount",)),
        where="t",
    )
    assert [column.sql for column in mapping.columns] == [
        (
            "CASE WHEN CAST(CAST(`amount` AS bigint) AS int) <=> `amount` THEN CAST(`amount` AS bigint)"
            " ELSE raise_error('a value of amount does not fit into bigint') END"
        ),
        "`day`",
        "`name`",
        "CAST(NULL AS string)",
    ]
    assert mapping.changes == ("amount: int → bigint", "name → a b", "note is added, NULL")
    dropped = build_mapping(
        FOUND, _schema("day DATE"), Wishes(renames={}, drops=("name", "amount")), where="t"
    )
    assert dropped.changes == ("name is dropped", "amount is dropped")


def test_names_may_be_exchanged() -> None:
    """Two renames at once are one mapping, not two steps."""
    mapping = build_mapping(
        {"a": "int", "b": "int"}, _schema("a INT, b INT"), Wishes(renames={"a": "b", "b": "a"}), where="t"
    )
    assert [(column.name, column.source) for column in mapping.columns] == [("a", "b"), ("b", "a")]


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        (Wishes(renames={"nome": "title"}), "the table has no column nome"),
        (Wishes(renames={"name": "titel"}), "the schema has no column titel"),
        (Wishes(renames={}, drops=("day",)), "--drop day: the schema has it"),
        (Wishes(renames={}, drops=("dai",)), "--drop dai: the table has no such column"),
        (Wishes(renames={}, casts=("amout",)), "--cast amout: the schema has no such column"),
        (Wishes(renames={"name": "amount"}), "has a column amount already"),
        (Wishes(renames={"name": "title", "day": "title"}), "--rename day=title: name becomes title already"),
        (Wishes(renames={"name": "title"}, drops=("name",)), "it is one or the other"),
    ],
)
def test_a_wish_that_fits_nothing_is_refused(wishes: Wishes, said: str) -> None:
    """A misspelled option never becomes a silent nothing."""
    assert any(said in fault for fault in _faults("day DATE, title STRING, amount INT", wishes))


def _job(schema: str, **changes: object) -> tuple[Job, Output]:
    @job(outputs=Output("t.a", schema=schema, time="day", **changes), interval="day", start="2013-01-01")  # type: ignore[arg-type]
    def made() -> None:
        """Nothing."""

    declared: Job = getattr(made, ATTRIBUTE)
    return declared, declared.outputs[""]


PARTS = Fingerprint(code="c", contract="", checks="k", parameters="p", inputs="i")


def _carried(before: tuple[Job, Output], after: tuple[Job, Output], wishes: Wishes) -> bool:
    """Whether a generation of the contract before counts as one of the contract after."""
    old, new = before[1].schema, after[1].schema
    assert old is not None
    assert new is not None
    found = {column.name: column.type for column in old.columns}
    mapping = build_mapping(found, new, wishes, where="t")
    earlier = tuple(earlier_outputs(after[1], found, mapping, before[1].partition_columns))
    parts = replace(PARTS, contract=contract_part(*before))
    return carried(parts, *after, earlier).contract == contract_part(*after)


@pytest.mark.parametrize(
    ("after", "wishes"),
    [
        ("day DATE NOT NULL, name STRING, amount BIGINT", Wishes(renames={}, casts=("amount",))),
        ("day DATE NOT NULL, title STRING, amount INT", Wishes(renames={"name": "title"})),
        ("day DATE NOT NULL, amount INT", Wishes(renames={}, drops=("name",))),
        ("day DATE NOT NULL", Wishes(renames={}, drops=("name", "amount"))),
    ],
)
def test_the_contract_is_carried_where_the_change_is_proved_to_be_all(after: str, wishes: Wishes) -> None:
    """The contract of before is written down from the migration, and has the digest that was published."""
    before = "day DATE NOT NULL, name STRING, amount INT"
    assert _carried(_job(before), _job(after), wishes)
    assert _carried(_job(before, key="day"), _job(after, key="day"), wishes)
    # Of a NOT NULL that was dropped nothing is left in a table.
    assert _carried(_job(before.replace("name STRING", "name STRING NOT NULL")), _job(after), wishes) == (
        "name" in wishes.drops
    )


@pytest.mark.parametrize("changes", [{"key": "day"}, {"mode": "append"}, {"partition_by": ("name",)}])
def test_what_else_changed_makes_it_another_contract(changes: dict[str, object]) -> None:
    """Key, mode and partitioning are none of a column's type: such intervals are made anew."""
    before = "day DATE NOT NULL, name STRING, amount INT"
    after = _job(before.replace("INT", "BIGINT"), **changes)
    kept = _carried(_job(before), after, Wishes(renames={}, casts=("amount",)))
    # By what a table was partitioned the table itself tells.
    assert kept == ("partition_by" in changes)
