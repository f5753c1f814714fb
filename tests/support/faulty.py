"""Sample jobs, each with one planted reason why its rows are not the same each time."""

from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent

from tests.support.project import SmallProject, make_project

ORDERS = "id INT NOT NULL, customer INT NOT NULL, day DATE NOT NULL, item STRING, price DOUBLE"
CONFIG = """
    version: 1
    project: faulty
    stores: {lake: {}, raw: {}}
    state: "{lake}/sparkjob"
    datasets:
      "*": {format: delta, location: "{lake}/{dataset}"}
      source.orders: {source: true, format: csv, location: "{raw}/orders.csv", options: {header: true}}
    sizes:
      tiny:
        spark:
          spark.master: local[1]
          spark.driver.memory: 1g
          spark.sql.shuffle.partitions: 2
          spark.databricks.delta.snapshotPartitions: 1
    jobs: {"*": {size: tiny}}
"""
TEMPLATE = '''
"""A sample."""

import itertools
import uuid
from datetime import datetime
from pathlib import Path

from pyspark.sql import Window
from pyspark.sql import functions as F

from framework import Input, Output, job

COUNTER = itertools.count()


@job(
    inputs={{"orders": Input("source.orders", schema="{orders}")}},
    outputs=Output("faulty.{name}", schema="{schema}"{key}),
)
def {name}(orders):
    """Rows that differ."""
{body}
'''


@dataclass(frozen=True, kw_only=True)
class Faulty:
    """One job. `schema`: of its output; `body`: of its function, with `# here` on the line of the fault.

    `columns`: in which it shows, none when whole rows do. `cause`: how the finding calls it.
    """

    name: str
    schema: str
    body: str
    cause: str
    columns: tuple[str, ...] = ()
    key: str | None = None

    @property
    def source(self) -> str:
        """The job file."""
        key = "" if self.key is None else f', key="{self.key}"'
        body = indent(dedent(self.body).strip(), "    ")
        return TEMPLATE.format(orders=ORDERS, name=self.name, schema=self.schema, key=key, body=body)

    @property
    def line(self) -> int:
        """Where the fault is."""
        (number,) = (n for n, line in enumerate(self.source.strip().splitlines(), 1) if "# here" in line)
        return number


