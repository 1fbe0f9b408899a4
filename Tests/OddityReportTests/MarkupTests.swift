import Testing
import TestSupport

@testable import OddityReport

@Suite struct MarkupTests {
  /// Possible names of files and classes.
  static let names = [
    "<script>alert(1)</script>", "a & b &amp; c", "\"double\" and 'single'", "two\nlines\tand a tab",
    "\u{202E}txt.exe", "שלום.png", "日本語 😀", "]]>", "<!-- -->", "",
  ]

  @Test(arguments: names)
  func everythingIsReadBackAsItWasGiven(name: String) throws {
    let markup = Markup.element("p", ["title": name], [.name(name)]).serialized
    let element = try #require(try ParsedPage(markup).all("p").first)
    #expect(element.attributes["title"] == name)
    #expect(element.text == name)
    #expect(element.children.map(\.name) == ["bdi"], "no text becomes markup")
  }

  @Test func charactersThatNoPageMayHoldAreReplaced() throws {
    let markup = Markup.element("p", ["title": "a\u{0}b"], "c\u{1B}[31m\u{FFFE}").serialized
    let element = try #require(try ParsedPage(markup).all("p").first)
    #expect(element.attributes["title"] == "a\u{FFFD}b" && element.text == "c\u{FFFD}[31m\u{FFFD}")
  }

  @Test func attributesWithoutAValueAreLeftOut() {
    #expect(Markup.element("td", ["class": nil], "1").serialized == "<td>1</td>")
    #expect(Markup.element("img", ["alt": ""]).serialized == "<img alt=\"\"/>")
  }

  @Test func tablesSayWhatTheirHeadingsAreOf() throws {
    let table = DataTable(
      "Sets & more", ["<a>"], [.text("set") { $0 }, .number("AUROC") { _ in "0.9" }], isChosen: { _ in true })
    let page = try ParsedPage(table.markup.serialized)
    #expect(page.rows(ofTable: "Sets & more") == [["set", "AUROC"], ["<a>", "0.9"]])
    #expect(page.all("th").map { $0.attributes["scope"] } == ["col", "col", "row"])
  }

  @Test func numbersAreTheSameEverywhere() {
    #expect(Figures.count(1_234_567, "image") == "1,234,567 images" && Figures.count(1, "image") == "1 image")
    #expect(Figures.count(0) == "0" && Figures.count(999) == "999" && Figures.count(-1_000) == "−1,000")
    #expect(Figures.decimal(.nan, 2) == "–" && Figures.decimal(nil, 2) == "–")
    #expect(Figures.decimal(-0.125, 2) == "−0.12" && Figures.significant(0.1) == "0.1000")
    #expect(Figures.percent(.infinity) == "–" && Figures.percent(0.0525, 2) == "5.25\u{A0}%")
    #expect(Figures.interval([1, 2.5], 1) == "1.0 to 2.5" && Figures.interval(nil, 1) == "–")
  }
}
