extension Preprocessing {
  /// This preprocessing as the content of a JSON file, with another height and width: what a user may paste.
  func text(leadingTo size: ImageSize) -> String {
    let preset = Preset.allCases.first { $0.preprocessing.hasSameValues(as: self) }
    var keys: [(String, String)] = preset.map { [("preset", "\"\($0.rawValue)\"")] } ?? valueKeys
    let sides = "[\(size.height), \(size.width)]"
    keys.append(("resize", sides))
    // A preset's crop would stay.
    if preset?.preprocessing.crop != nil { keys.append(("crop", sides)) }
    keys += [
      ("alpha", alpha.map { "\"\($0.rawValue)\"" }), ("layout", layout.map { "\"\($0.rawValue)\"" }),
      ("exif_orientation", exifOrientation.map { "\($0)" }),
    ].compactMap { key, value in value.map { (key, $0) } }
    return "{" + keys.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}"
  }

  /// What becomes of values, key by key.
  private var valueKeys: [(String, String)] {
    [
      ("interpolation", interpolation.map { "\"\($0.rawValue)\"" }),
      ("channels", channels.map { "\"\($0.rawValue)\"" }), ("mean", mean.map { "\($0)" }),
      ("std", std.map { "\($0)" }), ("rescale_factor", rescaleFactor.map { "\($0)" }),
    ].compactMap { key, value in value.map { (key, $0) } }
  }

  private func hasSameValues(as other: Preprocessing) -> Bool {
    mean == other.mean && std == other.std && rescaleFactor == other.rescaleFactor
      && channels == other.channels
      && interpolation == other.interpolation
  }
}
