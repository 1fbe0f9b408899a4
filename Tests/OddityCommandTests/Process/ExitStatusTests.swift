import Foundation
import Imaging
import Oddity
import ONNXGraph
import Testing

@testable import OddityCommand

@Suite struct ExitStatusTests {
  @Test(arguments: OddityError.Code.allCases)
  func everyDomainErrorHasItsCode(code: OddityError.Code) {
    let others: [OddityError.Code: Int32] = [.usage: 2, .output: 74, .libraryMissing: 69]
    #expect(ExitStatus(OddityError(code, "")).rawValue == others[code] ?? 65)
  }

  @Test func errorsOfTheLayersBelow() {
    #expect(ExitStatus(GraphError(.notONNX, "")) == .badInput)
    #expect(ExitStatus(ImagingError(.noImages, "")) == .badInput)
    #expect(ExitStatus(ImagingError(.decoderMissing, "")) == .engineMissing)
    #expect(ExitStatus(CancellationError()) == .interrupted)
  }

  @Test func aClosedPipeEndsQuietly() {
    let closed = Stop(OddityError(.output, "cannot write", underlying: POSIXError(.EPIPE)))
    #expect(closed.status == .done && closed.message == nil)
    let full = Stop(OddityError(.output, "cannot write", underlying: POSIXError(.ENOSPC)))
    #expect(full.status == .outputFailed && full.message == "cannot write")
  }

  @Test func namesInAModelKeepToTheLine() {
    let stop = Stop(GraphError(.invalidGraph, "the Conv reads 'a\nb\u{1b}[31m'"))
    #expect(stop.message == #"the Conv reads 'a\x0ab\x1b[31m'"#)
  }

  @Test func anUnforeseenErrorIsCalledInternal() {
    struct Unforeseen: Error {}
    let stop = Stop(Unforeseen())
    #expect(stop.status == .internalError && stop.message?.hasPrefix("internal error: ") == true)
  }
}
