extension CompiledModel {
  /// Finds how many images at once a device is fastest with, and keeps it as ``measuredBatch``. A processor's caches decide that
  /// without a measurement; a device wants as many as keep all of it busy, and holds no more than fit its memory.
  ///
  /// The sizes are tried in their order, until one is less than a twentieth faster than the one before or does not fit.
  ///
  /// - Parameters:
  ///   - sample: the shape of one image.
  ///   - limit: larger sizes are not tried.
  /// - Throws: `EngineError` where the first size does not run; `CancellationError`.
  package func measureBatch(sample: [Int], upTo limit: Int) async throws {
    guard batch == nil, measuredBatch == nil, let output = outputs.first?.name else { return }
    let length = sample.reduce(1, *)
    var best: (size: Int, imagesPerSecond: Double)?
    for size in Self.sizes where size <= limit && size * length <= Self.mostValues {
      let speed: Double
      do {
        speed = try await imagesPerSecond(size, sample: sample, output: output)
      } catch let error as EngineError {
        if best == nil { throw error }
        break
      }
      if let best, speed < 1.05 * best.imagesPerSecond { break }
      best = (size, speed)
    }
    keep(measuredBatch: best?.size)
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
