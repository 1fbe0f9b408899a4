import Foundation
import Oddity
import Testing

@testable import OddityCommand

@Suite struct JSONTests {
  struct Inner: Encodable {
    var height: Int
    var missing: Double?

    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode(height, forKey: .height)
      try values.encodeIfPresent(missing, forKey: .missing)
    }

    private enum CodingKeys: String, CodingKey { case height, missing }
  }

  struct Outer: Encodable {
    var zebra = 1
    var apple: String? = nil
    var ratios = [0.05, .nan]
    var rows = [Inner(height: 2, missing: nil)]
    var flag = true
    var score: Float = 0.1
    var empty: [Int] = []
  }

  /// Like a report that shares its keys with the value that it wraps.
  struct Wrapper: Encodable {
    private enum CodingKeys: CodingKey { case name }

    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode("digits", forKey: .name)
      try Inner(height: 1, missing: 2).encode(to: encoder)
    }
  }

  @Test func keysKeepTheirOrderAndNothingIsLeftOut() throws {
    let line = try JSONValue(encoding: Outer()).line
    let start = #"{"zebra":1,"apple":null,"ratios":[0.05,null],"rows":[{"height":2,"missing":null}],"#
    #expect(line == start + #""flag":true,"score":0.1,"empty":[]}"#)
  }

  @Test func whatAValueWrapsSharesItsObject() throws {
    #expect(try JSONValue(encoding: Wrapper()).line == #"{"name":"digits","height":1,"missing":2.0}"#)
  }

  @Test func indentedJSONIsTheSameDocument() throws {
    let document = try JSONValue(encoding: Outer())
    let indented = try JSONSerialization.jsonObject(with: Data(document.indented().utf8))
    let line = try JSONSerialization.jsonObject(with: Data(document.line.utf8))
    #expect(try #require(indented as? NSDictionary) == line as? NSDictionary)
    #expect(document.indented().contains("\n  \"ratios\": [0.05, null],\n"))
  }

  @Test(arguments: [
    0.1, 1e-300, Double.leastNonzeroMagnitude, Double.greatestFiniteMagnitude, -0.0, 1.0 / 3,
    123_456_789.123_456_78, 1e16,
  ])
  func numbersReadBackAsTheyWere(number: Double) throws {
    let text = JSONValue(number).line
    #expect(try JSONDecoder().decode([Double].self, from: Data("[\(text)]".utf8)) == [number])
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func numbersThatJSONLacksAreNull(number: Float) {
    #expect(JSONValue(number) == .null)
    #expect(JSONValue(Double(number)) == .null)
  }

  @Test(arguments: ["", "a\"b\\c/d", "tab\tline\nreturn\r", "\u{0}\u{1F}", "größe 😀 e\u{301}", "\u{2028}"])
  func textReadsBackAsItWas(text: String) throws {
    let line = JSONValue.string(text).line
    #expect(!line.contains("\n"))
    #expect(try JSONDecoder().decode([String].self, from: Data("[\(line)]".utf8)) == [text])
  }

  @Test func integersOfAllWidthsKeepTheirDigits() throws {
    #expect(try JSONValue(encoding: [UInt64.max]).line == "[18446744073709551615]")
    #expect(try JSONValue(encoding: [Int8.min]).line == "[-128]")
  }
}
