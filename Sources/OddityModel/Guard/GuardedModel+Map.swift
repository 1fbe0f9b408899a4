import OddityScores

extension GuardedModel {
  /// The quantiles of the model's map.
  ///
  /// - Throws: ``OddityError`` `.usage` if it was fitted without a map, `.badModel` if the map is damaged.
  func map() throws(OddityError) -> StoredMap {
    guard let report = metadata.map, let json = model.metadata[StoredMap.key] else {
      throw OddityError(.usage, "\(model.name) has no map of positions: fit it again with \(.map)")
    }
    guard let map = StoredMap(json: json), map.height == report.height, map.width == report.width,
      map.images == report.calibrationImages,
      model.graph.outputs.contains(where: { $0.name == Output.map })
    else {
      throw OddityError(.badModel, "\(model.name) has a map that is damaged: fit it again with \(.map)")
    }
    return map
  }

  /// The map, if there is one.
  var storedMap: StoredMap? {
    get throws(OddityError) { metadata.map == nil ? nil : try map() }
  }
}
