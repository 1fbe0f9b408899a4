"""The C library of Oddity (oddity.h), through ctypes. Other Python threads can run during a call."""

from __future__ import annotations

import ctypes
import functools
import os
import sys
import threading
import warnings
from collections.abc import Callable, Generator, Sequence
from importlib import util
from pathlib import Path
from typing import Any

from .errors import MissingError, OddityWarning, of_status

_ABI = 4
OK = 0
INPUT_FAILED = 1

Progress = Callable[[str, int, int], Any]


class Error(ctypes.Structure):
    _fields_ = [("status", ctypes.c_int32), ("name", ctypes.c_char * 32), ("message", ctypes.c_char * 4064)]


class Event(ctypes.Structure):
    _fields_ = [("text", ctypes.c_char_p), ("done", ctypes.c_int64), ("total", ctypes.c_int64)]


class Engine(ctypes.Structure):
    _fields_ = [
        ("threads", ctypes.c_int32),
        ("batch", ctypes.c_int32),
        ("precision", ctypes.c_char_p),
        ("cache_dir", ctypes.c_char_p),
        ("name", ctypes.c_char_p),
        ("device", ctypes.c_char_p),
        ("device_memory", ctypes.c_int64),
    ]


class Columns(ctypes.Structure):
    _fields_ = [
        ("scores", ctypes.c_void_p),
        ("p_values", ctypes.c_void_p),
        ("outliers", ctypes.c_void_p),
        ("classes", ctypes.c_void_p),
        ("confidences", ctypes.c_void_p),
        ("calibrated_confidences", ctypes.c_void_p),
    ]


class Tensor(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("type", ctypes.c_char_p),
        ("values", ctypes.c_void_p),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("rank", ctypes.c_int32),
    ]


class Network(ctypes.Structure):
    _fields_ = [
        ("number", ctypes.c_int64),
        ("model", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
        ("weights", ctypes.POINTER(ctypes.c_char_p)),
        ("weight_count", ctypes.c_int64),
        ("error", ctypes.POINTER(Error)),
    ]


class Batch(ctypes.Structure):
    _fields_ = [
        ("number", ctypes.c_int64),
        ("input", Tensor),
        ("outputs", ctypes.POINTER(ctypes.c_char_p)),
        ("output_count", ctypes.c_int64),
        ("results", ctypes.c_uint64),
        ("error", ctypes.POINTER(Error)),
    ]


# Leaves out the context argument. C passes it, and every C calling convention allows a function to ignore it.
Compile = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.POINTER(Network))
Run = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.POINTER(Batch))


class Runner(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("version", ctypes.c_char_p),
        ("device", ctypes.c_char_p),
        ("compile", Compile),
        ("run", Run),
        ("context", ctypes.c_void_p),
    ]


_Listener = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.POINTER(Event))
_Handle = ctypes.c_uint64
_HandlePlace = ctypes.POINTER(_Handle)
_Texts = ctypes.POINTER(ctypes.c_char_p)

