import Imaging
import OddityFit
import ONNXGraph
import Engines

extension Suite {
  /// Does what a line of the suite asks for; what goes wrong is said with the line.
  ///
  /// - Throws: ``OddityError``; errors that are not the suite's (no engine, no disk) as they are.
  func locating<Value>(_ line: Int, _ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch {
      throw located(error, line: line)
    }
  }

  /// The same of what takes its time.
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
  /// Whether another model would have been taken.
  fileprivate var isOfTheModel: Bool {
    switch self {
    case .modelRejected, .shapeMismatch, .unreadableOutput: true
    case .engineMissing, .badDevice, .unsupportedPrecision, .inferenceFailed: false
    }
  }
}
