"""A driver inside YARN, in cluster mode: there an application is one that had a Spark session."""

import os
from contextlib import suppress

_AT_REST = {
    "spark.app.name": "sparkjob",
    "spark.dynamicAllocation.enabled": "false",
    "spark.executor.instances": "0",
}


def end_as_application() -> None:
    """Open a Spark session when this process is a driver in YARN's cluster mode and has none.

    Without one YARN calls the application failed with an exit code of Spark's own (13,
    `ApplicationMaster.EXIT_SC_NOT_INITED`), whatever the driver says. With one, 0 is SUCCEEDED and
    another code stands in the diagnostics. No executors are asked for. Elsewhere nothing is done.
    """
    if "PYSPARK_GATEWAY_PORT" not in os.environ or "CONTAINER_ID" not in os.environ:
        return
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway

    with suppress(Exception):  # the exit code is what counts, and it stands
        # A way to the JVM that has started this process.
        gateway = launch_gateway()  # type: ignore[no-untyped-call]  # PySpark has no types for it
        if gateway.jvm.System.getProperty("spark.submit.deployMode") == "cluster":
            SparkContext.getOrCreate(SparkConf().setAll(list(_AT_REST.items())))
