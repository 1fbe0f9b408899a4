import HTTPTypes
import Hummingbird
import NIOCore

extension Request {
  /// The body, whole and in time.
  ///
  /// - Throws: ``Problem`` 413 where it is larger than the server takes, 408 where it comes too slowly.
  func wholeBody(_ limits: ServerLimits) async throws -> ByteBuffer {
    if let length = headers[.contentLength].flatMap(Int.init), length > limits.bodyBytes { throw Problem.bodyTooLarge(limits) }
    return try await withThrowingTaskGroup(of: ByteBuffer.self) { group in
      group.addTask {
        do {
          return try await body.collect(upTo: limits.bodyBytes)
        } catch is NIOTooManyBytesError { throw Problem.bodyTooLarge(limits) }
      }
      group.addTask {
        try await Task.sleep(for: limits.bodyTime)
        throw Problem(.requestTimeout, "the body did not come within \(limits.bodyTime.components.seconds) seconds")
      }
      defer { group.cancelAll() }
      guard let whole = try await group.next() else { throw Problem(.badRequest, "the body broke off") }
      return whole
    }
  }
}

extension Problem {
  fileprivate static func bodyTooLarge(_ limits: ServerLimits) -> Problem {
    Problem(.contentTooLarge, "the body is larger than the \(limits.bodyBytes) bytes that this server takes")
  }
}
