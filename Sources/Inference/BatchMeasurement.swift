extension CompiledModel {
  /// Finds how many images at once a device is fastest with, and keeps it as ``measuredBatch``. A processor's caches decide that
  /// without a measurement; a device wants as many as keep all of it busy, and holds no more than fit its memory.
  ///
  /// - Parameters:
  ///   - sample: the shape of one image.
  ///   - limit: larger sizes are not tried.
  /// - Throws: `EngineError` where the smallest size does not run; `CancellationError`.
  package func measureBatch(sample: [Int], upTo limit: Int) async throws {
    guard batch == nil, measuredBatch == nil, let output = outputs.first?.name else { return }
    let fitting = Self.mostValues / max(sample.reduce(1, *), 1)
    let fastest = try await Self.fastestBatch(upTo: min(limit, fitting)) { size in
      try await imagesPerSecond(size, sample: sample, output: output)
    }
    keep(measuredBatch: fastest)
  }

  /// Tries rising sizes, until one is less than a twentieth faster than the one before or does not run.
  ///
  /// - Parameter speed: images per second with a size.
  /// - Returns: nil where the limit leaves none.
  package static func fastestBatch(
    upTo limit: Int, speed: (_ size: Int) async throws -> Double
  ) async throws -> Int? {
    var best: (size: Int, speed: Double)?
    for size in sizes where size <= limit {
      do {
        let speed = try await speed(size)
        if let best, speed < 1.05 * best.speed { break }
        best = (size, speed)
      } catch let error as EngineError {
        if best == nil { throw error }
        break
      }
    }
    return best?.size
  }

  private static let sizes = [16, 32, 64, 128, 256, 512]
  /// 256 MiB of float32, since several batches wait for the device.
  private static let mostValues = 64 << 20

  private func imagesPerSecond(_ size: Int, sample: [Int], output: String) async throws -> Double {
    let values = [Float](repeating: 0.5, count: size * sample.reduce(1, *))
    // In the first run an engine chooses how it computes this shape.
    _ = try await infer(values, shape: [size] + sample, outputs: [output])
    let runs = 3
    let elapsed = try await ContinuousClock().measure {
      for _ in 0..<runs { _ = try await infer(values, shape: [size] + sample, outputs: [output]) }
    }
    return Double(runs * size) / max(elapsed / .seconds(1), .leastNonzeroMagnitude)
  }
}
