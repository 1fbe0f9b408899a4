import COddity
import Engines
import Foundation
import Imaging
import Oddity
import OddityCommand
import Synchronization

@c @implementation
public func oddity_command(_ argc: Int32, _ argv: UnsafePointer<UnsafePointer<CChar>?>?) -> Int32 {
  var exit: Int32 = 0
  let status = attempt(nil) {
    let arguments = Array(try requiredTexts(argv, count: Int(argc), "argv").dropFirst())
    exit = try Waiting(listener: nil, context: nil).run { _ in await CommandRunner.beProgram(arguments) }
  }
  return status == Int32(ODDITY_OK) ? exit : status
}

@c @implementation
public func oddity_run(
  _ argc: Int32, _ argv: UnsafePointer<UnsafePointer<CChar>?>?, _ listener: oddity_listener?,
  _ context: UnsafeMutableRawPointer?, _ output: UnsafeMutablePointer<oddity_handle>?,
  _ error: UnsafeMutablePointer<oddity_error>?
) -> Int32 {
  attempt(error) {
    _ = try required(output, "output")
    let arguments = try requiredTexts(argv, count: Int(argc), "argv")
    let (printed, failure) = try Waiting(listener: listener, context: context).run { events in
      await run(arguments, events)
    }
    if failure == nil || failure?.status == Int32(ODDITY_INPUT_FAILED) {
      try output.receive(printed, "output")
    }
    if let failure { throw failure }
  }
}

/// - Returns: the output of the command, and why it ended early.
private func run(_ arguments: [String], _ events: Events) async -> (Bytes, Failure?) {
  Setting.speakOfFlags()
  let printed = Mutex(Bytes())
  let audience = Audience(
    write: { data in printed.withLock { $0.append(contentsOf: data) } },
    say: { events.add(.init(text: $0)) },
    follow: events.follow)
  var failure: Failure?
  do {
    try await NamedSources.$current.withValue(SourceBuilder.named) {
      try await NamedEngines.$current.withValue(.ofDetectors) {
        try await CommandRunner.call(arguments, for: audience)
      }
    }
  } catch let error {
    failure = Failure(error)
  }
  // Help was requested, which is not a failure.
  if failure?.status == Int32(ODDITY_OK) { failure = nil }
  return (printed.withLock { $0 }, failure)
}

@c @implementation
public func oddity_bytes_count(
  _ bytes: oddity_handle, _ count: UnsafeMutablePointer<Int>?, _ error: UnsafeMutablePointer<oddity_error>?
) -> Int32 {
  attempt(error) { try required(count, "count").pointee = try Handles.object(bytes, as: Bytes.self).count }
}

@c @implementation
public func oddity_bytes_copy(
  _ bytes: oddity_handle, _ buffer: UnsafeMutableRawPointer?, _ capacity: Int,
  _ error: UnsafeMutablePointer<oddity_error>?
) -> Int32 {
  attempt(error) {
    let bytes = try Handles.object(bytes, as: Bytes.self)
    guard capacity >= bytes.count else {
      throw Failure.usage("\(bytes.count) bytes do not fit into a buffer of \(capacity)")
    }
    if !bytes.isEmpty { try required(buffer, "buffer").copyMemory(from: bytes, byteCount: bytes.count) }
  }
}
