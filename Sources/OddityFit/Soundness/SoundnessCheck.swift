import Foundation
import OddityModel
import Engines

/// Whether a compiled network gives an image the same values alone and beside other images, in every run, and
/// on one thread as on all. A fit relies on this. Three seeded pictures, in five small batches, show it.
///
/// The batches run at the same time, because an engine may be wrong in only some of its streams. The check
/// uses the same compiled model as the fit, because two compilations of the same network may differ.
struct SoundnessCheck {
  private let setup: FitSetup
  private let inputs: SoundnessInputs
  private let outputs: [CheckedOutput]

  init(_ setup: FitSetup) {
    self.setup = setup
    inputs = SoundnessInputs(setup.preprocessing, seed: setup.options.seed)
    outputs = CheckedOutput.all(of: setup.probe, logits: setup.classifier.head.logits)
  }

  /// - Parameter model: the probe graph as it is compiled for the fit.
  /// - Returns: the engine's outputs for the first two pictures.
  /// - Throws: ``OddityError`` `.badModel` that states what differs and, if the graph shows it, the probable
  ///   cause.
  func check(_ model: CompiledModel) async throws -> EngineTrace {
    let batches = [[0], [0], [1], inputs.company(in: model.batch)]
    let rows = try await withThrowingTaskGroup(of: (Int, SoundnessRows?).self) { group in
      for (place, pictures) in batches.enumerated() {
        group.addTask { (place, try await self.rows(pictures, by: model)) }
      }
      return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    let reference = try await rowsOnOtherThreads()
    guard let first = rows[0], let second = rows[1], let other = rows[2] else {
      return EngineTrace(reference, by: setup.engine)
    }
    let judge = SoundnessJudge(
      outputs: outputs, reference: reference, tolerance: setup.soundnessTolerance,
      classifier: setup.classifier)
    try judge.refuseNumberless()
    try await NumberCheck(setup)?.check(inputs)
    try judge.compare([(first, 0, second, 0)], as: .repetition)
    if let company = rows[3] {
      let pairs = company.pictures.enumerated().compactMap { position, picture in
        picture < 2 ? ([first, other][picture], 0, company, position) : nil
      }
      try judge.compare(pairs, as: .neighbours)
    }
    let engine = setup.engine
    try judge.compare(
      [(reference, 0, first, 0), (reference, 1, other, 0)],
      as: engine.isOnProcessor ? .threads : .device(engine.description))
    return EngineTrace(first.followed(by: other), by: setup.engine)
  }

  /// The engine's outputs for pictures in one batch; nil if a network that will be run image by image does
  /// not take several.
  private func rows(_ pictures: [Int], by model: CompiledModel) async throws -> SoundnessRows? {
    do {
      return try await inputs.rows(pictures, by: model, outputs: outputs)
    } catch  where setup.options.run.batchSize == 1 && pictures.count > 1 && !(error is CancellationError) {
      return nil
    } catch let error as EngineError where error.code == .inferenceFailed && pictures.count > 1 {
      throw OddityError(
        .badModel,
        "\(setup.classifier.model.name) declares that it takes several images at once, but fails on a batch: "
          + "export it with a dynamic batch dimension throughout, or pass \(.batchSize, "1") "
          + "(\(error.message))")
    } catch let error as EngineError
      where setup.engine.isOnProcessor && error.code == .inferenceFailed && !error.isOutOfMemory
    {
      // A device may be lost. The processor stays, so the network must be at fault.
      throw OddityError(
        .badModel,
        "\(setup.classifier.model.name) fails even on a single image: export it again (\(error.message))"
      )
    }
  }

  /// The first two pictures, one after another, with another number of threads than the fit. If the fit uses
  /// another device, they run on the processor.
  private func rowsOnOtherThreads() async throws -> SoundnessRows {
    let threads = setup.options.run.threads ?? ProcessInfo.processInfo.activeProcessorCount
    let model = try setup.engine.onProcessor().compile(
      setup.probe.bytes, of: setup.classifier.engineModel,
      options: EngineOptions(
        threads: threads == 1 ? 2 : 1, precision: setup.options.run.precision, requests: 1)
    )
    let first = try await inputs.rows([0], by: model, outputs: outputs)
    return first.followed(by: try await inputs.rows([1], by: model, outputs: outputs))
  }
}

/// An output whose values are compared.
struct CheckedOutput: Sendable {
  /// The name of the output in the engine.
  let name: String
  /// The name of the output in messages.
  let title: String
  let width: Int
  let isLogits: Bool

  /// The logits, and the FeatureNorm of every candidate.
  static func all(of probe: ProbeGraph, logits: String) -> [CheckedOutput] {
    zip(zip(probe.outputs, probe.layout.taps), probe.layout.widths).compactMap { output, width in
      switch output.1 {
      case .logits:
        CheckedOutput(name: output.0, title: "the logits '\(logits)'", width: width, isLogits: true)
      case .featureNorm(let block):
        CheckedOutput(
          name: output.0, title: "the FeatureNorm of '\(block.tensor)'", width: width, isLogits: false)
      default: nil
      }
    }
  }
}
