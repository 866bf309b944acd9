"""An S3 server in a thread of the tests, and the variables by which it is found."""

from __future__ import annotations

import logging
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock
from uuid import uuid4

SECRET = "a-secret-of-the-store"  # noqa: S105  # of the tests


@contextmanager
def serving() -> Iterator[str]:
    """Serve on 127.0.0.1, and give the server's address."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415  # takes a second

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    variables = {
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": url,
        "AWS_ALLOW_HTTP": "true",
    }
    with mock.patch.dict("os.environ", variables):
        yield url
    server.stop()


def new_bucket(url: str) -> str:
    """Make a bucket and return its name."""
    name = f"b{uuid4().hex}"
    request = urllib.request.Request(f"{url}/{name}", method="PUT")  # noqa: S310  # of the tests
    urllib.request.urlopen(request).close()  # noqa: S310  # as above
    return name


def open_uploads(url: str, bucket: str) -> bytes:
    """Return what the server says of uploads that were begun and not ended."""
    with urllib.request.urlopen(f"{url}/{bucket}?uploads") as answer:  # noqa: S310  # as above
        return bytes(answer.read())
