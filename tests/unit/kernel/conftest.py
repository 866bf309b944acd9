"""An empty object store for each test that asks for one."""

from __future__ import annotations

import pytest
from s3_server import new_bucket

from lineage.kernel.storage.objects import ObjectStorage


@pytest.fixture
def bucket(s3_server: str) -> str:
    """An empty bucket."""
    return new_bucket(s3_server)


@pytest.fixture
def storage(bucket: str) -> ObjectStorage:
    """A storage below a prefix of the bucket."""
    return ObjectStorage(f"s3://{bucket}/a/prefix")
