import Imaging
import OddityFit
import ONNXGraph
import Engines

extension Suite {
  /// Does what a line of the suite requests, and adds the line to errors.
  ///
  /// - Throws: ``OddityError``. Errors that the suite does not cause (no engine, disk errors) are thrown
  ///   unchanged.
  func locating<Value>(_ line: Int, _ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch {
      throw located(error, line: line)
    }
  }

  /// The asynchronous variant.
  func locating<Value>(
    _ line: Int, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
  ) async throws -> Value {
    do {
      return try await body()
    } catch {
      throw located(error, line: line)
    }
  }

  private func located(_ error: any Error, line: Int) -> any Error {
    switch error {
    case let error as OddityError where error.code == .output || error.message.hasPrefix("\(file):"): error
    case let error as OddityError where error.code == .noBlocks:
      self.error(
        .noBlocks, line: line,
        "the network has no block that could be selected: leave it out (\(.fit) with it says more)",
        underlying: error)
    case let error as OddityError:
      self.error(error.code == .usage ? .badData : error.code, line: line, error.message, underlying: error)
    case let error as EngineError where error.code.isOfTheModel:
      self.error(.badModel, line: line, "\(error)", underlying: error)
    case let error as GraphError: self.error(.badModel, line: line, "\(error)", underlying: error)
    case let error as ImagingError where error.code != .decoderMissing:
      self.error(.badData, line: line, "\(error)", underlying: error)
    default: error
    }
  }
}

extension EngineError.Code {
  /// Whether another model would avoid the error.
  fileprivate var isOfTheModel: Bool {
    switch self {
    case .modelRejected, .shapeMismatch, .unreadableOutput: true
    case .engineMissing, .badDevice, .unsupportedPrecision, .inferenceFailed: false
    }
  }
}
