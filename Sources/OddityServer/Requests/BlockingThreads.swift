import NIOCore
import NIOPosix

/// Threads for work that blocks or computes for long, such as decoding and file access.
///
/// Swift's cooperative pool has one thread per core, and all requests share it. Work that occupied all of its
/// threads would delay every answer, even that of a health route.
struct BlockingThreads: Sendable {
  private let pool: NIOThreadPool

  /// Threads for decoding, as many as the machine can run at once.
  static let decoding = BlockingThreads(count: System.coreCount)
  /// One thread for large JSON. Its values take many times the memory of their text, so it is read one body
  /// after another.
  static let largeJSON = BlockingThreads(count: 1)
  /// One thread for files, so that they are written one after another.
  static let storage = BlockingThreads(count: 1)

  init(count: Int) {
    pool = NIOThreadPool(numberOfThreads: count)
    pool.start()
  }

  /// - Throws: what `work` throws.
  func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await pool.runIfActive(work)
  }

  /// Ends the threads. The server's own threads live as long as the process.
  func stop() async throws { try await pool.shutdownGracefully() }
}