FAULTY = (
    Faulty(
        name="chance",
        schema="id INT, lot DOUBLE",
        columns=("lot",),
        cause="rand()",
        body="""
            lots = F.rand()  # here
            return orders.select("id", lots.alias("lot"))
        """,
    ),
    Faulty(
        name="seeded",
        schema="id INT, lot DOUBLE",
        key="id",
        columns=("lot",),
        cause="rand()",
        body="""return orders.select("id", F.rand(42).alias("lot"))  # here""",
    ),
    Faulty(
        name="clock",
        schema="id INT, made_at TIMESTAMP",
        columns=("made_at",),
        cause="the current time",
        body="""return orders.select("id", F.current_timestamp().alias("made_at"))  # here""",
    ),
    Faulty(
        name="identity",
        schema="row_id STRING NOT NULL, id INT",
        key="row_id",
        columns=("row_id",),
        cause="uuid()",
        body="""return orders.select(F.expr("uuid()").alias("row_id"), "id")  # here""",
    ),
    Faulty(
        name="ties",
        schema="customer INT, day DATE, id INT, place INT",
        columns=("place",),
        cause="row_number() over rows that tie",
        body="""
            latest = Window.partitionBy("customer").orderBy("day")
            place = F.row_number().over(latest)  # here
            return orders.select("customer", "day", "id", place.alias("place"))
        """,
    ),
    Faulty(
        name="firsts",
        schema="customer INT NOT NULL, item STRING, n BIGINT",
        key="customer",
        columns=("item",),
        cause="first() of rows without an order",
        body="""
            return orders.groupBy("customer").agg(
                F.first("item").alias("item"),  # here
                F.count("*").alias("n"),
            )
        """,
    ),
    Faulty(
        name="sums",
        schema="customer INT, total DOUBLE",
        key="customer",
        columns=("total",),
        cause="a sum of floating numbers",
        body="""return orders.groupBy("customer").agg(F.sum("price").alias("total"))  # here""",
    ),
    Faulty(
        name="numbered",
        schema="id INT NOT NULL, number BIGINT",
        key="id",
        columns=("number",),
        cause="a number or name of where Spark has the row",
        body="""
            number = F.monotonically_increasing_id()  # here
            return orders.select("id", number.alias("number"))
        """,
    ),
    Faulty(
        name="listed",
        schema="customer INT NOT NULL, items ARRAY<STRING>",
        key="customer",
        columns=("items",),
        cause="a list in the order in which rows came",
        body="""return orders.groupBy("customer").agg(F.collect_list("item").alias("items"))  # here""",
    ),
    Faulty(
        name="some",
        schema="id INT NOT NULL, item STRING",
        key="id",
        cause="sample()",
        body="""return orders.select("id", "item").sample(0.5)  # here""",
    ),
    Faulty(
        name="few",
        schema="id INT, item STRING",
        columns=(),
        key="id",
        cause="limit() of rows without an order",
        body="""return orders.select("id", "item").limit(50)  # here""",
    ),
    Faulty(
        name="deduplicated",
        schema="customer INT NOT NULL, day DATE, id INT",
        key="customer",
        columns=("day", "id"),
        cause="dropDuplicates() on some of the columns",
        body="""return orders.select("customer", "day", "id").dropDuplicates(["customer"])  # here""",
    ),
    Faulty(
        name="counted",
        schema="id INT NOT NULL, token STRING",
        key="id",
        columns=("token",),
        cause="chance in Python",
        body='''
            @F.udf("string")
            def token(_):
                """A name that no row has."""
                return str(uuid.uuid4())  # here

            return orders.select("id", token("id").alias("token"))
        ''',
    ),
    Faulty(
        name="stamped",
        schema="id INT NOT NULL, at STRING",
        key="id",
        columns=("at",),
        cause="the current time in Python",
        body="""return orders.select("id", F.lit(datetime.now().isoformat()).alias("at"))  # here""",
    ),
    Faulty(
        name="undeclared",
        schema="id INT NOT NULL, rate DOUBLE",
        key="id",
        columns=("rate",),
        cause="an undeclared read of file:{root}/jobs/rates.csv",
        body="""
            rates = Path(__file__).with_name("rates.csv")
            rates.write_text(f"{next(COUNTER)}")  # as another process would
            read = orders.sparkSession.read.csv(str(rates), schema="rate DOUBLE")  # here
            return orders.select("id").crossJoin(read)
        """,
    ),
    Faulty(
        name="rated",
        schema="id INT NOT NULL, price DOUBLE",
        key="id",
        columns=("price",),
        cause="a file or an address that is read beside the inputs",
        body="""
            held = Path(__file__).with_name("rate.txt")
            rate = float(held.read_text())  # here
            held.write_text(str(rate + 1.0))  # as another process would
            return orders.select("id", (F.col("price") * rate).alias("price"))
        """,
    ),
)
SOUND = '''
"""A job whose rows are always the same."""

from pyspark.sql import Window
from pyspark.sql import functions as F

from framework import Input, Output, job


@job(
    inputs={{"orders": Input("source.orders", schema="{orders}")}},
    outputs=Output("sound.latest", schema="customer INT NOT NULL, item STRING, cents BIGINT", key="customer"),
)
def sound(orders):
    """Each customer's last order, by a total order, and what all of them cost."""
    newest = Window.partitionBy("customer").orderBy(F.desc("day"), F.desc("id"))
    last = orders.withColumn("n", F.row_number().over(newest)).where("n = 1").select("customer", "item")
    spent = orders.groupBy("customer").agg(F.sum(F.expr("CAST(price * 100 AS BIGINT)")).alias("cents"))
    return last.join(spent, "customer")
'''


def make_faulty(root: Path) -> SmallProject:
    """A project with all of them, a sound one, and 400 orders of 40 customers."""
    files = {f"jobs/{each.name}.py": each.source for each in FAULTY}
    project = make_project(
        root,
        {
            **files,
            "jobs/sound.py": SOUND.format(orders=ORDERS),
            "jobs/rate.txt": "1.0",
            "configs/base.yml": CONFIG,
            "configs/local.yml": "stores: {lake: {uri: .data}, raw: {uri: .data/raw}}\n",
        },
    )
    for path in ("jobs/split.py", "jobs/total.py"):
        (root / path).unlink()
    rows = [
        f"{n},{n * 7 % 40},2013-01-{1 + n % 3:02},item {n * 13 % 50},{(n * 37 % 1000) / 7}"
        for n in range(400)
    ]
    project.write(".data/raw/orders.csv", "\n".join(["id,customer,day,item,price", *rows, ""]))
    return project
