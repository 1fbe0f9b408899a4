import ONNXGraph

/// Finds the ends of blocks along the chain of cut tensors, by the rule of docs/blocks.md.
struct BlockRule {
  /// The end of a block, before shapes and layout are known.
  struct End: Equatable {
    enum Kind { case full, fullThenPoint, dense, mixThenPoint, point }

    let kind: Kind
    let isMerge: Bool
    /// The link that contains the block's last weights.
    let link: Int
    /// The link whose tensor is the block's output, after the norms and activations that follow.
    let outputLink: Int
  }

  let links: [DataFlow.Link]
  let kinds: [LinkKind]

  private(set) var ends: [End] = []
  private(set) var mixIsOpen = false
  /// A pointwise or mixing layer that belongs to the block after it.
  private(set) var opener: Int?

  /// All ends in order, and how many of the first ones belong to the stem.
  mutating func apply() -> (ends: [End], stemCount: Int) {
    for (position, kind) in kinds.enumerated() {
      let isDense = concatenatesItsInput(links[position])
      if isDense { dropPrecedingDense(at: position) }
      switch kind {
      case .full: end(at: position, isDense ? .dense : .full)
      case .mix: (mixIsOpen, opener) = (true, position)
      case .point: endPoint(at: position)
      default: break
      }
    }
    if let opener { end(at: opener, .point) }
    return (ends, stemCount)
  }

  /// Plain blocks before the first residual block are the stem, if none follow after it.
  private var stemCount: Int {
    guard let first = ends.firstIndex(where: \.isMerge), ends[first...].allSatisfy(\.isMerge) else {
      return 0
    }
    return first
  }

  private mutating func endPoint(at position: Int) {
    if mixIsOpen {
      end(at: position, .mixThenPoint)
    } else if projectsPrecedingBlock(position) {
      ends.removeLast()
      end(at: position, .fullThenPoint)
    } else if links[position].isMerge {
      end(at: position, .point)
    } else {
      opener = position
    }
  }

  /// A linear projection directly after a full block of the same form is the second half of that block.
  private func projectsPrecedingBlock(_ position: Int) -> Bool {
    guard opener == nil, let previous = ends.last, previous.kind == .full,
      previous.isMerge == links[position].isMerge
    else { return false }
    let between: [LinkKind] = [.activation, .normalisation, .gate, .passThrough, .layout]
    return kinds[(previous.link + 1)..<position].allSatisfy(between.contains)
      && !output(of: position).activated
  }

  private func concatenatesItsInput(_ link: DataFlow.Link) -> Bool {
    link.isMerge && link.last.op == "Concat" && link.last.inputs.contains(link.from)
  }

  private mutating func dropPrecedingDense(at position: Int) {
    if let last = ends.last, last.kind == .dense, last.link == position - 1 { ends.removeLast() }
  }

  private mutating func end(at position: Int, _ kind: End.Kind) {
    ends.append(
      End(
        kind: kind, isMerge: links[position].isMerge, link: position, outputLink: output(of: position).link))
    (mixIsOpen, opener) = (false, nil)
  }

  /// Follows the nodes after a block's last weights as long as they belong to the block.
  private func output(of position: Int) -> (link: Int, activated: Bool) {
    let isMerge = links[position].isMerge
    var (end, activated) = (position, false)
    walk: for next in (position + 1)..<max(links.count, position + 1) {
      switch kinds[next] {
      case .passThrough: continue
      // Exports of channels-last frameworks transpose the map around each convolution.
      case .layout where !isMerge && links[next].last.op == "Transpose": continue
      case .activation where !(isMerge && activated): (end, activated) = (next, true)
      case .normalisation where !isMerge, .gate where !isMerge: end = next
      default: break walk
      }
    }
    return (end, activated)
  }
}
