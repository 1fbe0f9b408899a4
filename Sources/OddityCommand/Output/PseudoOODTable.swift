import Oddity

/// NormRatio by block and kind of pseudo-OOD images; the block that a kind would select has a star.
struct PseudoOODTable {
  private let kinds: [PseudoOODReport]

  init(_ kinds: [PseudoOODReport]) {
    self.kinds = kinds
  }

  /// Empty where there is one kind alone: then it stands in the table of the blocks.
  var text: String {
    guard kinds.count > 1 else { return "" }
    let columns = kinds.map { TextTable.Column.right($0.kind) }
    var table = TextTable([.right("NormRatio of block"), .left("tensor")] + columns)
    for (row, block) in kinds[0].blocks.enumerated() {
      let ratios = kinds.map { kind in
        let star = kind.selected?.tensor == block.tensor ? "* " : ""
        return star + Numbers.fixed(kind.blocks[row].normRatio, 3)
      }
      table.append([block.index.map(String.init) ?? Numbers.none, block.tensor] + ratios)
    }
    return table.text + "\n"
  }
}
