"""Fixtures of the trainer's tests."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import jobs

# What a test in this process compiles is kept too.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", jobs.environment()["JAX_COMPILATION_CACHE_DIR"])
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.5")


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random base; nobody changes it."""
    return jobs.make_base(tmp_path_factory.mktemp("models") / "random")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty job folder."""
    path = tmp_path / "job"
    path.mkdir()
    return path


@pytest.fixture
def spec(folder: Path, base: Path) -> dict[str, Any]:
    """A valid spec of the job folder, not yet written."""
    return jobs.make_spec(folder, base)
