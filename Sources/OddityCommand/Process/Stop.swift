import Foundation
import Imaging
import Oddity
import ONNXGraph
import Engines

/// Why the command ends early: its exit code, and what it says on standard error.
package struct Stop: Error {
  package let status: ExitStatus
  /// Nil where nothing is to be said.
  package let message: String?

  init(status: ExitStatus, message: String?) {
    (self.status, self.message) = (status, message)
  }

  /// An error of the layers below. A reader who closed the pipe has had enough: that ends quietly.
  package init(_ error: any Error) {
    if ((error as? OddityError)?.underlying as? POSIXError)?.code == .EPIPE {
      self.init(status: .done, message: nil)
      return
    }
    let status = ExitStatus(error)
    // Messages name nodes and tensors, and a file may call them anything.
    let message = FileName.shownOnOneLine("\(error)")
    self.init(status: status, message: status == .internalError ? "internal error: \(message)" : message)
  }
}

/// What the command's exit code tells the shell; the numbers follow `sysexits.h` where it has one.
package enum ExitStatus: Int32, Sendable {
  case done = 0
  /// Done, and at least one input failed; each was reported.
  case inputFailed = 1
  case usage = 2
  case badInput = 65
  case engineMissing = 69
  case internalError = 70
  case outputFailed = 74
  /// As shells count SIGINT.
  case interrupted = 130

  /// What an error of any layer means for the caller.
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
