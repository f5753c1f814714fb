"""What an answer of the server means."""

import pytest

from framework.tables.redshift.errors import StatementError


@pytest.mark.parametrize(
    ("state", "text", "detail"),
    [
        ("XX000", "1023", "\n  Detail: Serializable isolation violation on table - 1, transactions: 2, 3"),
        ("XX000", "1023 DETAIL: Serializable isolation violation on table in Redshift", ""),
        ("XX000", "ERROR: 1023", ""),
        ("40001", "could not serialize access due to concurrent update", ""),
        ("40P01", "deadlock detected", ""),
        ("XX000", "could not complete because of conflict with concurrent transaction", ""),
    ],
)
def test_a_conflict_is_known(state: str, text: str, detail: str) -> None:
    """Another try may succeed."""
    assert StatementError(state, text, detail).conflict


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("Spectrum Scan Error", "code: 15001 context: file s3://b/part-10232.parquet query: 1023"),
        ("permission denied for table 110234", "pid: 1023"),
    ],
)
def test_a_number_in_a_message_is_no_conflict(text: str, detail: str) -> None:
    """Ids, files and positions hold any digits: what cannot succeed is not tried ten times."""
    assert StatementError("XX000", text, detail).conflict is None
