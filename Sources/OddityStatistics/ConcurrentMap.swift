import Foundation

extension Array where Element: Sendable {
  /// What a function makes of each element, computed on all cores, in the elements' order.
  ///
  /// - Throws: the first element's error of those that failed.
  package func concurrentMap<Result: Sendable, Failure: Error>(
    _ transform: @Sendable (Element) throws(Failure) -> Result
  ) throws(Failure) -> [Result] {
    var results: [Swift.Result<Result, Failure>?] = Array<Swift.Result<Result, Failure>?>(
      repeating: nil, count: count)
    results.withUnsafeMutableBufferPointer { buffer in
      // Each iteration writes a place of its own.
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
