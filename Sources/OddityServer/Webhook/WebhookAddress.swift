import CCurl
import Foundation
import Oddity

/// Where a server tells of outliers and alarms.
public struct WebhookAddress: Sendable, Equatable {
  let url: String

  /// - Throws: ``OddityError`` `.usage` for what is no address of http or https, `.libraryMissing` without libcurl.
  public init(_ text: String) throws(OddityError) {
    guard let parsed = URL(string: text), let scheme = parsed.scheme?.lowercased(),
      ["http", "https"].contains(scheme), parsed.host?.isEmpty == false
    else {
      throw OddityError(
        .usage, "'\(text)' is no address for a webhook: give one such as https://alerts.example.com/oddity")
    }
    if let failure = ccurl_load() {
      throw OddityError(.libraryMissing, "a webhook needs libcurl: \(String(cString: failure))")
    }
    url = text
  }

  /// Posts JSON, and waits.
  ///
  /// - Returns: nil where the receiver took it; else why it did not.
  func post(_ json: Data, within time: Duration) -> Refusal? {
    var status = 0
    let milliseconds = max(1, Int(time / .milliseconds(1)))
    let code = json.withUnsafeBytes { bytes in
      bytes.baseAddress.map { ccurl_post(url, $0, bytes.count, milliseconds, &status) } ?? 0
    }
    guard code == 0 else { return Refusal(reason: String(cString: ccurl_reason(code)), isFinal: false) }
    guard !(200..<300).contains(status) else { return nil }
    // What the receiver does not understand it will not understand later: all but "too slow" and "too many".
    let isFinal = (300..<500).contains(status) && ![408, 425, 429].contains(status)
    return Refusal(reason: "it answered with status \(status)", isFinal: isFinal)
  }

  /// Why an event was not taken.
  struct Refusal {
    let reason: String
    /// Whether it is of no use to try again.
    let isFinal: Bool
  }
}
