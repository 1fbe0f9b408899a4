import Foundation
import Imaging
import NIOCore
import Oddity
import Testing

@testable import OddityServer

/// How a tensor is interpreted as images.
struct ModelInputTests {
  /// A network by the name, the shape and the type of its input.
  private struct Network: Sendable {
    var own = "x"
    var shape = [3, 4, 5]
    var type = InputType.float32
    var preprocessing = Preprocessing()
    var takesPixels = false
  }

  /// The interpretation of a tensor.
  private enum Reading: Sendable, Equatable {
    case pictures
    case preprocessed
    /// With status 400 and a detail that contains this text.
    case refused(String)
  }

  private static let floats = Network()
  private static let floatsLast = Network(shape: [4, 5, 3])
  private static let bytes = Network(type: .uint8)
  private static let bytesLast = Network(shape: [4, 5, 3], type: .uint8)
  /// Its preprocessing changes the bytes of pictures.
  private static let turned = Network(
    shape: [4, 5, 3], type: .uint8, preprocessing: Preprocessing(channels: .bgr))
  private static let turnedImage = Network(
    own: "image", shape: [4, 5, 3], type: .uint8, preprocessing: Preprocessing(channels: .bgr))
  private static let cropped = Network(
    shape: [4, 4, 3], type: .uint8,
    preprocessing: Preprocessing(resize: .shorterSide(6), crop: ImageSize(height: 4, width: 4)))

  /// The network takes bytes and its file takes pixels, under the same name.
  private static let pixels = Network(
    own: "image", shape: [4, 5, 3], type: .uint8, preprocessing: Preprocessing(channels: .bgr),
    takesPixels: true)

  private typealias Case = (Network, String, InferenceInput.Datatype, [Int], Reading)

  @Test(
    arguments: [
      (floats, "x", .float, [2, 3, 4, 5], .preprocessed), (floats, "x", .uint8, [2, 4, 5, 3], .pictures),
      (floats, "image", .uint8, [2, 9, 7, 3], .pictures), (floats, "image", .uint8, [2, 1, 1, 1], .pictures),
      (floats, "x", .uint8, [2, 3, 4, 5], .refused("move the channels to the end")),
      (
        floats, "image", .float, [2, 9, 7, 3], .refused("'image' (UINT8, [N, height, width, 3], RGB pixels)")
      ),
      (floats, "image", .uint8, [9, 7, 3], .refused("axis of length 1")),
      (floats, "image", .uint8, [2, 9, 7, 4], .refused("to RGB, without alpha")),
      (floats, "image", .uint8, [2, 9, 7, 2], .refused("UINT8, [2, 9, 7, 2]")),
      (floats, "image", .uint8, [0, 9, 7, 3], .refused("[0, 9, 7, 3]")),
      (floats, "image", .uint8, [1, 0, 7, 3], .refused("[1, 0, 7, 3]")),
      (floats, "image", .uint8, [1_000_000_000_000_000_000, 9, 0, 3], .refused("9, 0, 3]")),
      (floats, "image", .uint8, [], .refused("UINT8, []")),
      (floats, "y", .uint8, [2, 9, 7, 3], .refused("not 'y'")),
      (floats, "encoded_images", .uint8, [2, 9, 7, 3], .refused("not 'encoded_images' (UINT8")),
      (floats, "image", .bytes, [2], .refused("not 'image' (BYTES")),
      (floatsLast, "x", .float, [2, 4, 5, 3], .preprocessed),
      (floatsLast, "x", .uint8, [2, 4, 5, 3], .pictures),
      // Bytes for a network that takes bytes are not pictures.
      (bytes, "x", .uint8, [2, 3, 4, 5], .preprocessed), (bytes, "x", .float, [2, 3, 4, 5], .preprocessed),
      (bytes, "x", .uint8, [2, 9, 7, 3], .pictures), (bytes, "image", .uint8, [2, 9, 7, 3], .pictures),
      (bytesLast, "x", .uint8, [2, 4, 5, 3], .preprocessed),
      (bytesLast, "image", .uint8, [2, 4, 5, 3], .pictures),
      (bytesLast, "x", .uint8, [2, 9, 7, 3], .pictures),
      // If the name meant pictures of all sizes except one, that size would silently give wrong results.
      (turned, "x", .uint8, [2, 4, 5, 3], .preprocessed), (turned, "image", .uint8, [2, 4, 5, 3], .pictures),
      (turned, "x", .uint8, [2, 9, 7, 3], .refused("'image' (UINT8, [N, height, width, 3], RGB pixels)")),
      (cropped, "x", .uint8, [2, 4, 4, 3], .preprocessed),
      (cropped, "x", .uint8, [2, 9, 7, 1], .refused("'image'")),
      (Network(shape: [4, 5, 1], type: .uint8), "x", .uint8, [2, 4, 5, 1], .preprocessed),
      (Network(shape: [4, 5, 1], type: .uint8), "x", .uint8, [2, 4, 5, 3], .pictures),
      (Network(shape: [4, 5, 3], type: .int32), "x", .uint8, [2, 4, 5, 3], .preprocessed),
      (Network(own: "image"), "image", .float, [2, 3, 4, 5], .preprocessed),
      (Network(own: "image"), "image", .uint8, [2, 4, 5, 3], .pictures),
      (Network(own: "image", shape: [4, 5, 3], type: .uint8), "image", .uint8, [2, 9, 7, 3], .pictures),
      (turnedImage, "image", .uint8, [2, 4, 5, 3], .preprocessed),
      (
        turnedImage, "image", .uint8, [2, 9, 7, 3],
        .refused(
          "takes 'image' (UINT8, [N, 4, 5, 3], preprocessed) or 'encoded_images' (BYTES, [N], image files), not"
        )
      ),
      (pixels, "image", .uint8, [2, 4, 5, 3], .pictures), (pixels, "image", .uint8, [2, 9, 7, 1], .pictures),
      (
        pixels, "image", .uint8, [2, 9, 7, 4],
        .refused("takes 'image' (UINT8, [N, height, width, 3], RGB pixels) or 'enc")
      ),
      (Network(takesPixels: true), "x", .float, [2, 3, 4, 5], .preprocessed),
      (Network(own: "image", takesPixels: true), "image", .float, [2, 3, 4, 5], .preprocessed),
    ] as [Case])
  private func whatATensorMeans(
    network: Network, name: String, type: InferenceInput.Datatype, shape: [Int], reading: Reading
  ) throws {
    let input = try InferenceInput(name: name, shape: shape, values: Self.values(type, shape))
    do {
      let images = try images(input, of: network)
      #expect(images.count == shape[0])
      #expect(images.map { $0.isTensor ? .preprocessed : .pictures } == images.map { _ in reading })
    } catch {
      guard case .refused(let detail) = reading else { throw error }
      #expect(error.status == .badRequest && error.detail.contains(detail), "\(error.detail)")
    }
  }

