// One import for a program that detects strangers: the public types of every floor, of images and of the engine.
@_exported import Imaging
@_exported import OddityBenchmark
@_exported import struct ONNXGraph.GraphError
@_exported import class OpenVINORuntime.Engine
@_exported import struct OpenVINORuntime.EngineError
@_exported import enum OpenVINORuntime.Precision
