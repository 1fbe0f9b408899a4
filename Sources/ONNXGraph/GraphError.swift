/// What can be wrong with an ONNX model, in words that name the offender and say what to do.
public struct GraphError: Error, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable {
    /// The file cannot be opened or read.
    case unreadable
    /// The bytes are no ONNX model, or only part of one.
    case notONNX
    /// Sound ONNX that cannot be edited here (an old operator set, local functions that recurse).
    case unsupported
    /// External data that is missing, too short, or outside the model's folder.
    case externalData
    /// A tensor that was asked for by name does not exist.
    case noSuchTensor
    /// The nodes' wiring contradicts itself (a cycle, two nodes that write one tensor).
    case invalidGraph
  }

  public let code: Code
  public let message: String
  public let underlying: (any Error)?

  public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.underlying = underlying
  }

  public var description: String { message }
}
