import Foundation
import Engines
import Testing
import TestSupport

/// Compares the results of compiled models with ONNX Runtime's.
@Suite struct InferenceTests {
  let reference: EngineReference

  init() throws { reference = try .load() }

  @Test(arguments: [1, 3, 7]) func freeBatch(count: Int) async throws {
    let model = try reference.compile("dynamic")
    #expect(model.batch == nil)
    let images = reference.images(count)
    let outputs = try await model.infer(
      images.values, shape: images.shape, outputs: ["logits", "features", "class", "positive"])
    for (name, tensor) in outputs {
      #expect(try difference(tensor.floats, reference.rows(count, of: name)) < 1e-5, "\(name)")
      #expect(tensor.shape.first == count)
    }
    #expect(outputs.count == 4)
    #expect(outputs["features"]?.shape == [count, 4, 8, 8])
    guard outputs["class"]?.elementType == .int64, outputs["positive"]?.elementType == .bool else {
      Issue.record("integers and booleans became something else")
      return
    }
  }

  @Test(arguments: [1, 3, 4]) func fixedBatchIsFilledUpAndCut(count: Int) async throws {
    let model = try reference.compile("fixed")
    #expect(model.batch == 4)
    let images = reference.images(count)
    let outputs = try await model.infer(
      images.values, shape: images.shape, outputs: ["logits", "class", "total"])
    let logits = try #require(outputs["logits"])
    #expect(logits.shape == [count, 5])
    #expect(try difference(logits.floats, reference.rows(count, of: "logits")) < 1e-5)
    #expect(try outputs["class"]?.floats == reference.rows(count, of: "class"))
    #expect(outputs["total"]?.shape == [])
  }

  @Test func float16InputIsConverted() async throws {
    let model = try reference.compile("float16")
    #expect(model.inputs.first?.elementType == .float16)
    let images = reference.images(7)
    let outputs = try await model.infer(images.values, shape: images.shape, outputs: ["logits"])
    // The input is exact in float16. The results are rounded to its 11 bits more than once.
    #expect(try difference(#require(outputs["logits"]).floats, reference.rows(7, of: "logits")) < 4e-3)
  }

  @Test func uint8InputGetsTheNearestValue() async throws {
    let model = try reference.compile("uint8")
    let values: [Float] = [0, 255, 17.4, 17.6, -3, 300, .nan, .infinity]
    let outputs = try await model.infer(values, shape: [2, 4], outputs: ["y"])
    #expect(outputs["y"]?.floats == [0, 255, 17, 18, 0, 255, 0, 255])
  }

  @Test func nonFiniteValuesPass() async throws {
    let model = try reference.compile("two_names")
    let outputs = try await model.infer([.infinity, 1, -1, 0], shape: [1, 4], outputs: ["y", "z"])
    #expect(outputs["y"]?.floats == [.infinity, 1, 0, 0])
    #expect(outputs["z"] == outputs["y"])
  }

  @Test func resultsDoNotDependOnBatchOrThreads() async throws {
    let all = reference.images(7)
    let width = all.values.count / 7
    var results: [[Float]] = []
    for threads in [1, 2] {
      let model = try reference.compile("dynamic", .init(threads: threads))
      let whole = try await model.infer(all.values, shape: all.shape, outputs: ["logits"])
      results.append(try #require(whole["logits"]).floats)
      var single: [Float] = []
      for row in 0..<7 {
        let image = Array(all.values[row * width..<(row + 1) * width])
        let one = try await model.infer(image, shape: [1] + all.shape.dropFirst(), outputs: ["logits"])
        single += try #require(one["logits"]).floats
      }
      results.append(single)
    }
    for result in results { #expect(difference(result, results[0]) < 1e-6) }
  }

  @Test(arguments: [1, 2, 4]) func concurrentBatchesKeepTheirOwnResults(requests: Int) async throws {
    let model = try reference.compile("two_names", .init(requests: requests))
    let matches = try await withThrowingTaskGroup(of: Bool.self) { group in
      for task in 1...40 {
        group.addTask {
          let batch = [Float](repeating: Float(task), count: 4 * task)
          let outputs = try await model.infer(batch, shape: [task, 4], outputs: ["y"])
          return outputs["y"]?.floats == batch
        }
      }
      return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(matches == 40)
  }

  @Test(.enabled(if: TestedEngine.isOpenVINO, "it keeps nothing"))
  func cacheGivesTheSameModel() async throws {
    let folder = try TemporaryFolder()
    let images = reference.images(7)
    var results: [[Float]] = []
    for _ in 0..<2 {
      let model = try reference.compile("dynamic", .init(cacheDirectory: folder.path("cache")))
      let outputs = try await model.infer(images.values, shape: images.shape, outputs: ["logits"])
      results.append(try #require(outputs["logits"]).floats)
    }
    #expect(try !FileManager.default.contentsOfDirectory(atPath: folder.path("cache")).isEmpty)
    #expect(results[0] == results[1])
  }
}
