"""Look once more at files that were audited and published before, and are to be published again."""

from framework.audit.audited import SEAL, Audited
from framework.audit.columns import spark_type
from framework.audit.footers import read_footers
from framework.errors import Fault, RejectedError
from framework.stage.staged import Staged


def audit_restored(staged: Staged) -> Audited:
    """Files of an earlier generation, under the contract of now: by their footers alone.

    Their rows were judged when they were first published, by the rules of then. Since that time
    columns may have been added, and a file without them is read as NULL; so are those of a Delta
    table's partition, which other writers leave out of the file. Raises `RejectedError` for any other
    difference, and as `read_footers` does.
    """
    schema, directories = staged.output.schema, set(staged.output.partition_columns)
    assert schema is not None, "contract.validate comes first"
    footers = read_footers(staged.binding.location, staged.files)
    differences: dict[str, None] = {}
    for footer in footers.values():
        found = {field.name: spark_type(field.type) for field in footer.schema.to_arrow_schema()}
        wanted = {column.name: column for column in schema.columns}
        for name, type_ in found.items():
            if name not in wanted:
                differences[f"column {name} is not in the contract any more"] = None
            elif wanted[name].type != type_:
                differences[f"column {name} was {type_} and is {wanted[name].type}"] = None
        for name, column in wanted.items():
            is_told = name in directories and staged.binding.format == "delta"
            if name not in found and not is_told and not column.nullable:
                differences[f"column {name} was added since, and is NOT NULL"] = None
    if differences:
        raise RejectedError(
            [
                Fault(
                    what=f"the contract has changed since: {what}",
                    where=staged.output.dataset,
                    hint="Take the change of the contract back, or run the job: sparkjob run … --force.",
                )
                for what in differences
            ]
        )
    rows = {
        target.interval: sum(footers[file.path].num_rows for file in staged.of(target.interval))
        for target in staged.targets
    }
    return Audited(staged=staged, verdicts=(), footers=footers, rows=rows, seal=SEAL)
