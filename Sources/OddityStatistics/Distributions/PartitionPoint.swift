extension Array {
  /// How many leading elements satisfy `belongs`, in an array where all that do come first.
  package func partitionPoint(where belongs: (Element) -> Bool) -> Int {
    var (lower, upper) = (0, count)
    while lower < upper {
      let middle = (lower + upper) / 2
      if belongs(self[middle]) { lower = middle + 1 } else { upper = middle }
    }
    return lower
  }
}
