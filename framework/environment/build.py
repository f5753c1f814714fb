"""A checked document becomes an `Environment`; what its parts say of each other is checked. Pure."""

import os.path
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from framework.contract.suggest import suggest
from framework.environment.bindings import DEFAULT_LOCATION, Bindings, DatasetRule, resolve
from framework.environment.catalog import CatalogRule
from framework.environment.environment import Connection, Environment, JobSettings, Schedule
from framework.environment.fetch import build_secret
from framework.environment.interpolate import dotted
from framework.environment.landing import FilePattern
from framework.environment.listeners import Alerts, Lineage, alert_problems, lineage_problems
from framework.environment.location import Location
from framework.environment.meaning import objection
from framework.environment.merge import Path as Keys
from framework.environment.merge import find
from framework.environment.redshift import RedshiftOptions, connection_problems
from framework.environment.release import Cluster, ReleaseRule, build_cluster, cluster_problems
from framework.environment.secrets import RevealedOptions, Secret
from framework.environment.settings import DatasetSettings, Settings, StoreSettings
from framework.environment.yaml import Node
from framework.errors import Fault, MisconfiguredError, Where
from framework.interval import parse_interval

_TEMPLATE = re.compile(r"\{([^{}]*)\}")
_OPTIONS = {
    "region": "AWS_REGION",
    "endpoint": "AWS_ENDPOINT_URL",
    "access_key_id": "AWS_ACCESS_KEY_ID",
    "secret_access_key": "AWS_SECRET_ACCESS_KEY",
    "session_token": "AWS_SESSION_TOKEN",
}


