import Imaging
import ONNXGraph
import Oddity
import OpenVINORuntime

/// What the command's exit code tells the shell; the numbers follow `sysexits.h` where it has one.
enum ExitStatus: Int32 {
  case done = 0
  /// Done, and at least one input failed; each was reported.
  case inputFailed = 1
  case usage = 2
  case badInput = 65
  case engineMissing = 69
  case internalError = 70
  case outputFailed = 74

  /// What an error of any layer means for the caller.
  init(_ error: any Error) {
    self =
      switch error {
      case let error as OddityError: ExitStatus(error.code)
      case let error as EngineError: ExitStatus(error.code)
      case let error as ImagingError: error.code == .decoderMissing ? .engineMissing : .badInput
      case is GraphError: .badInput
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
      case .unsupportedPrecision: .usage
      case .modelRejected, .shapeMismatch, .unreadableOutput: .badInput
      case .inferenceFailed: .internalError
      }
  }
}
