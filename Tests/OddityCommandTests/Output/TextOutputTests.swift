import Testing

@testable import OddityCommand

@Suite struct TextOutputTests {
  @Test func columnsLineUpByCharacters() {
    let table = Table(
      [("größe", "1.25"), ("x", "10.5")], [.text("block") { $0.0 }, .number("ratio") { $0.1 }])
    #expect(
      table.text == """
        block  ratio
        -----  -----
        größe   1.25
        x       10.5

        """)
  }

  @Test func linesEndWithoutSpaces() {
    let table = Table(["1"], [.text("a") { $0 }, .text("warning") { _ in "" }])
    #expect(table.text == "a  warning\n-  -------\n1\n")
  }

  @Test(arguments: [
    (["a", "b"], "a,b\n"), (["a,b", ""], "\"a,b\",\n"), (["say \"hi\""], "\"say \"\"hi\"\"\"\n"),
    (["two\nlines"], "\"two\nlines\"\n"), (["two\r\nlines"], "\"two\r\nlines\"\n"),
    ([" spaced "], " spaced \n"),
  ])
  func fieldsAreQuotedWhereTheyMustBe(fields: [String], line: String) {
    #expect(CSV.line(fields) == line)
  }
}
