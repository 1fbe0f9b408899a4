import Imaging
import Oddity

/// What the plain protocol says of an image: the fields of `oddity score`, less the input's name.
struct ScoreAnswer: Encodable {
  private let image: ScoredImage
  private let scores: [String]
  private let label: String?

  init(_ answer: Detector.Answer, of model: ServedModel) {
    (image, scores, label) = (answer.image, model.metadata.scores, model.label(answer.image))
  }

  private enum CodingKeys: String, CodingKey {
    case score, pValue = "p_value", outlier, classIndex = "class", label, confidence, scores
  }

  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(image.score.ifFinite, forKey: .score)
    try fields.encode(image.pValue, forKey: .pValue)
    try fields.encode(image.isOutlier, forKey: .outlier)
    try fields.encode(image.classIndex, forKey: .classIndex)
    try fields.encode(label, forKey: .label)
    try fields.encode(image.confidence.ifFinite, forKey: .confidence)
    guard scores.count > 1 else { return }
    let named = zip(scores, image.scores.map(\.ifFinite))
    try fields.encode(Dictionary(uniqueKeysWithValues: named.map { ($0, $1) }), forKey: .scores)
  }
}

/// The same in a list: an image that cannot be read has an `error`, and the others keep their answers.
struct ListedAnswer: Encodable {
  let name: String
  let result: Result<Detector.Answer, ImagingError>
  let model: ServedModel

  private enum CodingKeys: String, CodingKey { case name, error }

  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(name, forKey: .name)
    switch result {
    case .success(let answer): try ScoreAnswer(answer, of: model).encode(to: encoder)
    case .failure(let error): try fields.encode("\(error)", forKey: .error)
    }
  }
}
