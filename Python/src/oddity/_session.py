"""Runs a guarded model in ONNX Runtime's own Python package, with any of its execution providers."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from . import _library
from .errors import MissingError, OddityError, UsageError

#: A provider's name, or its name and its options, as `onnxruntime.InferenceSession` takes them.
Provider = str | tuple[str, dict[str, Any]]

# By default, these providers compute float32 with ten bits of mantissa.
_FULL_PRECISION = {
    "CUDAExecutionProvider": {"use_tf32": "0"},
    "CoreMLExecutionProvider": {"ModelFormat": "MLProgram"},
}
# These do too, but only an environment variable changes it.
_TENSORRT = ("TensorrtExecutionProvider", "NvTensorRTRTXExecutionProvider")


class Session:
    """ONNX Runtime for the C library, which calls it on the thread of the Python call.

    Args:
        providers: in the order of preference.
        threads: of the processor; one per core by default.

    Raises:
        MissingError: if ONNX Runtime is not installed.
        UsageError: if a provider is not available.
    """

    def __init__(self, providers: Sequence[Provider], threads: int | None) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise MissingError(f"providers need ONNX Runtime: pip install onnxruntime ({error})") from error
        _check_version(onnxruntime.__version__)
        self._providers = _checked(providers, onnxruntime.get_available_providers())
        self._threads = threads
        self._sessions: dict[int, Any] = {}
        self._raised: BaseException | None = None
        # Two threads must not enter one of the generators at the same time.
        self._lock = threading.Lock()
        self._caller: int | None = None
        self._is_closed = False
        self._process = os.getpid()
        device = "+".join(name.removesuffix("ExecutionProvider") for name, _ in self._providers)
        self.runner = _library.Runner(
            b"onnxruntime",
            onnxruntime.__version__.encode(),
            device.encode(),
            _library.Compile(self._answering(self._compile)),
            _library.Run(self._answering(self._run)),
            None,
        )

    @contextmanager
    def calls(self) -> Iterator[None]:
        """Wraps a call of the C library that may use this session. Exceptions of the callbacks are raised
        after it.

        Raises:
            UsageError: if it is called from within such a call, because that would be a deadlock.
        """
        if os.getpid() != self._process:
            # The library refuses forks. In a fork, no thread would release the lock.
            yield
            return
        if self._caller == threading.get_ident():
            raise UsageError(
                "this detector is used again from within one of its own calls: open a second detector"
            )
        with self._lock:
            self._caller, self._raised = threading.get_ident(), None
            try:
                yield
            except BaseException as error:
                self._raise(error)
            finally:
                self._caller = None
                if self._is_closed:
                    self._sessions = {}

    def _raise(self, error: BaseException) -> NoReturn:
        """Ends a call after the library has reported an error."""
        raised, self._raised = self._raised, None
        # For most exceptions, the library's error contains the message.
        if raised is None or raised is error:
            raise error
        if isinstance(raised, Exception) and not isinstance(raised, OddityError):
            raise error from raised
        context = raised.__context__
        try:
            raise raised
        finally:
            # Users need not know that the library's call ended with an error.
            raised.__context__ = context

    def close(self) -> None:
        """Releases the networks' memory as soon as no call uses them."""
        self._is_closed = True
        if self._lock.acquire(blocking=False):
            self._sessions = {}
            self._lock.release()

    def _answering(self, function: Callable[[Any], None]) -> Callable[[Any], int]:
        answers = self._answers(function)
        next(answers)
        return answers.send

    def _answers(self, function: Callable[[Any], None]) -> Generator[int, Any, None]:
        """Takes the arguments of C calls and yields statuses.

        It is a generator for the same reason as the listener: it resumes within `try`, so that an
        interruption is caught wherever Python notices it.
        """
        given, status = None, 0
        while True:
            try:
                while True:
                    # The previous argument is no longer valid.
                    given = None
                    given = yield status
                    status = 1
                    function(given.contents)
                    status = 0
            except BaseException as error:  # noqa: BLE001 - raised after the call, not through C
                if isinstance(error, GeneratorExit) and given is None:
                    return
                self._raised, status = error, 1
                if given is not None:
                    given.contents.error.contents.message = _sentence(error)

    def _compile(self, network: _library.Network) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        if self._threads is not None:
            options.intra_op_num_threads = self._threads
        weights = [os.fsdecode(network.weights[index]) for index in range(network.weight_count)]
        # These objects must live until the session has read them.
        _alive = _add(weights, options) if weights else None
        session = onnxruntime.InferenceSession(
            ctypes.string_at(network.model, network.size),
            options,
            providers=self._providers,
            enable_fallback=0,
        )
        session.disable_fallback()
        missing = [name for name, _ in self._providers if name not in session.get_providers()]
        if missing:
            raise UsageError(
                f"ONNX Runtime cannot start {missing[0]} here: install the card's driver and the libraries "
                "that it needs, or leave it out"
            )
        self._sessions[network.number] = session

    def keep(self, numbers: Collection[int]) -> None:
        """Releases the other networks."""
        self._sessions = {number: self._sessions[number] for number in numbers}

    @property
    def numbers(self) -> Collection[int]:
        """The numbers of the networks that are ready."""
        return list(self._sessions)

    def _run(self, batch: _library.Batch) -> None:
        names = [batch.outputs[index].decode() for index in range(batch.output_count)]
        session = self._sessions[batch.number]
        outputs = session.run(names, {batch.input.name.decode(): _array(batch.input)})
        for position, values in enumerate(outputs):
            tensor, _alive = _tensor(values)
            _library.call("oddity_batch_give", batch.results, position, ctypes.byref(tensor))


