import OddityModel

extension Observations {
  /// Adds parts as if all their images had been observed here, family after family. The images of a family
  /// are added in the order of a single pass.
  ///
  /// - Throws: ``OddityError`` `.badData` if a part's arrays do not fit each other or the fit; `.output` if
  ///   the disk is full.
  mutating func append(_ parts: PartSet, to setup: FitSetup) throws(OddityError) {
    for part in parts.parts {
      statistics.merge(
        sample: try part.sample(FitPart.Names.sample, of: setup), sums: try part.sums(like: statistics.sums),
        smallestFeature: part.summary.smallestFeature ?? .infinity, count: part.summary.fitImages)
      for kind in setup.sampledKinds.indices {
        append(try part.sample(FitPart.Names.sampledKind(kind), of: setup), ofSampledKind: kind)
      }
      if let others = part.summary.confidence { append(others) }
      if let inputs = part.summary.inputs { append(inputs) }
    }
    try append(signaturesOf: parts, of: setup)
    for family in parts.families {
      var cursors = try family.map { part throws(OddityError) in
        try PartCursor(part, of: setup)
      }
      for index in Self.order(of: family) {
        let (image, row, pseudo) = cursors[index].next()
        try append(image, row: row, pseudo: pseudo)
      }
    }
  }

  /// The signatures of all parts; empty if their images come in forms that cannot be compared.
  private mutating func append(signaturesOf parts: PartSet, of setup: FitSetup) throws(OddityError) {
    let replays = setup.signatureReplays(inputs)
    guard parts.parts.allSatisfy({ setup.signatureReplays($0.summary.inputs).isLike(replays) }) else {
      return
    }
    for part in parts.parts {
      signatures.append(try part.signatures(like: replays, classes: setup.classifier.classes))
    }
  }

  /// For each image, the part that it comes from.
  private static func order(of family: [FitPart]) -> [Int] {
    struct Place {
      let selection: Int32
      let need: UInt8
      let position: Int32
      let part: Int32
    }
    var places: [Place] = []
    for (index, part) in family.enumerated() {
      places += part.images.map {
        Place(
          selection: $0.selection, need: $0.need.rawValue, position: $0.position,
          part: Int32(index))
      }
    }
    places.sort {
      ($0.selection, $0.need, $0.position, $0.part) < ($1.selection, $1.need, $1.position, $1.part)
    }
    return places.map { Int($0.part) }
  }
}

extension FitPart {
  /// The signatures of some of its calibration images; empty if the Oddity that made the part did not compute
  /// them.
  fileprivate func signatures(
    like form: SignatureReplays, classes classCount: Int
  ) throws(OddityError) -> [SignatureSample.Entry] {
    guard archive.contains(Names.signatureKeys), archive.contains(Names.signatureReplayClasses) else {
      return []
    }
    let (width, copies) = (form.form.features.count, form.replays.count)
    let keys = try archive.words(Names.signatureKeys)
    let classes = try archive.integers(Names.signatureClasses)
    let own = try archive.rows(Names.signatures)
    let replays = try archive.rows(Names.signatureReplays)
    let replayClasses = try archive.integers(Names.signatureReplayClasses)
    guard classes.count == keys.count, own.count == keys.count, own.width == width,
      replays.count <= keys.count, replays.width == copies * width || replays.count == 0,
      classes.allSatisfy({ 0..<classCount ~= Int($0) }), replayClasses.count == replays.count * copies,
      replayClasses.allSatisfy({ 0..<classCount ~= Int($0) })
    else { throw Self.inconsistent(path) }
    return keys.indices.map { image in
      let row = image < replays.count ? replays[image] : []
      return SignatureSample.Entry(
        key: keys[image], signature: ImageSignature(values: own[image], classIndex: Int(classes[image])),
        replays: row.isEmpty
          ? []
          : (0..<copies).map {
            ImageSignature(
              values: Array(row[$0 * width..<($0 + 1) * width]),
              classIndex: Int(replayClasses[image * copies + $0]))
          })
    }
  }

