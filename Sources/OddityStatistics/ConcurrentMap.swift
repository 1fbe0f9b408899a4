import Foundation

extension Array where Element: Sendable {
  /// Applies a function to each element, on all cores, and returns the results in the elements' order.
  ///
  /// - Throws: the error of the first element that failed.
  package func concurrentMap<Result: Sendable, Failure: Error>(
    _ transform: @Sendable (Element) throws(Failure) -> Result
  ) throws(Failure) -> [Result] {
    var results: [Swift.Result<Result, Failure>?] = Array<Swift.Result<Result, Failure>?>(
      repeating: nil, count: count)
    results.withUnsafeMutableBufferPointer { buffer in
      // Each iteration writes only its own element.
      nonisolated(unsafe) let places = buffer
      DispatchQueue.concurrentPerform(iterations: count) { place in
        do throws(Failure) {
          places[place] = .success(try transform(self[place]))
        } catch {
          places[place] = .failure(error)
        }
      }
    }
    var values: [Result] = []
    for result in results {
      if let result { values.append(try result.get()) }
    }
    return values
  }
}
