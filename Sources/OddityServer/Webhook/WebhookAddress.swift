import CCurl
import Foundation
import Oddity

/// The address to which a server sends outliers and alarms.
public struct WebhookAddress: Sendable, Equatable {
  let url: String

  /// - Throws: ``OddityError`` `.usage` if it is not an http or https address, `.libraryMissing` without
  ///   libcurl.
  public init(_ text: String) throws(OddityError) {
    guard let parsed = URL(string: text), let scheme = parsed.scheme?.lowercased(),
      ["http", "https"].contains(scheme), parsed.host?.isEmpty == false
    else {
      throw OddityError(
        .usage,
        "'\(text)' is not the address of a webhook: give one such as https://alerts.example.com/oddity")
    }
    if let failure = ccurl_load() {
      throw OddityError(.libraryMissing, "a webhook needs libcurl: \(String(cString: failure))")
    }
    url = text
  }

  /// Posts JSON and waits for the answer.
  ///
  /// - Returns: nil if the receiver accepted it, otherwise the reason why not.
  func post(_ json: Data, within time: Duration) -> Refusal? {
    var status = 0
    let milliseconds = max(1, Int(time / .milliseconds(1)))
    let code = json.withUnsafeBytes { bytes in
      bytes.baseAddress.map { ccurl_post(url, $0, bytes.count, milliseconds, &status) } ?? 0
    }
    guard code == 0 else { return Refusal(reason: String(cString: ccurl_reason(code)), isFinal: false) }
    guard !(200..<300).contains(status) else { return nil }
    // A receiver that rejects an event now will reject it later. Only "too slow" and "too many" may pass.
    let isFinal = (300..<500).contains(status) && ![408, 425, 429].contains(status)
    return Refusal(reason: "the receiver answered with status \(status)", isFinal: isFinal)
  }

  /// Why an event was not accepted.
  struct Refusal {
    let reason: String
    /// Whether another attempt is useless.
    let isFinal: Bool
  }
}
