"""Where sealed files lie in an S3 store: it fails as a disk does, within seconds, and is read from any place on."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

# Somebody waits before the page, and a case is locked meanwhile.
PATIENCE: Final = Config(
    connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 2}
)


class S3Store(S3Storage):  # type: ignore[misc]
    """django-storages' S3, whose errors are those of a disk: FileNotFoundError, or another OSError."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.client_config: Any = self.client_config.merge(PATIENCE)

    @contextmanager
    def saving_many(self) -> Iterator[None]:
        """The store keeps what it has taken, one at a time as well as many."""
        yield

    def lying(self) -> dict[str, datetime]:
        """What lies there, and since when."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket_name)
        with _as_a_disk():
            return {one["Key"]: one["LastModified"] for page in pages for one in page.get("Contents", ())}

    def exists(self, name: str) -> bool:
        with _as_a_disk():
            return bool(super().exists(name))

    def delete(self, name: str) -> None:
        with _as_a_disk():
            super().delete(name)

    def _open(self, name: str, mode: str = "rb") -> Any:
        return RemoteFile(self._client, self.bucket_name, name)

    def _save(self, name: str, content: Any) -> str:
        with _as_a_disk():
            saved: str = super()._save(name, content)
        return saved

    @property
    def _client(self) -> Any:
        return self.connection.meta.client


class RemoteFile(io.RawIOBase):
    """An object of a bucket, to be read and sought in: read on in one request, a new one for another place."""

    def __init__(self, client: Any, bucket: str, name: str) -> None:
        super().__init__()
        self._client, self._where = client, {"Bucket": bucket, "Key": name}
        self._body: Any = None
        self._at = self._wanted = 0
        with _as_a_disk():
            self._size: int = client.head_object(**self._where)["ContentLength"]

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._wanted = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._wanted, os.SEEK_END: self._size}[whence]
        return self._wanted

    def readinto(self, buffer: "memoryview", /) -> int:  # type: ignore[override]
        length = min(len(buffer), self._size - self._wanted)
        if length <= 0:
            return 0
        with _as_a_disk():
            if self._body is None or self._at != self._wanted:
                self._let_go()
                answer = self._client.get_object(**self._where, Range=f"bytes={self._wanted}-")
                self._body, self._at = answer["Body"], self._wanted
            piece = self._body.read(length)
        buffer[: len(piece)] = piece
        self._at += len(piece)
        self._wanted = self._at
        return len(piece)

    def close(self) -> None:
        self._let_go()
        super().close()

    def _let_go(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None


@contextmanager
def _as_a_disk() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        missing = error.response["ResponseMetadata"]["HTTPStatusCode"] == 404
        raise (FileNotFoundError if missing else OSError)("the store of files refuses") from error
    except (BotoCoreError, Boto3Error) as error:
        raise OSError("the store of files does not answer") from error
