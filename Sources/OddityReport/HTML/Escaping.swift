/// Text as HTML and XML can hold it.
enum Escaping {
  /// Between tags.
  static func text(_ text: String) -> String {
    escaped(text) { _ in nil }
  }

  /// Within double quotes; line breaks and tabs are kept by number, or a parser would make spaces of them.
  static func attribute(_ text: String) -> String {
    escaped(text) { scalar in
      switch scalar {
      case "\"": "&quot;"
      case "\n": "&#10;"
      case "\t": "&#9;"
      default: nil
      }
    }
  }

  private static func escaped(_ text: String, _ further: (Unicode.Scalar) -> String?) -> String {
    var output = ""
    output.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": output += "&amp;"
      case "<": output += "&lt;"
      case ">": output += "&gt;"
      case "\r": output += "&#13;"
      default:
        if let reference = further(scalar) {
          output += reference
        } else {
          output.unicodeScalars.append(isAllowed(scalar) ? scalar : "\u{FFFD}")
        }
      }
    }
    return output
  }

  /// The characters of XML 1.0, less the controls that HTML does not have either.
  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x9, 0xA: true
    case 0x20...0x7E, 0xA0...0xFDCF, 0xFDF0...0xFFFD: true
    case 0x1_0000...: scalar.value & 0xFFFE != 0xFFFE
    default: false
    }
  }
}
