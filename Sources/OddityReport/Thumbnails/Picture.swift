import Foundation
import Imaging

/// One image to be shown, with what was found of it.
struct Picture: Sendable {
  /// Nil where the image cannot be read again.
  let thumbnail: Thumbnail?
  let name: String
  let score: Float
  let pValue: Double
  let isFlagged: Bool

  /// The side of the square that it fits, in pixels, and the JPEG quality: 200 of them, of noise even, stay below
  /// 1.5 MB.
  static let side = 80
  static let quality = 75

  var markup: Markup {
    let facts = "score \(Figures.significant(Double(score))), p-value \(Figures.decimal(pValue, 4))"
    let verdict = isFlagged ? ", flagged" : ""
    return .element(
      "li", ["class": isFlagged ? "flagged" : nil],
      [
        image(alternative: "\(name): \(facts)\(verdict)"),
        .element("span", ["class": "file", "title": name], [.name(shortName)]),
        .element("span", [:], Figures.significant(Double(score))),
        .element("span", [:], "p \(Figures.decimal(pValue, 4))"),
      ])
  }

  private func image(alternative: String) -> Markup {
    guard let thumbnail else {
      return .element("span", ["class": "missing"], "cannot be shown")
    }
    // Few pixels are shown as they are, not smoothed.
    let isCoarse = max(thumbnail.width, thumbnail.height) < Self.side * 3 / 4
    return .element(
      "img",
      [
        "src": "data:image/jpeg;base64," + Data(thumbnail.jpeg).base64EncodedString(), "alt": alternative,
        "width": "\(thumbnail.width)", "height": "\(thumbnail.height)", "class": isCoarse ? "coarse" : nil,
      ])
  }

  /// The last component of the path.
  private var shortName: String {
    name.split(separator: "/").last.map(String.init) ?? name
  }
}
