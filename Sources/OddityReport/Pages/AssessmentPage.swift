import Imaging
import Oddity

/// The report of an assessment of a batch without labels.
public struct AssessmentPage: Sendable {
  private let assessment: Assessment
  private let guarded: GuardedModel
  private let source: any ImageSource
  private let maps: [Int: ScoreMap]
  private let engine: String?

  /// - Parameters:
  ///   - source: the source from which pictures are read again. A picture that cannot be read is left blank.
  ///   - maps: the maps that are drawn over the pictures, by their positions in the source.
  ///   - engine: engine, version and device, for the settings.
  public init(
    _ assessment: Assessment, _ guarded: GuardedModel, source: any ImageSource, maps: [Int: ScoreMap] = [:],
    engine: String? = nil
  ) {
    (self.assessment, self.guarded, self.source) = (assessment, guarded, source)
    (self.maps, self.engine) = (maps, engine)
  }

  /// One self-contained HTML file.
  public var html: String {
    Page(
      title: "Assessment of \(source.description)",
      summary: assessment.warnings.map { Page.warning($0.text) } + words.map(Page.paragraph),
      sections: gates + [
        scores, groups, Page.section("Settings", [Settings(guarded.metadata, engine: engine).markup]),
      ]
    ).html
  }

  private var words: [String] {
    let images = Figures.count(assessment.images, "image")
    let strange = assessment.strange
    let flagged =
      "\(Figures.percent(assessment.flagged)) of \(images) are flagged as outliers; among in-distribution "
      + "images it would be \(Figures.percent(assessment.alpha)). At least "
      + "\(Figures.percent(strange.shareAtLeast)) of the images are strange, with 95\(Figures.percentSign) "
      + "confidence; the exact number cannot be known."
    let shift =
      "p-value of the shift: \(Figures.decimal(assessment.shift.pValue, 4)). It is small if the batch does "
      + "not look like the calibration images to the model."
    return [flagged, shift, accuracy]
  }

  private var accuracy: String {
    guard let accepted = assessment.accuracyOfAccepted, let all = assessment.accuracy else {
      return "The expected accuracy is unknown (\(assessment.accuracyWithheld ?? ""))."
    }
    return
      "The classifier is expected to be right about \(text(accepted)) of the "
      + "\(Figures.count(accepted.images, "image")) that are not flagged, and about \(text(all)) of all "
      + "images, provided that every image shows one of its classes."
  }

  private func text(_ estimate: AccuracyEstimate) -> String {
    "\(Figures.percent(estimate.value)) (\(Figures.percent(estimate.interval[0])) to \(Figures.percent(estimate.interval[1])))"
  }

  private var gates: [Markup] {
    guard !assessment.gates.isEmpty else { return [] }
    let table = DataTable(
      "Limits that the batch must keep", assessment.gates,
      [
        .text("gate") { "--\($0.gate.rawValue)" }, .number("limit") { Figures.decimal($0.limit, 4) },
        .number("found") { Figures.decimal($0.value, 4) },
        .text("verdict") { $0.passes ? "passed" : "failed" },
      ], isChosen: { !$0.passes })
    return [Page.section("Gates", [table.markup])]
  }

  private var scores: Markup {
    let known = ((try? guarded.calibrationSample()) ?? nil)?.scores ?? []
    let figure = ScoreFigures(
      score: guarded.metadata.score,
      samples: [("calibration images", known, nil), ("this batch", assessment.scores, nil)],
      threshold: ScoreThreshold(guarded.metadata.threshold, groups: guarded.metadata.calibrationGroups)
    ).histogram
    return Page.section("Scores", [Page.figures([figure])])
  }

  private var groups: Markup {
    guard !assessment.groups.isEmpty else {
      return Page.section("Flagged images", [Page.paragraph("No image is flagged.")])
    }
    let reader = PictureReader(
      preprocessing: guarded.metadata.preprocessing, sources: [source], maps: [0: maps])
    let sections = assessment.groups.enumerated().map { number, group in
      Page.section(
        "Group \(number + 1): \(Figures.count(group.images, "image"))", level: 3,
        [Page.paragraph("The classifier mostly predicts \(group.takenFor)."), pictures(of: group, reader)])
    }
    return Page.section(
      "Flagged images that look alike",
      [
        Page.paragraph(
          "Groups of the strangest images that look alike to the network, the most typical ones first."
            + (guarded.metadata.map.map { " \($0.legend)" } ?? ""))
      ] + sections)
  }

  private func pictures(of group: StrangeGroup, _ reader: PictureReader) -> Markup {
    let requests = group.examplesFound.map {
      PictureReader.Request(
        source: 0, position: $0.position, score: $0.score, pValue: Double($0.pValue), isFlagged: true)
    }
    return .element("ul", ["class": "pictures"], reader.pictures(of: requests).map(\.markup))
  }
}