# The argument types of each function, without the last one, which receives the error.
_FUNCTIONS: dict[str, list[Any]] = {
    "oddity_use_library": [ctypes.c_char_p, ctypes.c_char_p],
    "oddity_free": [_Handle],
    "oddity_run": [ctypes.c_int32, _Texts, _Listener, ctypes.c_void_p, _HandlePlace],
    "oddity_bytes_count": [_Handle, ctypes.POINTER(ctypes.c_size_t)],
    "oddity_bytes_copy": [_Handle, ctypes.c_void_p, ctypes.c_size_t],
    "oddity_source_new": [_HandlePlace],
    "oddity_source_add_paths": [_Handle, _Texts, ctypes.c_int64],
    "oddity_source_add_file": [_Handle, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_size_t],
    "oddity_source_add_pixels": [_Handle, ctypes.c_char_p, ctypes.c_void_p]
    + [ctypes.c_int64] * 4
    + [ctypes.c_void_p],
    "oddity_source_add_tensors": [
        _Handle,
        ctypes.c_char_p,
        ctypes.c_void_p,
        ctypes.c_int64,
        ctypes.POINTER(ctypes.c_int64),
        ctypes.c_void_p,
    ],
    "oddity_source_count": [_Handle, ctypes.POINTER(ctypes.c_int64)],
    "oddity_source_names": [_Handle, _HandlePlace],
    "oddity_preprocess": [
        ctypes.c_char_p,
        ctypes.POINTER(ctypes.c_int64),
        _Handle,
        ctypes.c_void_p,
        ctypes.c_int64,
        _Listener,
        ctypes.c_void_p,
        _HandlePlace,
    ],
    "oddity_detector_open": [ctypes.c_char_p, ctypes.POINTER(Engine), _HandlePlace],
    "oddity_detector_open_with": [
        ctypes.c_char_p,
        ctypes.POINTER(Engine),
        ctypes.POINTER(Runner),
        _HandlePlace,
    ],
    "oddity_batch_give": [_Handle, ctypes.c_int64, ctypes.POINTER(Tensor)],
    "oddity_detector_describe": [_Handle, _HandlePlace],
    "oddity_score": [
        _Handle,
        _Handle,
        ctypes.POINTER(Columns),
        ctypes.c_int64,
        _Listener,
        ctypes.c_void_p,
        _HandlePlace,
    ],
    "oddity_maps": [
        _Handle,
        _Handle,
        ctypes.c_void_p,
        ctypes.c_void_p,
        ctypes.c_int64,
        _Listener,
        ctypes.c_void_p,
        _HandlePlace,
    ],
    "oddity_score_tensors": [
        _Handle,
        ctypes.c_void_p,
        ctypes.POINTER(ctypes.c_int64),
        ctypes.c_int32,
        ctypes.POINTER(Columns),
        _Listener,
        ctypes.c_void_p,
    ],
}


def _path() -> Path:
    """The path of the library: in the wheel, or in ODDITY_LIBRARY."""
    said = os.environ.get("ODDITY_LIBRARY")
    path = Path(said) if said else Path(__file__).parent / "lib" / "liboddity.so"
    if not path.exists():
        raise MissingError(f"{path} is missing: install Oddity from its wheel, or build it by `make wheel`")
    return path


_opening = threading.Lock()


def library() -> ctypes.CDLL:
    """The library, opened by the first call.

    Raises:
        MissingError: if it is missing or has another version.
    """
    with _opening:
        return _opened()


@functools.lru_cache(maxsize=1)
def _opened() -> ctypes.CDLL:
    try:
        opened = ctypes.CDLL(str(_path()))
    except OSError as error:
        raise MissingError(f"{_path()} cannot be opened: {error}") from error
    opened.oddity_version.restype = ctypes.c_char_p
    opened.oddity_abi.restype = ctypes.c_int32
    opened.oddity_command.argtypes = [ctypes.c_int32, _Texts]
    if opened.oddity_abi() != _ABI:
        raise MissingError(
            f"{_path()} has the interface {opened.oddity_abi()}, not {_ABI}: install Oddity anew"
        )
    for name, arguments in _FUNCTIONS.items():
        function = getattr(opened, name)
        function.argtypes = [*arguments, ctypes.POINTER(Error)]
        function.restype = ctypes.c_int32
    _use_packages(opened)
    return opened


def _use_packages(opened: ctypes.CDLL) -> None:
    """Sets the paths of libraries that are in Python packages and that the library opens at run time."""
    for name, package, pattern in [
        ("openvino", "openvino", "libs/libopenvino_c.so*"),
        ("onnxruntime", "onnxruntime", "capi/libonnxruntime.so.*"),
        ("openblas", "scipy_openblas32", "lib/libscipy_openblas.so"),
        ("vips", "pyvips_binary", "../pyvips_binary.libs/libvips*.so*"),
        ("vips", "_libvips", "pyvips_binary.libs/libvips*.so*"),
    ]:
        try:
            found = util.find_spec(package)
        except (ImportError, ValueError):
            # Another module replaces the package.
            continue
        if found is None or found.origin is None:
            continue
        for path in sorted(Path(found.origin).parent.glob(pattern))[:1]:
            opened.oddity_use_library(name.encode(), os.fsencode(path), None)