  @Test func picturesAreTheRowsOfATensor() throws {
    let input = try InferenceInput(
      name: "image", shape: [2, 1, 3, 1],
      values: .bytes(ByteBuffer(bytes: [9, 1, 2, 3, 4, 5, 6]).viewed(from: 1)))
    let expected = [[1, 2, 3], [4, 5, 6]].map {
      EncodedImage.pixels(PixelImage(width: 3, height: 1, channels: 1, pixels: $0))
    }
    #expect(try images(input, of: Self.floats) == expected)
  }

  @Test(arguments: [
    ("image", [2, 9, 7, 3], "7×9 pixels"), ("image", [3, 1, 1, 1], "3 images"),
    ("x", [3, 3, 4, 5], "3 images"),
  ])
  func whatIsTooLargeIsRefused(name: String, shape: [Int], detail: String) throws {
    var limits = ServerLimits()
    (limits.pixels, limits.imagesInRequest) = (62, 2)
    let input = try InferenceInput(
      name: name, shape: shape, values: Self.values(name == "x" ? .float : .uint8, shape))
    let problem = #expect(throws: Problem.self) { try images(input, of: Self.floats, limits) }
    #expect(problem?.status == .contentTooLarge && problem?.detail.contains(detail) == true)
    limits.pixels = 63
    limits.imagesInRequest = 3
    #expect(try images(input, of: Self.floats, limits).count == shape[0])
  }

  /// A client that looks an input up by name finds the same one as before.
  @Test(
    arguments: [
      (Network(), ["x", "encoded_images", "image"], nil),
      (Network(own: "image"), ["image", "encoded_images"], "UINT8"),
      (turnedImage, ["image", "encoded_images"], nil),
      (Network(takesPixels: true), ["image", "encoded_images", "x"], nil),
      (pixels, ["image", "encoded_images"], nil),
    ] as [(Network, [String], String?)])
  private func inputsAreListedByNamesOfTheirOwn(network: Network, names: [String], note: String?) throws {
    let inputs = try JSONDecoder().decode([Listed].self, from: Data(model(network).json.line.utf8))
    #expect(inputs.map(\.name) == names)
    let takesBytes = network.takesPixels || network.type == .uint8
    #expect(inputs[0].datatype == (takesBytes ? "UINT8" : "FP32"))
    #expect(inputs[0].shape == (network.takesPixels ? [-1, -1, -1, 3] : [-1] + network.shape))
    #expect(inputs[0].parameters?["pictures"]?.prefix(5).description == note)
  }

  private struct Listed: Decodable {
    let name, datatype: String
    let shape: [Int]
    let parameters: [String: String]?
  }

  private func images(
    _ input: InferenceInput, of network: Network, _ limits: ServerLimits = ServerLimits()
  ) throws(Problem) -> [EncodedImage] {
    guard let model = try? model(network) else { throw Problem(.internalServerError, "no network") }
    return try model.images(of: input, within: limits)
  }

  private func model(_ network: Network) throws -> ModelInputs {
    let preprocessing = try network.preprocessing.resolved(
      inputShape: [nil] + network.shape, inputType: network.type)
    return ModelInputs(
      model: "net", own: network.own, preprocessing: preprocessing, takesPixels: network.takesPixels)
  }

  private static func values(_ type: InferenceInput.Datatype, _ shape: [Int]) -> InferenceInput.Values {
    let count = shape.reduce(1, *)
    return switch type {
    case .float: .numbers([Float](repeating: 0, count: count))
    case .uint8: .bytes(ByteBuffer(repeating: 0, count: count).readableBytesView)
    case .bytes: .files([[UInt8]](repeating: [], count: count))
    }
  }
}

extension ByteBuffer {
  /// The bytes from an offset on, as a slice that does not begin at 0.
  fileprivate func viewed(from start: Int) -> ByteBufferView {
    var rest = self
    rest.moveReaderIndex(forwardBy: start)
    return rest.readableBytesView
  }
}
