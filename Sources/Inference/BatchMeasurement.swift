extension CompiledModel {
  /// Finds how many images at once a device is fastest with, and keeps it as ``measuredBatch``. A processor's caches decide that
  /// without a measurement; a device wants as many as keep all of it busy, and holds no more than fit its memory.
  ///
  /// - Parameters:
  ///   - sample: the shape of one image.
  ///   - limit: larger sizes are not tried. Where they might be faster, nothing is kept.
  /// - Throws: `EngineError` where the network does not run for another reason than its memory; `CancellationError`.
  package func measureBatch(sample: [Int], upTo limit: Int) async throws {
    guard batch == nil, measuredBatch == nil, let output = outputs.first?.name else { return }
    let fitting = Self.mostValues / max(sample.reduce(1, *), 1)
    let fastest = try await Self.fastestBatch(upTo: limit, fitting: fitting) { size in
      try await imagesPerSecond(size, sample: sample, output: output)
    }
    keep(measuredBatch: fastest)
  }

  /// Tries rising sizes, until one is less than a twentieth faster than the one before or does not fit into memory.
  ///
  /// - Parameters:
  ///   - limit: of the sizes that are worth their time.
  ///   - fitting: of the sizes that are possible.
  ///   - speed: images per second with a size.
  /// - Returns: nil where the limit ended the search, and where no size fits.
  package static func fastestBatch(
    upTo limit: Int, fitting: Int = .max, speed: (_ size: Int) async throws -> Double
  ) async throws -> Int? {
    var best: (size: Int, speed: Double)?
    for size in sizes where size <= fitting {
      guard size <= limit else { return nil }
      do {
        let speed = try await speed(size)
        if let best, speed < 1.05 * best.speed { break }
        best = (size, speed)
      } catch let error as EngineError where error.isOutOfMemory {
        break
      }
    }
    return best?.size
  }

  private static let sizes = [16, 32, 64, 128, 256, 512]
  /// 256 MiB of float32, since several batches wait for the device.
  private static let mostValues = 64 << 20

  /// As many batches at once as in the work that follows.
  private func imagesPerSecond(_ size: Int, sample: [Int], output: String) async throws -> Double {
    let values = [Float](repeating: 0.5, count: size * sample.reduce(1, *))
    let further = inputs.dropFirst().map { port in
      let shape = [size] + port.shape.dropFirst().map { $0 ?? 1 }
      return (values: [Float](repeating: 0, count: shape.reduce(1, *)), shape: shape)
    }
    @Sendable func run() async throws {
      _ = try await infer(values, shape: [size] + sample, further: further, outputs: [output])
    }
    // In the first run an engine chooses how it computes this shape.
    try await run()
    let elapsed = try await ContinuousClock().measure {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<requestCount { group.addTask { try await run() } }
        try await group.waitForAll()
      }
    }
    return Double(requestCount * size) / max(elapsed / .seconds(1), .leastNonzeroMagnitude)
  }
}