def call(name: str, *arguments: Any) -> int:
    """Calls a function of the library.

    Returns:
        The status: 0, or 1 if a command is done but some inputs failed.

    Raises:
        OddityError: the subclass for the status.
    """
    error = Error()
    status: int = getattr(library(), name)(*arguments, ctypes.byref(error))
    if status not in (OK, INPUT_FAILED):
        raise of_status(status, error.name.decode(), error.message.decode("utf-8", "replace"))
    return status


def handle() -> Any:
    """A variable that receives a handle."""
    return _Handle()


def take_bytes(bytes_handle: Any) -> bytes:
    """The bytes of a handle. Releases the handle."""
    try:
        count = ctypes.c_size_t()
        call("oddity_bytes_count", bytes_handle, ctypes.byref(count))
        buffer = bytearray(count.value)
        place = (ctypes.c_char * count.value).from_buffer(buffer) if buffer else None
        call("oddity_bytes_copy", bytes_handle, place, count)
        return bytes(buffer)
    finally:
        call("oddity_free", bytes_handle)


def free(number: int) -> None:
    """Releases a handle. Does nothing if it is already released, or in a forked process."""
    library().oddity_free(number, None)


def texts(values: Sequence[str | bytes | os.PathLike[str]]) -> Any:
    """Texts and paths as a C array."""
    encoded = [os.fsencode(value) for value in values]
    for value in encoded:
        if b"\0" in value:
            raise of_status(2, "usage", f"{value!r} holds a zero byte, which no path or setting may")
    return (ctypes.c_char_p * len(encoded))(*encoded)


class Listener:
    """Receives the events of a call.

    Progress goes to a callback, and messages become warnings after the call. The library calls the listener
    ten times a second on the calling thread, so that Ctrl-C and an error of the callback end the call.
    """

    def __init__(self, progress: Progress | bool | None = None) -> None:
        self._progress = _progress(progress)
        self._raised: BaseException | None = None
        self._messages: list[str] = []
        answers = self._answers()
        next(answers)
        self.pointer = _Listener(answers.send)

    def _answers(self) -> Generator[int, Any, None]:
        """Receives events and yields the answers to them.

        Python raises KeyboardInterrupt when Python code resumes. In a function that C calls, this is its
        first line, which is outside any `try`. ctypes would drop the exception. A generator resumes within
        its `try`.
        """
        try:
            while True:
                self._hear((yield 0).contents)
        except GeneratorExit:
            return
        except BaseException as error:  # noqa: BLE001 - raised after the call, not through C
            self._raised = error
        yield 1

    def _hear(self, event: Any) -> None:
        if event.text is None:
            return
        text = event.text.decode("utf-8", "replace")
        if event.total == 0:
            self._messages.append(text)
        elif self._progress is not None:
            self._progress(text, event.done, event.total)

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        close = getattr(self._progress, "close", None)
        if close is not None:
            close()
        if self._raised is not None:
            raised, self._raised = self._raised, None
            context = raised.__context__
            try:
                raise raised
            finally:
                # Users need not know that the call was cancelled. No variable may keep the traceback's
                # frames.
                raised.__context__ = context
                del raised, context
        for message in self._messages:
            text = message.strip().removeprefix("oddity: ").removeprefix("warning: ")
            warnings.warn(text, OddityWarning, stacklevel=levels_outside())


def levels_outside() -> int:
    """The number of frames up to the caller's code, so that warnings point to it."""
    folder = os.path.dirname(__file__)
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and os.path.dirname(frame.f_code.co_filename) == folder:
        frame, level = frame.f_back, level + 1
    return level


def _progress(progress: Progress | bool | None) -> Progress | None:
    if callable(progress):
        return progress
    if progress is False or (progress is None and not _is_watched()):
        return None
    if util.find_spec("tqdm") is None:
        return None
    from ._bar import Bar

    # By default, short tasks show no bar.
    return Bar(delay=0 if progress else 0.5)


def _is_watched() -> bool:
    """Whether a person can see a bar: on a terminal, or in a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return sys.stderr is not None and sys.stderr.isatty() or hasattr(shell, "kernel")
