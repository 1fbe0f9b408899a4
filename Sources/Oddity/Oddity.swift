// One import for a program that detects strangers: the public types of every floor, of images and of the engine.
@_exported import Imaging
@_exported import OddityBenchmark
@_exported import struct ONNXGraph.GraphError
@_exported import class Engines.Engine
@_exported import struct Engines.EngineChoice
@_exported import struct Engines.FoundEngine
@_exported import struct Inference.EngineError
@_exported import enum Inference.Precision
