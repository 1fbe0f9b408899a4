import Engines
import OddityModel
import ONNXGraph

/// A map of positions with its calibration, made in a second pass over calibration images after the block is
/// selected.
struct FittedMap {
  let map: PositionMap
  let stored: StoredMap

  var report: MapReport { MapReport(map, stored) }
}

extension FittedMap {
  /// - Parameters:
  ///   - score: the calibrated score.
  ///   - selected: the block of FeatureNorm.
  /// - Returns: nil if no map was requested.
  /// - Throws: ``OddityError`` `.usage` if the map's block has no fixed height and width; the engine's
  ///   errors.
  init?(_ setup: FitSetup, _ data: InDistributionData, score: ScoreName, selected: Block) async throws {
    guard let choice = setup.options.map else { return nil }
    map = try await setup.map(choice, score: score, selected: selected)
    var appendix = Appendix(to: setup.classifier.engineModel)
    appendix.addMap(map, of: setup.classifier)
    let model = try setup.engine.compile(
      appendix.appended(to: setup.classifier.engineModel), of: setup.classifier.engineModel,
      options: setup.options.run.engineOptions)
    let maps = try await Self.maps(setup, data, by: model, map)
    guard maps.contains(where: { $0.contains { $0 > -.infinity } }) else {
      throw OddityError(
        .badData,
        "the map of '\(map.block.tensor)' is not finite on any calibration image: leave out \(.map), or name "
          + "another feature map"
      )
    }
    stored = StoredMap(maps, height: map.height, width: map.width)
  }

  /// The maps of the calibration images with the smallest keys. Images that cannot be read were reported
  /// before. A value that is not a number counts as the lowest one, as in ``StoredMap/pValues(_:)``.
  private static func maps(
    _ setup: FitSetup, _ data: InDistributionData, by model: CompiledModel, _ map: PositionMap
  ) async throws -> [[Float]] {
    let most = StoredMap.mostImages(height: map.height, width: map.width)
    let sample = data.calibrationSample(of: most).filter { !$0.positions.isEmpty }
    let total = sample.reduce(0) { $0 + $1.positions.count }
    let positions = map.height * map.width
    var maps: [[Float]] = []
    for selection in sample {
      try await setup.pipeline(model).run(selection.source, selecting: selection.positions) { batch in
        let count = batch.items.count
        let values = try await model.infer(
          batch.values, shape: [count] + setup.preprocessing.sampleShape, outputs: [GuardedModel.Output.map]
        ).floats(GuardedModel.Output.map, images: count, width: positions)
        return (0..<count).map { Array(values[$0 * positions..<($0 + 1) * positions]) }
      } consume: { outcome in
        if case .success(let map) = outcome.result { maps.append(map.map { $0.isNaN ? -.infinity : $0 }) }
        setup.options.run.progress(Progress(task: "calibrating the map", done: maps.count, total: total))
      }
    }
    return maps
  }
}

extension FitSetup {
  fileprivate func map(
    _ choice: FitOptions.MapChoice, score: ScoreName, selected: Block
  ) async throws -> PositionMap {
    if case .named(let name) = choice {
      return try PositionMap(.featureNorm, at: classifier.block(name), model: classifier.model.name)
    }
    // With a temperature, the energy has another gradient.
    if score == .energy, form == .softmax, !options.settings.concern(.energy), classifier.head.isLinear,
      let pooled = try? classifier.requirePooledFeatures(), pooled.map.height != nil, pooled.map.width != nil
    {
      let head = try await LinearHead(of: classifier, engine: engine)
      return try PositionMap(.energy(head), at: pooled.map, model: classifier.model.name)
    }
    return try PositionMap(.featureNorm, at: selected, model: classifier.model.name)
  }
}
