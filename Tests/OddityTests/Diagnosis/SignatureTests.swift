import Foundation
import Imaging
import Testing
import TestSupport

@testable import OddityModel

/// Compares the signature of images for a network with NumPy.
struct SignatureTests {
  private struct Task: Encodable {
    let tensors: [[Float]]
    let shape: [Int]
    let logits: [[Float]]
  }

  private struct Reference: Decodable {
    let inputs: [[Double]]
    let logits: [[Double]]
  }

  @Test(arguments: [[3, 32, 32], [1, 28, 28], [3, 24, 40]])
  func valuesAreTheReferences(shape: [Int]) throws {
    let count = shape.reduce(1, *)
    let values = SyntheticImages.values(count: 5, shape: shape, seed: 11)
    var tensors = (0..<5).map { Array(values[$0 * count..<($0 + 1) * count]) }
    tensors[4] = tensors[4].map { 250 * ($0 > 0 ? 1 : 0) }
    var normals = NormalNumbers(SplitMix64(seed: 2))
    let logits = (0..<5).map { row in (0..<7).map { _ in Float(normals.next() * Double(1 + 9 * row)) } }
    let reference = try PythonReference.run(
      "signature_reference.py", Task(tensors: tensors, shape: shape, logits: logits), as: Reference.self)
    let form = try form(shape, blocks: 2, classes: 7)
    for row in 0..<5 {
      let signature = form.signature(tensor: tensors[row][...], norms: [Float(2), 8], logits: logits[row])
      let expected = reference.inputs[row] + [log(2), log(8)] + reference.logits[row]
      #expect(signature.values.count == expected.count && form.features.count == expected.count)
      for (place, (value, other)) in zip(signature.values, expected).enumerated() {
        // Half precision keeps eleven bits.
        #expect(
          abs(Double(value) - min(max(other, -100), 100)) <= 1e-3 * max(1, abs(other)),
          "\(form.features[place])")
      }
      #expect(signature.classIndex == logits[row].indices.max { logits[row][$0] < logits[row][$1] })
    }
  }

  @Test func whatIsNoNumberIsBounded() throws {
    let form = try form([3, 8, 8], blocks: 1, classes: 2)
    let signature = form.signature(
      tensor: Array(repeating: .nan, count: 192)[...], norms: [Float.infinity], logits: [Float.nan, 1])
    #expect(signature.values.allSatisfy { abs($0) <= 100 })
  }

  @Test func deepNetworksAreSampled() throws {
    let form = try form([3, 8, 8], blocks: 50, classes: 2)
    #expect(form.blocks.count == 16 && form.blocks.first == 0 && form.blocks.last == 49)
    #expect(Set(form.blocks).count == 16)
  }

  /// A grey file stands for three equal channels, in every fault that starts from the file.
  @Test func faultsOfAGreyFileAreThoseOfItsColourCopy() throws {
    let (width, height) = (40, 30)
    let grey = (0..<width * height).map { UInt8(truncatingIfNeeded: $0 &* 37 ^ $0 / 7) }
    let header = "\(width) \(height) 255\n"
    let files = [
      EncodedImage(Array("P5 \(header)".utf8) + grey),
      EncodedImage(Array("P6 \(header)".utf8) + grey.flatMap { [$0, $0, $0] }),
    ]
    let preprocessing = try Preprocessing.cifar.resolved(inputShape: [nil, 3, 24, 32], inputType: .float32)
    let replays = SignatureReplays(preprocessing, blocks: 1, classes: 2, arrays: nil, arePictures: true)
    let levels = replays.levels(SyntheticImages.values(count: 1, shape: [3, 24, 32], seed: 3)[...])
    #expect(replays.needsPictures)
    for replay in replays.replays {
      let inputs = try files.map { try replays.input(levels, of: $0, with: replay) }
      #expect(inputs[0].count == 3 * 24 * 32, "\(replay.strength)")
      #expect(inputs[0] == inputs[1], "\(replay.strength)")
    }
    let pictures = try files.map { file in
      guard case .pixels(let image) = try file.decode(preprocessing.decoding) else { return PixelImage?.none }
      return try preprocessing.picture(of: image, antialiases: false)
    }
    #expect(pictures[0]?.channels == 3 && pictures[0]?.pixels == pictures[1]?.pixels)
  }

  /// The network's own resize takes this file, and another one would make it enormous.
  @Test func aNarrowFileHasTheOtherFaults() throws {
    let file = EncodedImage(Array("P5 2000 1 255\n".utf8) + (0..<2000).map { UInt8($0 & 255) })
    let preprocessing = try Preprocessing.imagenet.resolved(
      inputShape: [nil, 3, 224, 224], inputType: .float32)
    let replays = SignatureReplays(preprocessing, blocks: 1, classes: 2, arrays: nil, arePictures: true)
    let levels = replays.levels(SyntheticImages.values(count: 1, shape: [3, 224, 224], seed: 3)[...])
    for replay in replays.replays {
      #expect(try replays.input(levels, of: file, with: replay).count == 3 * 224 * 224)
    }
  }

  private func form(_ shape: [Int], blocks: Int, classes: Int) throws -> SignatureForm {
    let preprocessing = try Preprocessing().resolved(
      inputShape: [nil] + shape.map { $0 }, inputType: .float32)
    return SignatureForm(preprocessing, blocks: blocks, classes: classes, arrays: nil)
  }
}
