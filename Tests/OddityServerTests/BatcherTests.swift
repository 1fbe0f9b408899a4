import Imaging
import Oddity
import Synchronization
import Testing

@testable import OddityServer

struct BatcherTests {
  /// The score of an image has the same bits in a batch with others as alone.
  @Test func answersAreThoseOfImagesAlone() async throws {
    let detector = try await ServerFixture().detector
    let values = ServerFixture.tensors(60, seed: 3)
    let inputs = try (0..<60).map {
      try detector.input(
        .tensor(Array(values[$0 * 3_072..<($0 + 1) * 3_072]), shape: [3, 32, 32]), name: "\($0)")
    }
    var limits = ServerLimits()
    limits.maxBatch = 7
    let batches = Mutex<[Int]>([])
    let batcher = Batcher(detector, limits: limits) { images, _ in batches.withLock { $0.append(images) } }
    let scores = try await withThrowingTaskGroup(of: (Int, Float).self) { group in
      for (index, input) in inputs.enumerated() {
        group.addTask { (index, try await batcher.score(input).image.score) }
      }
      return try await group.reduce(into: [Float](repeating: 0, count: 60)) { $0[$1.0] = $1.1 }
    }
    for (input, score) in zip(inputs, scores) {
      #expect(try await detector.score([input])[0].image.score.bitPattern == score.bitPattern)
    }
    let sizes = batches.withLock(\.self)
    #expect(sizes.reduce(0, +) == 60 && sizes.count < 60 && sizes.allSatisfy { $0 <= 7 })
  }

  /// An incomplete batch runs when its first image has waited long enough.
  @Test(.timeLimit(.minutes(20))) func oneImageDoesNotWaitForOthers() async throws {
    let detector = try await ServerFixture().detector
    let input = try detector.input(
      .tensor(ServerFixture.tensors(1, seed: 2), shape: [3, 32, 32]), name: "x")
    for _ in 0..<20 {
      _ = try await Batcher(detector, limits: ServerLimits()).score(input)
    }
  }

  /// More images than the network's fixed batch size arrive at once.
  @Test func aFixedBatchIsNotExceeded() async throws {
    let detector = try Detector(await ServerFixture.fit("fixed_batch.ts.onnx"), engine: .init())
    let model = try ServedModel(
      "net", detector, options: ServerOptions(), metrics: ServerMetrics(), webhook: nil,
      decoding: .decoding)
    let images = (0..<20).map { EncodedImage(ServerFixture.picture($0), name: "\($0)") }
    let job = ScoringJob(images: images, source: .unnamed, logger: ServerFixture.silent)
    let results = try await model.score(job)
    for (shift, result) in results.enumerated() {
      let alone = try await detector.score(ServerFixture.picture(shift), name: "x")
      #expect(try result.get().image.score == alone.score)
    }
  }

  /// A request that fits is accepted completely. A request that does not fit is refused at once.
  @Test func aGateRefusesWhatComesWhenItIsFull() async throws {
    let gate = Gate(capacity: 3)
    try await gate.pass(2) {
      try await gate.pass(5) {
        await #expect(throws: Problem.self) { try await gate.pass {} }
      }
      try await gate.pass {}
    }
    try await gate.pass(100) {}
  }

  /// A body reserves space piece by piece. A piece that does not fit reserves nothing.
  @Test func aGateGivesBackWhatWasTaken() throws {
    let gate = Gate(capacity: 3)
    try gate.enter(2)
    try gate.enter(5)
    #expect(throws: Problem.self) { try gate.enter(1) }
    #expect(gate.count == 7)
    gate.leave(7)
    try gate.enter(1)
  }
}
