"""Files in a folder. Implements `csms.ports.FileVault`; nothing of it blocks the loop."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

__all__ = ["FolderVault"]

PART_BYTES: Final = 256 * 1024
_UNFINISHED: Final = ".part"


class FolderVault:
    """Each file under its id, which is ours and holds no path. `folder` None keeps them in a temporary one."""

    def __init__(self, folder: Path | None) -> None:
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="chargewright-files-")
        self._folder = folder or Path(self._temporary.name if self._temporary else "")

    @asynccontextmanager
    async def writer(self, file_id: str) -> AsyncIterator[Callable[[bytes], Awaitable[None]]]:
        """Write a file; it is there under its id once the block ends well, and on disk, or else gone."""
        path, unfinished = self._folder / file_id, self._folder / f"{file_id}{_UNFINISHED}"
        self._folder.mkdir(parents=True, exist_ok=True)
        file = await asyncio.to_thread(unfinished.open, "xb", 0)

        async def write(part: bytes) -> None:
            await asyncio.to_thread(file.write, part)

        try:
            yield write
            await asyncio.to_thread(os.fsync, file.fileno())
            unfinished.rename(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        finally:
            file.close()

    async def read(self, file_id: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end`, in parts."""
        file = await asyncio.to_thread((self._folder / file_id).open, "rb")
        try:
            file.seek(start)
            left = end - start
            while left > 0 and (part := await asyncio.to_thread(file.read, min(left, PART_BYTES))):
                left -= len(part)
                yield part
        finally:
            file.close()

    async def delete(self, file_id: str) -> None:
        (self._folder / file_id).unlink(missing_ok=True)

    async def keep_only(self, file_ids: set[str]) -> None:
        """Throw away what nobody knows: what a crash left half written, or written and not entered."""
        if self._folder.exists():
            for path in self._folder.iterdir():
                if path.name not in file_ids:
                    path.unlink()

    def close(self) -> None:
        if self._temporary is not None:
            self._temporary.cleanup()
