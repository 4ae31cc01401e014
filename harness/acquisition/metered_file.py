"""A file of which a library may read only so much, whatever the file says of itself."""

import io

from typing_extensions import override


class OverLimitError(Exception):
    """More was asked for than may be read."""


class MeteredFile(io.RawIOBase):
    """Passes reads on to another file, within limits.

    Args:
        file: The other file; a packed one is measured as it unpacks.
        most_at_once: Bytes of one read: libraries hold a header whole, however long it says it is.
        allowance: Bytes that may be read until it is set again; None for no limit.
    """

    def __init__(
        self, file: io.BufferedIOBase, most_at_once: int, allowance: int | None = None
    ) -> None:
        self._file = file
        self._most_at_once = most_at_once
        self.allowance = allowance

    @override
    def read(self, size: int = -1, /) -> bytes:
        """Read at most so many bytes; without a size, all that is left.

        Raises:
            OverLimitError: If there are more than may be read at once, or until now.
        """
        most = self._most_at_once
        content = self._file.read(size if 0 <= size <= most else most + 1)
        if len(content) > most:
            raise OverLimitError(f"must have headers of at most {most} bytes")
        if self.allowance is not None:
            self.allowance -= len(content)
            if self.allowance < 0:
                raise OverLimitError("must have shorter headers between its members")
        return content

    @override
    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    @override
    def tell(self) -> int:
        return self._file.tell()

    @override
    def seekable(self) -> bool:
        return True
