import Foundation
import Testing
import TestSupport

/// JSON of any form, for comparing whole documents and reading single values.
typealias JSONObject = [String: Any]

extension CommandUnderTest.Outcome {
  /// The output as one JSON object.
  func json() throws -> JSONObject { try output.json() }

  /// The output as one JSON object per line.
  func jsonLines() throws -> [JSONObject] { try output.jsonLines() }
}

extension String {
  func json() throws -> JSONObject {
    try #require(JSONSerialization.jsonObject(with: Data(utf8)) as? JSONObject, "\(self)")
  }

  func jsonLines() throws -> [JSONObject] {
    try split(separator: "\n").map { try String($0).json() }
  }
}

extension JSONObject {
  func number(_ key: String) throws -> Double { try #require(self[key] as? NSNumber).doubleValue }
  func text(_ key: String) throws -> String { try #require(self[key] as? String) }
  func truth(_ key: String) throws -> Bool { try #require(self[key] as? Bool) }
  func object(_ key: String) throws -> JSONObject { try #require(self[key] as? JSONObject) }
  func objects(_ key: String) throws -> [JSONObject] { try #require(self[key] as? [JSONObject]) }
  func numbers(_ key: String) throws -> [Double] {
    try #require(self[key] as? [NSNumber]).map(\.doubleValue)
  }
  func strings(_ key: String) throws -> [String] { try #require(self[key] as? [String]) }
  func isNull(_ key: String) -> Bool { self[key] is NSNull }
}
