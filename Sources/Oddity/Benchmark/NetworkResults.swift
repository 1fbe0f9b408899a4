/// What tables show of one network: a part of tables over several networks, as the paper's.
public struct NetworkResults: Sendable {
  public let name: String
  /// Share of ID images classified correctly; nil where their labels are unknown.
  public let idAccuracy: Double?
  public let table: MethodTable
  /// Nil where the blocks were not compared.
  public let blocks: BlockComparison?
  /// What the row `auto` is; nil where there is none.
  public let autoChoice: AutoReport.Choice?

  public init(
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