def _check_version(text: str) -> None:
    version = [int(part) if part.isdecimal() else 0 for part in text.split(".")[:2]]
    if version < [1, 20]:
        raise MissingError(f"ONNX Runtime {text} is too old: pip install 'onnxruntime>=1.20'")


def _checked(providers: Sequence[Provider], there: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    """The providers with their options, including the options that keep the precision of float32."""
    if isinstance(providers, str) or not isinstance(providers, Sequence) or not providers:
        raise UsageError(
            f"providers is {providers!r}: pass a list such as "
            '["CUDAExecutionProvider", "CPUExecutionProvider"]'
        )
    checked = []
    for provider in providers:
        name, options = _named(provider)
        if name not in there:
            raise UsageError(
                f"this ONNX Runtime has no provider {name!r}, only {', '.join(there)}: install the package "
                "that has it, such as onnxruntime-gpu, or leave it out"
            )
        if name in _TENSORRT and os.environ.get("NVIDIA_TF32_OVERRIDE") != "0":
            raise UsageError(
                "TensorRT by default computes float32 with a precision of ten bits (TensorFloat-32): set "
                "NVIDIA_TF32_OVERRIDE=0, or name CUDAExecutionProvider"
            )
        checked.append((name, {**_FULL_PRECISION.get(name, {}), **options}))
    return checked


def _named(provider: Any) -> tuple[str, dict[str, Any]]:
    if isinstance(provider, str):
        return provider, {}
    if isinstance(provider, (tuple, list)) and len(provider) == 2 and isinstance(provider[1], dict):
        return str(provider[0]), provider[1]
    raise UsageError(
        f"providers holds {provider!r}: pass a provider's name, or its name and a dictionary of options"
    )


def _add(weights: list[str], options: Any) -> Any:
    """Passes the weight files to ONNX Runtime, because a network in memory has no folder to look in.

    Returns:
        The objects that must live until the session is created.
    """
    import numpy

    if not hasattr(options, "add_external_initializers_from_files_in_memory"):
        raise UsageError(
            "the model keeps its weights in files of their own, which this version of ONNX Runtime cannot "
            "receive: install onnxruntime 1.23 or later"
        )
    contents = [numpy.memmap(path, numpy.uint8, "c") for path in weights]
    options.add_external_initializers_from_files_in_memory(
        weights, contents, [len(each) for each in contents]
    )
    return contents


def _array(tensor: _library.Tensor) -> Any:
    """The values in place. They are valid only during the call."""
    import numpy

    shape = tensor.shape[: tensor.rank]
    kind = numpy.dtype(tensor.type.decode())
    count = int(numpy.prod(shape))
    memory = (ctypes.c_char * (count * kind.itemsize)).from_address(tensor.values)
    return numpy.frombuffer(memory, kind).reshape(shape)


def _tensor(values: Any) -> tuple[_library.Tensor, Any]:
    """An array as a C structure, and the objects that must live as long as it."""
    import numpy

    values = numpy.ascontiguousarray(values)
    shape = (ctypes.c_int64 * values.ndim)(*values.shape)
    kind = str(values.dtype).encode()
    return _library.Tensor(None, kind, values.ctypes.data, shape, values.ndim), (values, shape)


def _sentence(error: BaseException) -> bytes:
    """A message on one line, cut to the space that C has for it."""
    text = " ".join((str(error) or type(error).__name__).split())
    return text.encode("utf-8", "replace")[: _library.Error.message.size - 1]
