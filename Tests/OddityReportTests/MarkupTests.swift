import Testing
@testable import OddityReport
@Suite struct MarkupTests {
  @Test func escapes() { #expect(Markup.text("<&>").serialized == "&lt;&amp;&gt;") }
}
