/// Float32 values in the caller's memory. The caller keeps them there until the call is over.
///
/// Unchecked, because nobody writes them meanwhile.
package struct BorrowedValues: @unchecked Sendable {
  package let start: UnsafePointer<Float>
  package let count: Int

  /// - Precondition: the memory is aligned as `Float` is.
  package init(_ start: UnsafePointer<Float>, count: Int) {
    (self.start, self.count) = (start, count)
  }

  /// Some of the values, in the same memory.
  package subscript(_ range: Range<Int>) -> BorrowedValues {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "values beyond the memory")
    return BorrowedValues(start + range.lowerBound, count: range.count)
  }

  package var buffer: UnsafeBufferPointer<Float> { UnsafeBufferPointer(start: start, count: count) }
}

/// The values of one batch.
package enum BatchValues: Sendable {
  case owned([Float])
  case borrowed(BorrowedValues)

  package var count: Int {
    switch self {
    case .owned(let values): values.count
    case .borrowed(let values): values.count
    }
  }

  /// Passes the memory to `use`. It is valid only during that call.
  package func withBuffer<Result, Failure: Error>(
    _ use: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    switch self {
    case .owned(let values): try values.withUnsafeBufferPointer(use)
    case .borrowed(let values): try use(values.buffer)
    }
  }
}