  /// The rows of a bounded sample.
  fileprivate func sample(_ names: Names.Sample, of setup: FitSetup) throws(OddityError) -> [RowSample.Row] {
    let keys = try archive.words(names.key)
    let contentHashes = try archive.words(names.contentHash)
    let truths = try archive.integers(names.truth)
    let rows = try archive.rows(names.rows)
    guard rows.width == setup.probe.layout.sampled.width,
      [contentHashes.count, truths.count, rows.count].allSatisfy({ $0 == keys.count }),
      truths.allSatisfy({ -1..<setup.classifier.classes ~= Int($0) })
    else { throw Self.inconsistent(path) }
    return keys.indices.map {
      RowSample.Row(
        key: keys[$0], contentHash: contentHashes[$0], values: rows[$0],
        truth: truths[$0] < 0 ? nil : Int(truths[$0]))
    }
  }

  /// The running sums of the part, of the same kinds as the fit's.
  fileprivate func sums(like sums: FitStatistics.Sums) throws(OddityError) -> FitStatistics.Sums {
    var own = FitStatistics.Sums()
    own.plain.moments = try moments(Names.moments, like: sums.plain.moments)
    own.plain.classes = try classes(Names.classes, like: sums.plain.classes)
    own.normalised.moments = try moments(Names.normalisedMoments, like: sums.normalised.moments)
    own.normalised.classes = try classes(Names.normalisedClasses, like: sums.normalised.classes)
    own.gramRanges = try ranges(Names.gramRanges, like: sums.gramRanges)
    return own
  }

  private func moments(_ name: String, like: FeatureMoments?) throws(OddityError) -> FeatureMoments? {
    guard let width = like?.width else { return nil }
    let count = try archive.words("\(name).count")
    let pivot = try archive.doubles("\(name).pivot")
    let sum = try archive.doubles("\(name).sum")
    let scatter = try archive.doubles("\(name).scatter")
    guard count.count == 1, Int(clamping: count[0]) == summary.fitImages, pivot.count == width,
      sum.count == width,
      scatter.count == width * width
    else { throw Self.inconsistent(path) }
    return try FeatureMoments(count: summary.fitImages, pivot: pivot, sum: sum, scatter: scatter)
  }

  private func classes(_ name: String, like: ClassStatistics?) throws(OddityError) -> ClassStatistics? {
    guard let like else { return nil }
    let unlabelled = try archive.words("\(name).unlabelled")
    guard unlabelled.count == 1, unlabelled[0] <= summary.fitImages else { throw Self.inconsistent(path) }
    return ClassStatistics(
      predicted: try classSums("\(name).predicted", like: like.predicted),
      truth: try classSums("\(name).truth", like: like.truth),
      correct: try classSums("\(name).correct", like: like.correct), unlabelled: Int(clamping: unlabelled[0]))
  }

  private func ranges(_ name: String, like: ClassRanges?) throws(OddityError) -> ClassRanges? {
    guard let like else { return nil }
    let counts = try archive.words("\(name).counts")
    let minima = try archive.floats("\(name).minima")
    let maxima = try archive.floats("\(name).maxima")
    guard counts.count == like.counts.count, minima.count == like.minima.count,
      maxima.count == like.maxima.count,
      counts.allSatisfy({ $0 <= summary.fitImages })
    else { throw Self.inconsistent(path) }
    return ClassRanges(
      segments: like.segments, counts: counts.map { Int(clamping: $0) }, minima: minima, maxima: maxima)
  }

  private func classSums(_ name: String, like: ClassSums) throws(OddityError) -> ClassSums {
    let counts = try archive.words("\(name).counts")
    let sums = try archive.doubles("\(name).sums")
    guard counts.count == like.counts.count, sums.count == counts.count * like.width,
      counts.allSatisfy({ $0 <= summary.fitImages })
    else {
      throw Self.inconsistent(path)
    }
    return ClassSums(counts: counts.map { Int(clamping: $0) }, sums: sums)
  }
}
