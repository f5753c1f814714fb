"""One place in a store, rendered for each library that has to go there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from obstore.store import ObjectStore


@dataclass(frozen=True, kw_only=True)
class Location:
    """A folder: an absolute path on disk (`/data/lake`) or `s3://bucket/prefix`; no trailing slash.

    `options` are the store's access settings in the spelling of deltalake and obstore
    (`AWS_REGION`, `AWS_ENDPOINT_URL`, …); empty means the ordinary AWS chain. They are not part
    of equality's meaning for data, but two stores may differ in them alone, so they are compared.
    """

    uri: str
    options: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_local(self) -> bool:
        """Whether this is on a disk."""
        return "://" not in self.uri

    def child(self, path: str) -> "Location":
        """The place `path` below this one."""
        return Location(uri=f"{self.uri}/{path}", options=self.options)

    @property
    def for_spark(self) -> str:
        """The URI that Spark reads and writes: `file:///…` or `s3a://…`, escaped as Hadoop wants it."""
        raise NotImplementedError

    def store(self) -> "ObjectStore":
        """An obstore store whose root is this place (on disk the folder is made)."""
        raise NotImplementedError
