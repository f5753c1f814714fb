"""The sample project, loaded once in each place and environment."""

from collections.abc import Callable
from functools import cache

import pytest

from framework.manifest.deployment import Deployment
from framework.manifest.model import Manifest
from tests.unit.manifest.sample import build_sample

Sample = Callable[..., tuple[Manifest, Deployment]]


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """`sample(env, triggered=…, place=…)`: see `build_sample`; `place` tells folders apart."""

    @cache
    def make(env: str, *, triggered: bool = False, place: str = "here") -> tuple[Manifest, Deployment]:
        return build_sample(tmp_path_factory.mktemp(place), env, triggered=triggered)

    return make
