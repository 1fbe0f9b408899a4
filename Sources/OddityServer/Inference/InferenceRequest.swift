import Foundation
import Hummingbird

/// A request of the Open Inference Protocol. Its tensors are in the JSON, or follow it as binary data.
struct InferenceRequest: Sendable {
  let id: String?
  /// The stream that its images belong to.
  let source: StreamName?
  let input: InferenceInput
  /// The requested outputs. If it is empty, all outputs are requested.
  let outputs: [Output]
  /// Whether outputs are sent as binary data unless they say otherwise.
  let isBinary: Bool

  struct Output: Decodable, Sendable {
    let name: String
    private let parameters: Parameters?

    /// nil if the output does not say.
    var isBinary: Bool? { parameters?.binaryData }

    private struct Parameters: Decodable {
      let binaryData: Bool?
      enum CodingKeys: String, CodingKey { case binaryData = "binary_data" }
    }
  }

  /// - Parameter headerLength: the length of the JSON, if binary tensors follow it.
  /// - Throws: ``Problem`` 400.
  init(_ body: ByteBuffer, headerLength: Int?) throws(Problem) {
    var rest = body
    let length = headerLength ?? body.readableBytes
    guard length >= 0, let json = rest.readSlice(length: length) else {
      throw Problem(
        .badRequest,
        "Inference-Header-Content-Length is \(length), but the body has \(body.readableBytes) bytes")
    }
    let header: Header
    do {
      header = try JSONDecoder().decode(Header.self, from: Data(json.readableBytesView))
    } catch let problem as Problem {
      throw problem
    } catch {
      throw Problem(
        .badRequest, "the request does not follow the Open Inference Protocol: \(Self.explanation(error))")
    }
    id = header.id
    isBinary = header.parameters?.binaryDataOutput ?? false
    source = try StreamName.named(header.parameters?.source)
    outputs = header.outputs ?? []
    guard header.inputs.count == 1, let only = header.inputs.first else {
      throw Problem(.badRequest, "send one input, not \(header.inputs.count)")
    }
    input = try only.tensor(takingFrom: &rest)
    guard rest.readableBytes == 0 else {
      throw Problem(
        .badRequest,
        "\(rest.readableBytes) bytes follow the last binary tensor: make the sizes of the tensors fill the "
          + "body")
    }
  }

  private static func explanation(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "it is not JSON" }
    switch error {
    case .keyNotFound(let key, _): return "'\(key.stringValue)' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' has the wrong type"
    default: return "it is not JSON"
    }
  }
}

/// The JSON of a request.
private struct Header: Decodable {
  let id: String?
  let inputs: [Input]
  let outputs: [InferenceRequest.Output]?
  let parameters: Parameters?

  struct Parameters: Decodable {
    let binaryDataOutput: Bool?
    let source: String?
    enum CodingKeys: String, CodingKey {
      case binaryDataOutput = "binary_data_output"
      case source
    }
  }

  struct Input: Decodable {
    let name: String
    let shape: [Int]
    let datatype: String
    let data: Elements?
    let parameters: Parameters?
    struct Parameters: Decodable {
      let binaryDataSize: Int?
      enum CodingKeys: String, CodingKey { case binaryDataSize = "binary_data_size" }
    }

    /// No input needs more. Without this limit, a shape of millions of sides would be multiplied and repeated
    /// in the error message.
    private static let mostSides = 8

    func tensor(takingFrom rest: inout ByteBuffer) throws(Problem) -> InferenceInput {
      guard shape.count <= Self.mostSides else {
        throw Problem(.badRequest, "an input's shape has \(shape.count) sides; images have 4")
      }
      if let size = parameters?.binaryDataSize {
        guard size >= 0, let binary = rest.readSlice(length: size) else {
          throw Problem(
            .badRequest, "input '\(name)' has \(size) binary bytes, but \(rest.readableBytes) are there")
        }
        return try InferenceInput(name: name, shape: shape, datatype: datatype, binary: binary)
      }
      guard let data else {
        throw Problem(.badRequest, "input '\(name)' has neither 'data' nor 'binary_data_size'")
      }
      return try InferenceInput(name: name, shape: shape, values: values(of: data))
    }

    private func values(of data: Elements) throws(Problem) -> InferenceInput.Values {
      switch (try InferenceInput.datatype(datatype, of: name), data) {
      case (.bytes, .texts(let texts)): .files(try texts.map { text throws(Problem) in try image(text) })
      case (.float, .numbers(let numbers)): .numbers(numbers)
      case (.uint8, .numbers(let numbers)):
        .bytes(
          ByteBuffer(bytes: try numbers.map { number throws(Problem) in try byte(number) }).readableBytesView)
      default: throw Problem(.badRequest, "input '\(name)': 'data' does not match its datatype \(datatype)")
      }
    }

    private func byte(_ number: Float) throws(Problem) -> UInt8 {
      guard let byte = UInt8(exactly: number) else {
        throw Problem(
          .badRequest,
          "input '\(name)' holds \(number); UINT8 values are whole numbers from 0 to 255")
      }
      return byte
    }

    /// Decodes an image that is sent in JSON as base64, because texts in JSON cannot hold bytes.
    private func image(_ text: String) throws(Problem) -> [UInt8] {
      guard let data = Data(base64Encoded: text) else {
        throw Problem(
          .badRequest, "input '\(name)': BYTES in JSON must be base64; send raw bytes as a binary tensor")
      }
      return Array(data)
    }
  }
}

/// The values of a tensor in JSON, row by row. They are flat, or nested like the shape.
private enum Elements: Decodable {
  case numbers([Float])
  case texts([String])

  private static let deepest = 8
  /// Limits the lists within lists. A preprocessed image of 224×224 pixels has 672 lists, a picture of
  /// 1024×768 has 787,200.
  private static let mostLists = 800_000

  init(from decoder: any Decoder) throws {
    var lists = 0
    self = try Self.read(decoder.unkeyedContainer(), depth: 0, &lists)
  }

  /// A flat list is read in one call. An empty list among lists is refused, because reading millions of them
  /// would take seconds. After one list, only lists are expected: each attempt to read something else costs
  /// as much as a list.
  private static func read(
    _ container: any UnkeyedDecodingContainer, depth: Int, _ lists: inout Int
  ) throws -> Elements {
    var container = container
    var numbers: [Float] = []
    var texts: [String] = []
    var holdsLists = false
    while !container.isAtEnd {
      if !holdsLists, let number = try? container.decode(Float.self) {
        numbers.append(number)
      } else if !holdsLists, let text = try? container.decode(String.self) {
        texts.append(text)
      } else {
        holdsLists = true
        lists += 1
        guard depth < deepest, lists <= mostLists else {
          throw refusal("more than \(mostLists) lists, or lists nested more than \(deepest) deep")
        }
        switch try read(container.nestedUnkeyedContainer(), depth: depth + 1, &lists) {
        case .numbers(let more) where !more.isEmpty: numbers += more
        case .texts(let more): texts += more
        default: throw refusal("an empty list beside other lists")
        }
      }
    }
    guard numbers.isEmpty || texts.isEmpty else { throw refusal("both numbers and texts") }
    return texts.isEmpty ? .numbers(numbers) : .texts(texts)
  }

  private static func refusal(_ content: String) -> Problem {
    Problem(
      .badRequest,
      "an input's 'data' hold \(content): send its values flat, row by row, or as a binary tensor")
  }
}
