"""From the bytes of a file to its text, or to the reason why they are not the text of a net."""

from __future__ import annotations

MAX_BYTES = 16 * 2**20


class PrototxtError(ValueError):
    """A file that cannot be used, with the line.

    Attributes:
        file, line, reason: `str(error)` is "file:line: reason".
    """

    def __init__(self, file: str, line: int | None, reason: str) -> None:
        self.file, self.line, self.reason = file, line, reason
        where = file if line is None else f"{file}:{line}"
        super().__init__(f"{where}: {reason}")


def decoded(text: str | bytes, file: str) -> str:
    """The text, or the reason why these bytes are none."""
    if isinstance(text, str):
        try:
            data = text.encode()
        except UnicodeEncodeError as error:
            raise PrototxtError(file, text.count("\n", 0, error.start) + 1, "a lone surrogate in the text") from error
    elif isinstance(text, (bytes, bytearray, memoryview)):
        data = bytes(text)
    else:
        raise TypeError(f"text: expected str or bytes, got an object of type {type(text).__name__}")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise PrototxtError(file, None, "this is UTF-16; save it as UTF-8")
    if data[:4] == b"\x89HDF":
        raise PrototxtError(file, None, "this is an HDF5 file, not the text of a net (.prototxt)")
    data = data.removeprefix(b"\xef\xbb\xbf")
    bad, problem = data.find(b"\0"), "a NUL byte: this is not text"
    try:
        decoded = data.decode()
    except UnicodeDecodeError as error:
        decoded = ""
        truncated = len(data) > MAX_BYTES and error.start >= MAX_BYTES - 3
        if bad < 0 and not truncated:
            bad, problem = error.start, "bytes that are not UTF-8: convert the file (iconv -t UTF-8)"
    if bad >= 0:
        if _is_weights(data):
            raise PrototxtError(
                file, None, "this looks like a binary .caffemodel; the text of the net is needed (.prototxt)"
            )
        raise PrototxtError(file, data.count(b"\n", 0, bad) + 1, problem)
    if len(data) > MAX_BYTES:
        raise PrototxtError(file, None, f"larger than {MAX_BYTES // 2**20} MiB, too large for the text of a net")
    return decoded


def _is_weights(data: bytes) -> bool:
    """Whether binary data begins as a NetParameter does: its name (field 1), then a layer (field 100, or 2 of old)."""
    after = 2 + data[1] if data[:1] == b"\n" and len(data) > 1 and data[1] < 128 else 0
    return data[after : after + 2] == b"\xa2\x06" or (after > 0 and data[after : after + 1] == b"\x12")