class Builder:
    """Builds one environment and collects everything that is wrong on the way in `faults`.

    `root`: the project's folder, from which relative paths start. `process`: the environment
    variables that secrets may name. `tree` knows the lines.
    """

    def __init__(
        self, name: str, settings: Settings, tree: Node, *, root: Path, process: Mapping[str, str]
    ) -> None:
        self.name = name
        self.settings = settings
        self.tree = tree
        self.root = root
        self.process = process
        self.faults: list[Fault] = []

    def build(self) -> Environment:
        """The environment; only to be used when `faults` is empty afterwards."""
        settings = self.settings
        stores = {name: self._store(name, store) for name, store in settings.stores.items()}
        state = self._template(("state",), settings.state)
        release = self._release(stores)
        cluster = self._cluster()
        rules = [self._rule(pattern, dataset) for pattern, dataset in settings.datasets.items()]
        connections = self._connections()
        bindings = Bindings(rules, stores=stores, connections=connections)
        self._check_named(bindings)
        self._check_example()
        return Environment(
            name=self.name,
            project=settings.project,
            stores=stores,
            state=Location(uri="") if self.faults else resolve(state, stores),
            bindings=bindings,
            connections=connections,
            jobs=self._jobs(self._sizes()),
            schedules={
                name: Schedule(name=name, cron=each.cron, timezone=each.timezone, select=each.select)
                for name, each in settings.schedules.items()
            },
            secrets={name: self._secret(("secrets", name), text) for name, text in settings.secrets.items()},
            on_failure=self._alerts(),
            lineage=self._lineage(),
            example_interval=settings.example_interval,
            release=release,
            cluster=cluster,
        )

    def _store(self, name: str, store: StoreSettings) -> Location:
        options: dict[str, str | Secret] = {}
        for field, option in _OPTIONS.items():
            text = getattr(store, field)
            if text is not None:
                is_secret = text.startswith("${secret:")
                options[option] = self._secret(("stores", name, field), text) if is_secret else text
        if (store.access_key_id is None) != (store.secret_access_key is None):
            self._fault(("stores", name), "access_key_id and secret_access_key come together")
        uri = self._place(("stores", name, "uri"), store.uri)
        if options and not uri.startswith("s3://"):
            self._fault(("stores", name), f"a store that is not on S3 has no {' or '.join(_said(store))}")
        return Location(uri=uri, options=RevealedOptions(options) if options else {})

    def _place(self, path: Keys, uri: str) -> str:
        """An absolute path or uri without a trailing slash."""
        if set(uri) & set("*?[]{}\\"):
            hint = "Spark reads * ? [ ] { } and \\ in paths as patterns"
            self._fault(path, f"a store cannot be at {uri}", hint)
        scheme, separator, rest = uri.partition("://")
        if not separator:
            return self._on_disk(path, uri)
        if scheme == "file":
            return self._on_disk(path, rest)
        if scheme in {"s3", "s3a"} and rest.strip("/"):
            return f"s3://{rest.rstrip('/')}"
        if scheme == "memory" and rest:
            return uri
        self._fault(path, f"no store is known for {uri}", "use a path or s3://bucket/prefix")
        return uri

    def _on_disk(self, path: Keys, text: str) -> str:
        if text.startswith("~"):
            self._fault(path, f"~ is not replaced in {text}", "write ${env:HOME}")
        place = os.path.normpath(self.root / text)
        if path[0] == "stores" and set(place) & set("*?[]{}\\") and not set(text) & set("*?[]{}\\"):
            self._fault(
                path,
                f"the project's folder has a name that Spark reads as a pattern: {self.root}",
                "move the project, or give the store an absolute path",
            )
        return place

    def _template(self, path: Keys, text: str) -> str:
        """The text with names of known stores only, and absolute."""
        names = _TEMPLATE.findall(text)
        for number, name in enumerate(names):
            leads = number == 0 and text.startswith("{")
            if name == "dataset" and path[0] == "datasets":
                continue
            if name not in self.settings.stores:
                hint = suggest(name, self.settings.stores, kind="Stores")
                self._fault(path, f"{{{name}}} is no store of this environment", hint)
            elif not leads:
                self._fault(path, f"{{{name}}} does not stand at the beginning: {text}")
        rest = _TEMPLATE.sub("", text)
        if "{" in rest or "}" in rest:
            self._fault(path, f"a brace without its other half: {text}")
        known_store = bool(names) and text.startswith("{") and names[0] != "dataset"
        if known_store or "://" in text:
            return text.replace("s3a://", "s3://") if not known_store else text
        return self._on_disk(path, text)

    def _rule(self, pattern: str, dataset: DatasetSettings) -> DatasetRule:
        path = ("datasets", pattern)
        location = dataset.location
        if dataset.connection is not None and dataset.connection not in self.settings.connections:
            hint = suggest(dataset.connection, self.settings.connections, kind="Connections")
            self._fault((*path, "connection"), f'there is no connection "{dataset.connection}"', hint)
        if pattern == "*" and location is None and "lake" not in self.settings.stores:
            self._fault(path, f"has no location, and there is no store for {DEFAULT_LOCATION}")
        self._check_files(path, dataset)
        return DatasetRule(
            pattern=pattern,
            format=dataset.format,
            location=None if location is None else self._template((*path, "location"), location),
            source=dataset.source,
            options=dataset.options,
            connection=dataset.connection,
            table=dataset.table,
            redshift=RedshiftOptions(
                query=dataset.query,
                version_query=dataset.version_query,
                diststyle=dataset.diststyle,
                distkey=dataset.distkey,
                sortkey=None if dataset.sortkey is None else tuple(dataset.sortkey),
                lengths=dataset.lengths,
            ),
            files=dataset.files,
            ready=dataset.ready,
            timezone=dataset.timezone,
            catalog=None if dataset.catalog is None else CatalogRule(**dict(dataset.catalog)),
            file_size=None if dataset.file_size is None else int(dataset.file_size),
            sort_by=None if dataset.sort_by is None else tuple(dataset.sort_by),
            where=self._where(path),
        )

    def _check_files(self, path: Keys, dataset: DatasetSettings) -> None:
        ready = None if dataset.ready in ("any", "always") else dataset.ready
        for key, text in (("files", dataset.files), ("ready", ready)):
            problem = None if text is None else FilePattern(text).problem()
            if problem is not None:
                self._fault((*path, key), problem, "write a path like %Y/%m/%d/*.csv")

    def _check_named(self, bindings: Bindings) -> None:
        # A rule that has a fault already is not asked what it leads to.
        known = {fault.where for fault in self.faults}
        for dataset in bindings.named:
            try:
                bindings.of(dataset)
            except MisconfiguredError as error:
                self.faults += (fault for fault in error.faults if fault.where not in known)

    def _check_example(self) -> None:
        text = self.settings.example_interval
        if text is None:
            return
        try:
            parse_interval(text)
        except MisconfiguredError as error:
            self._fault(("example_interval",), error.faults[0].what, error.faults[0].hint)

    def _sizes(self) -> dict[str, Mapping[str, str]]:
        for size, spark in self.settings.sizes.items():
            for setting, value in spark.spark.items():
                path = ("sizes", size, "spark", setting)
                reason = objection(setting, value)
                if not setting.startswith("spark."):
                    self._fault(path, "is no setting of Spark", "they begin with spark.")
                elif reason is not None:
                    self._fault(path, reason, "remove it")
        return {size: each.spark for size, each in self.settings.sizes.items()}

    def _jobs(self, sizes: Mapping[str, Mapping[str, str]]) -> dict[str, JobSettings]:
        found = {}
        for pattern, job in self.settings.jobs.items():
            if job.size is not None and job.size not in sizes:
                path = ("jobs", pattern, "size")
                self._fault(path, f'there is no size "{job.size}"', suggest(job.size, sizes, kind="Sizes"))
            spark = sizes.get(job.size, {}) if job.size is not None else {}
            found[pattern] = JobSettings(size=job.size, timeout=job.timeout, role=job.role, spark=spark)
        return found

    def _connections(self) -> dict[str, Connection]:
        found = {}
        for name, each in self.settings.connections.items():
            path = ("connections", name)
            for field, what, hint in connection_problems(each):
                self._fault(path if field is None else (*path, field), what, hint)
            password = None if each.password is None else self._secret((*path, "password"), each.password)
            said = each.model_dump(exclude={"password"})
            found[name] = Connection(name=name, password=password, where=self._where(path), **said)
        return found

    def _release(self, stores: Mapping[str, Location]) -> ReleaseRule:
        said = self.settings.release
        if said is None:
            return ReleaseRule()
        location = None
        if said.location is not None:
            template = self._template(("release", "location"), said.location)
            location = None if self.faults else resolve(template, stores)
        return ReleaseRule(location=location, lock=said.lock, python=said.python, platform=said.platform)

    def _cluster(self) -> Cluster | None:
        said = self.settings.cluster
        if said is None:
            return None
        problems = list(cluster_problems(said))
        for field, what, hint in problems:
            self._fault(("cluster",) if field is None else ("cluster", field), what, hint)
        return None if problems else build_cluster(said)

    def _alerts(self) -> Alerts | None:
        said = self.settings.on_failure
        if said is None:
            return None
        for field, what, hint in alert_problems(said.webhook, said.topic):
            self._fault(("on_failure",) if field is None else ("on_failure", field), what, hint)
        return Alerts(webhook=self._hidden(("on_failure", "webhook"), said.webhook), topic=said.topic)

    def _lineage(self) -> Lineage | None:
        said = self.settings.lineage
        if said is None:
            return None
        for field, what, hint in lineage_problems(said.url, said.token, said.file):
            self._fault(("lineage",) if field is None else ("lineage", field), what, hint)
        return Lineage(
            url=said.url,
            token=self._hidden(("lineage", "token"), said.token),
            file=None if said.file is None else self._on_disk(("lineage", "file"), said.file),
            namespace=said.namespace,
        )

    def _hidden(self, path: Keys, text: str | None) -> Secret | None:
        """A secret, also of a value that is written out."""
        if text is None:
            return None
        return self._secret(path, text) if text.startswith("${secret:") else Secret(text, lambda: text)

    def _secret(self, path: Keys, text: str) -> Secret:
        try:
            return build_secret(text, process=self.process, where=self._where(path))
        except ValueError as error:
            self._fault(path, str(error))
            return Secret(text, str)

    def _where(self, path: Keys) -> Where:
        return find(self.tree, path).where

    def _fault(self, path: Keys, what: str, hint: str | None = None) -> None:
        between = " " if what.startswith(("is ", "decides ")) else ": "
        self.faults.append(Fault(what=f"{dotted(path)}{between}{what}", where=self._where(path), hint=hint))


def _said(store: StoreSettings) -> Iterator[str]:
    return (field for field in _OPTIONS if getattr(store, field) is not None)
