import OddityScores

/// What tables show of one network: a part of tables over several networks, as the paper's.
package struct NetworkResults: Sendable {
  package let name: String
  /// Share of ID images classified correctly; nil where their labels are unknown.
  package let idAccuracy: Double?
  package let table: MethodTable
  /// Nil where the blocks were not compared.
  package let blocks: BlockComparison?
  /// What the row `auto` is; nil where there is none.
  package let autoChoice: AutoReport.Choice?

  package init(
    name: String, idAccuracy: Double?, table: MethodTable, blocks: BlockComparison?,
    autoChoice: AutoReport.Choice? = nil
  ) {
    self.name = name
    self.idAccuracy = idAccuracy
    self.table = table
    self.blocks = blocks
    self.autoChoice = autoChoice
  }
}
