import Foundation
import Imaging
import Oddity
import ONNXGraph
import Engines

/// Why the command ends early: its exit code, and the message for standard error.
package struct Stop: Error {
  package let status: ExitStatus
  /// nil if there is no message.
  package let message: String?

  init(status: ExitStatus, message: String?) {
    (self.status, self.message) = (status, message)
  }

  /// Wraps an error of the layers below. If the reader has closed the pipe, the command ends without a
  /// message.
  package init(_ error: any Error) {
    if ((error as? OddityError)?.underlying as? POSIXError)?.code == .EPIPE {
      self.init(status: .done, message: nil)
      return
    }
    let status = ExitStatus(error)
    // Messages contain names of nodes and tensors, which can be any text.
    let message = FileName.shownOnOneLine("\(error)")
    self.init(status: status, message: status == .internalError ? "internal error: \(message)" : message)
  }
}

/// The exit codes of the command. The numbers follow `sysexits.h` where it defines one.
package enum ExitStatus: Int32, Sendable {
  case done = 0
  /// The work is done, but at least one input failed, and each failure was reported.
  case inputFailed = 1
  case usage = 2
  case badInput = 65
  case engineMissing = 69
  case internalError = 70
  case outputFailed = 74
  /// The code that shells use for SIGINT.
  case interrupted = 130

  /// The exit code for an error of any layer.
  init(_ error: any Error) {
    self =
      switch error {
      case let error as OddityError: ExitStatus(error.code)
      case let error as EngineError: ExitStatus(error.code)
      case let error as ImagingError: error.code == .decoderMissing ? .engineMissing : .badInput
      case is GraphError: .badInput
      case is CancellationError: .interrupted
      default: .internalError
      }
  }

  private init(_ code: OddityError.Code) {
    self =
      switch code {
      case .usage: .usage
      case .badModel, .badData, .tooFewCalibrationImages, .noBlocks, .noHead, .alreadyGuarded, .notGuarded:
        .badInput
      case .output: .outputFailed
      case .libraryMissing: .engineMissing
      }
  }

  private init(_ code: EngineError.Code) {
    self =
      switch code {
      case .engineMissing: .engineMissing
      case .unsupportedPrecision, .badDevice: .usage
      case .modelRejected, .shapeMismatch, .unreadableOutput: .badInput
      case .inferenceFailed: .internalError
      }
  }
}
