import NIOCore
import NIOPosix

/// Threads for work that blocks or computes for long, such as decoding and files.
///
/// Swift's cooperative pool has one thread a core, and everything that answers requests shares them: work that held them all
/// would keep even a health route from answering.
struct BlockingThreads: Sendable {
  private let pool: NIOThreadPool

  /// For decoding; as many as the machine can run at once.
  static let decoding = BlockingThreads(count: System.coreCount)
  /// For files, which are written one after the other.
  static let storage = BlockingThreads(count: 1)

  init(count: Int) {
    pool = NIOThreadPool(numberOfThreads: count)
    pool.start()
  }

  /// - Throws: what `work` throws.
  func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await pool.runIfActive(work)
  }

  /// Ends the threads; those of the server live as long as the process.
  func stop() async throws { try await pool.shutdownGracefully() }
}
