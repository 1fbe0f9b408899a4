import Inference
import Testing

@Suite struct RequestPoolTests {
  private final class Request: InferenceRequest {
    func run(_ inputs: [InputBatch], outputs: [String]) async throws -> [OutputTensor] { [] }
  }

  @Test func cancelledWaiterLeavesTheQueue() async throws {
    let only = Request()
    let pool = RequestPool([only])
    _ = try await pool.take()
    let waiting = Task { try await pool.take() }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    pool.giveBack(only)
    #expect(try await pool.take() === only)
  }

  @Test func waitersAreServedWhenARequestComesBack() async throws {
    let only = Request()
    let pool = RequestPool([only])
    let served = try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<20 {
        group.addTask {
          let request = try await pool.take()
          await Task.yield()
          pool.giveBack(request)
        }
      }
      return try await group.reduce(into: 0) { count, _ in count += 1 }
    }
    #expect(served == 20)
    #expect(try await pool.take() === only)
  }

  @Test func cancelledTaskTakesNothing() async throws {
    let pool = RequestPool([Request()])
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await pool.take()
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
