"""Runs in Airflow's own environment: what it reads in a folder, as one line of JSON at the end.

By DAG: `tasks` (operator, upstream, retries, outlets), `schedule`, `most` (runs at once), `params`.
"""

import json
import sys


def main(folder: str) -> None:
    """Load the folder; files that cannot be loaded are the exit code."""
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:
        from airflow.models import DagBag

    bag = DagBag(folder)
    if bag.import_errors:
        sys.exit(json.dumps(bag.import_errors, indent=2))
    sys.stdout.write(json.dumps({name: _seen(dag) for name, dag in bag.dags.items()}) + "\n")


def _seen(dag) -> dict[str, object]:
    timetable = dag.timetable
    return {
        "schedule": [type(timetable).__name__, getattr(timetable, "summary", None)],
        "catchup": dag.catchup,
        "most": dag.max_active_runs,
        "tasks": {
            task.task_id: {
                "operator": next(
                    each.__name__ for each in type(task).__mro__ if each.__module__.startswith("airflow.")
                ),
                "upstream": sorted(task.upstream_task_ids),
                "retries": task.retries,
                "outlets": sorted(asset.uri for asset in task.outlets),
            }
            for task in dag.tasks
        },
    }


if __name__ == "__main__":
    main(sys.argv[1])
