"""Delta-spark gives the same answers with our file statistics as with none."""

from collections.abc import Callable
from itertools import batched
from pathlib import Path

import pytest
