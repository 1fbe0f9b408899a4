extension CompiledModel {
  /// Finds the fastest batch size of a device, and stores it as ``measuredBatch``. For a processor no
  /// measurement is needed, because its caches decide. Another device needs batches that keep all of it busy
  /// and fit into its memory.
  ///
  /// - Parameters:
  ///   - sample: the shape of one image.
  ///   - limit: the largest size to try. If larger sizes might be faster, nothing is stored.
  /// - Throws: `EngineError` if the network fails for a reason other than memory; `CancellationError`.
  package func measureBatch(sample: [Int], upTo limit: Int) async throws {
    guard batch == nil, measuredBatch == nil, let output = outputs.first?.name else { return }
    let fitting = Self.mostValues / max(sample.reduce(1, *), 1)
    let fastest = try await Self.fastestBatch(upTo: limit, fitting: fitting) { size in
      try await imagesPerSecond(size, sample: sample, output: output)
    }
    keep(measuredBatch: fastest)
  }

  /// Tries increasing sizes, until one is less than a twentieth faster than the previous one, or does not fit
  /// into memory.
  ///
  /// - Parameters:
  ///   - limit: the largest size that is worth its time.
  ///   - fitting: the largest possible size.
  ///   - speed: the images per second with a size.
  /// - Returns: nil if the limit ended the search, and if no size fits.
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
  /// 256 MiB of float32, because several batches wait for the device.
  private static let mostValues = 64 << 20

  /// Runs as many batches at once as the real work will.
  private func imagesPerSecond(_ size: Int, sample: [Int], output: String) async throws -> Double {
    let values = [Float](repeating: 0.5, count: size * sample.reduce(1, *))
    let further = inputs.dropFirst().map { port in
      let shape = [size] + port.shape.dropFirst().map { $0 ?? 1 }
      return (values: [Float](repeating: 0, count: shape.reduce(1, *)), shape: shape)
    }
    @Sendable func run() async throws {
      _ = try await infer(values, shape: [size] + sample, further: further, outputs: [output])
    }
    // In its first run, an engine chooses how it computes this shape.
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
