import COddity
import Foundation
import Imaging
import Oddity

@c @implementation
public func oddity_preprocess(
  _ preprocessing: UnsafePointer<CChar>?, _ shape: UnsafePointer<Int64>?, _ source: oddity_handle,
  _ values: UnsafeMutablePointer<Float>?, _ rows: Int64, _ listener: oddity_listener?,
  _ context: UnsafeMutableRawPointer?, _ failures: UnsafeMutablePointer<oddity_handle>?,
  _ error: UnsafeMutablePointer<oddity_error>?
) -> Int32 {
  attempt(error) {
    let source = try Handles.object(source, as: SourceBuilder.self).source
    _ = try required(failures, "failures")
    try source.requireCount(rows)
    let shape = UnsafeBufferPointer(start: try required(shape, "shape"), count: 3).map { Int($0) }
    guard let length = shape.declaredProduct, length > 0, ([Int(rows)] + shape).declaredProduct != nil else {
      throw Failure.usage("\(shape) is not the shape of an image tensor")
    }
    let said =
      try preprocessing.map { try Preprocessing.load(requiredText($0, "preprocessing")) } ?? Preprocessing()
    let resolved = try said.resolved(inputShape: [nil] + shape.map { .some($0) })
    let tensors = Tensors(start: try required(values, "values"), length: length)
    let messages = try Waiting(listener: listener, context: context).run { events in
      try tensors.fill(from: source, by: resolved, events)
    }
    try failures.receive(messages)
  }
}

/// The caller's tensors. Unchecked, because the caller keeps them during the call, and only one task writes.
private struct Tensors: @unchecked Sendable {
  let start: UnsafeMutablePointer<Float>
  /// The number of values in one tensor.
  let length: Int

  /// - Returns: why images could not be preprocessed.
  func fill(
    from source: any ImageSource, by preprocessing: ResolvedPreprocessing, _ events: Events
  ) throws -> [(row: Int, message: String)] {
    var failures: [(row: Int, message: String)] = []
    let reader = try source.reader(selecting: nil)
    while let (row, payload) = try reader.next() {
      try Task.checkCancellation()
      let place = UnsafeMutableBufferPointer(start: start + row * length, count: length)
      do throws(ImagingError) {
        try preprocessing.apply(payload.get(), into: place)
      } catch {
        failures.append((row, "\(error)"))
      }
      events.add(.init(text: "preprocessing", done: row + 1, total: source.items.count))
    }
    return failures
  }
}
