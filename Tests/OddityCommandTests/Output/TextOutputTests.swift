import Testing

@testable import OddityCommand

@Suite struct TextOutputTests {
  @Test func columnsLineUpByCharacters() {
    var table = Table([.left("block"), .right("ratio")])
    table.append(["größe", "1.25"])
    table.append(["x", "10.5"])
    #expect(
      table.text == """
        block  ratio
        -----  -----
        größe   1.25
        x       10.5

        """)
  }

  @Test func linesEndWithoutSpaces() {
    var table = Table([.left("a"), .left("warning")])
    table.append(["1", ""])
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
