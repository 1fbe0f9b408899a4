import OddityFiles
import Imaging
import ONNXGraph

extension Classifier {
  /// What the elements of the image input are.
  ///
  /// - Throws: ``OddityError`` `.badModel` for a type in which Oddity gives no images to a model.
  package var inputType: InputType {
    get throws(OddityError) {
      guard let type = Self.inputTypes[image.elementType] else {
        throw OddityError(
          .badModel,
          "\(model.name): the image input '\(image.name)' is of ONNX's element type \(image.elementType.rawValue); Oddity "
            + "feeds \(InputType.allCases.map(\.rawValue).joined(separator: ", ")): cast it in the graph")
      }
      return type
    }
  }

  private static let inputTypes: [ElementType: InputType] = [
    .float: .float32, .float16: .float16, .double: .float64, .uint8: .uint8, .int8: .int8, .int32: .int32,
    .int64: .int64,
  ]
}
