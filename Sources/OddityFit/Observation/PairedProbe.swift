import Engines
import Imaging
import ONNXGraph
import OddityModel

/// The probe graph on images and on jigsaws of them that the engine makes itself, so that each image is sent
/// to the device only once.
struct PairedProbe: Sendable {
  let kind: PseudoOOD
  private let jigsaw: Jigsaw
  let model: CompiledModel
  /// The probe graph's outputs, followed by those of its copy.
  private let outputs: [String]

  /// - Returns: nil if none of the kinds is a jigsaw, and if the engine cannot run the copy of the network.
  ///   Jigsaws made here are equally good.
  init?(_ setup: FitSetup) throws(GraphError) {
    let classifier = setup.classifier
    for kind in setup.options.pseudoOOD {
      guard let jigsaw = kind.transform as? Jigsaw, jigsaw.isCountedExactly else { continue }
      let probe = try Model(bytes: setup.probe.bytes, name: classifier.model.name)
      guard let (paired, copies) = try? Self.paired(probe, jigsaw, of: classifier.image, setup),
        let model = try? setup.engine.compile(
          paired.bytes, of: paired, options: setup.options.run.engineOptions)
      else { return nil }
      (self.kind, self.jigsaw, self.model) = (kind, jigsaw, model)
      outputs = setup.probe.outputs + copies
      return
    }
    return nil
  }

  private static let tiles = "\(Appendix.prefix)paired/tiles"

  private static func paired(
    _ probe: Model, _ jigsaw: Jigsaw, of image: Graph.Value, _ setup: FitSetup
  ) throws(GraphError) -> (Model, outputs: [String]) {
    var appendix = Appendix(to: probe, scope: "paired/")
    let batch = image.shape?.first ?? nil
    let tiles = appendix.addInput(tiles, type: .int64, shape: [batch, jigsaw.grid * jigsaw.grid])
    let images = Tensor(named: image.name, type: image.elementType, rank: 4)
    let copies = try appendix.copy(
      of: probe, replacing: image.name, with: jigsaw.jigsaws(of: images, shape: setup.shape, tiles: tiles),
      to: setup.probe.outputs)
    for copy in copies { appendix.addOutput(copy) }
    return (try Model(bytes: appendix.appended(to: probe), name: probe.name), copies)
  }

  /// The probe graph's outputs for images, and for their jigsaws.
  func run(
    _ images: ImageBatch, sampleShape: [Int], seed: UInt64
  ) async throws -> (images: [String: OutputTensor], jigsaws: [String: OutputTensor]) {
    let count = images.items.count
    let tiles = jigsaw.tiles(images.items.map { ImageRandomness(seed: seed, id: $0.id) })
    let found = try await model.infer(
      images.values, shape: [count] + sampleShape, further: [(tiles, [count, tiles.count / count])],
      outputs: outputs)
    let half = outputs.count / 2
    let copies = zip(outputs.prefix(half), outputs.suffix(half)).compactMap { name, copy in
      found[copy].map { (name, $0) }
    }
    return (found, Dictionary(copies) { first, _ in first })
  }
}
