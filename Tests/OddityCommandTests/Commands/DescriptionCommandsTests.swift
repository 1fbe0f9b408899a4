import Foundation
import Testing
import TestSupport

/// `oddity blocks` and `oddity inspect`, which describe a model without running it on images.
@Suite struct DescriptionCommandsTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop.shared }

  @Test(arguments: ["residual.ts.onnx", "residual.dyn.onnx", "dense.ts.onnx", "nhwc.ts.onnx"])
  func blocksAreThoseOfTheFixture(network: String) throws {
    let expected = try #require(try Fixtures.expected()[network])
    let outcome = try workshop.oddity("blocks", Fixtures.url(network).path, "--json")
    #expect(outcome.status == 0 && outcome.messages.isEmpty)
    let report = try outcome.json()
    #expect(Set(report.keys) == ["blocks", "stem", "head"])
    let blocks = try report.objects("blocks")
    let fields: Set = ["index", "tensor", "channels", "height", "width", "flops_share"]
    #expect(blocks.allSatisfy { $0.keys.count == 6 && fields == Set($0.keys) })
    #expect(try blocks.map { try $0.number("index") } == blocks.indices.map(Double.init))
    #expect(try blocks.map { try $0.text("tensor") } == expected.blocks?.map(\.tensor))
    let head = try report.object("head")
    #expect(Set(head.keys) == ["logits", "features", "classes", "linear", "other_logits"])
    #expect(try head.text("logits") == expected.head?.logits && head.number("classes") == 10)
    #expect(try head.truth("linear"))
    let shares = try (blocks + report.objects("stem")).map { try $0.number("flops_share") }
    #expect(shares.allSatisfy { (0...1).contains($0) } && shares.reduce(0, +) <= 1)
  }

  /// The named tensors equal those that are found without the flags. The Softmax's output leads to the same
  /// logits.
  @Test func inputAndLogitsCanBeNamed() throws {
    let path = Fixtures.url("softmax.ts.onnx").path
    let found = try workshop.oddity("blocks", path, "--json")
    let logits = try found.json().object("head").text("logits")
    let output = try #require(try Fixtures.expected()["softmax.ts.onnx"]?.head?.logits)
    #expect(logits == output)
    for flags in [
      ["--input", "image"], ["--logits", logits], ["--input", "image", "--logits", "logits"],
    ] {
      let named = try workshop.oddity(["blocks", path, "--json"] + flags)
      #expect(named.status == 0 && named.output == found.output, "\(named.messages)")
    }
  }

  @Test func theTableNamesBlocksStemAndHead() throws {
    let outcome = try workshop.oddity("blocks", Fixtures.url("residual.dyn.onnx").path)
    #expect(outcome.status == 0)
    #expect(outcome.output.hasPrefix("block  tensor"))
    #expect(outcome.output.contains("\n stem  relu") && outcome.output.contains("\n    3  relu_8"))
    #expect(
      outcome.output.hasSuffix(
        "head: logits 'logits', 10 classes, softmax assumed (use 'fit --head sigmoid' if several labels "
          + "can be true of one image), features 'view'\n"))
  }

  /// The network has no block. The tensors that are listed instead can be used for a fit.
  @Test func allTensorsListsWhatFitTakes() throws {
    let path = Fixtures.url("two_streams.dyn.onnx").path
    let outcome = try workshop.oddity("blocks", path, "--all-tensors", "--json")
    #expect(outcome.status == 0 && outcome.messages.isEmpty)
    let maps = try outcome.json().objects("blocks")
    let fields: Set = ["index", "tensor", "channels", "height", "width", "flops_share"]
    #expect(maps.count == 8 && maps.allSatisfy { Set($0.keys) == fields && $0["index"] is NSNull })
    let last = try #require(maps.last).text("tensor")
    let fit = try workshop.fit("two_streams.dyn.onnx", "--block", last, "--json", to: "streams.onnx")
    #expect(fit.status == 0, "\(fit.messages)")
    #expect(try fit.json().object("selected").text("tensor") == last)
    #expect(try fit.json().objects("blocks").count == 1)
    let table = try workshop.oddity("blocks", path, "--all-tensors")
    #expect(table.status == 0 && table.output.contains("\n    –  \(last) "))
  }

  @Test func fewBlocksAreSaid() throws {
    let none = try workshop.oddity("blocks", Fixtures.url("two_streams.ts.onnx").path, "--json")
    #expect(none.status == 65 && none.output.isEmpty && none.messages.contains("--all-tensors"))
    let noMaps = try workshop.oddity("blocks", Fixtures.url("no_blocks.ts.onnx").path, "--all-tensors")
    #expect(noMaps.status == 65 && noMaps.output.isEmpty && noMaps.messages.contains("has no feature map"))
    let one = try workshop.oddity("blocks", Fixtures.url("one_block.ts.onnx").path, "--json")
    #expect(try one.status == 0 && one.json().objects("blocks").count == 1)
    #expect(one.messages.contains("only one block") && one.messages.contains("--all-tensors"))
    let fit = try workshop.fit("one_block.ts.onnx", "--json", to: "single.onnx")
    #expect(fit.status == 0 && fit.messages.contains("only one block"))
    #expect(try fit.json().text("warning").contains("only one block"))
    let named = try workshop.fit("one_block.ts.onnx", "--block", "0", to: "named.onnx")
    #expect(named.status == 0 && !named.messages.contains("only one block"))
  }

  @Test func inspectTellsWhatWasFitted() throws {
    let outcome = try workshop.oddity("inspect", "guarded.onnx", "--json")
    #expect(outcome.status == 0)
    let facts = try outcome.json()
    let report = try workshop.fit.json()
    #expect(try facts.text("score") == "featurenorm" && facts.number("calibration_size") == 99)
    #expect(facts["scores"] as? [String] == ["featurenorm", "energy", "msp", "maxlogit"])
    #expect(facts["labels"] as? [String] == (0...9).map { "c\($0)" })
    #expect(try facts.object("block").text("tensor") == report.object("selected").text("tensor"))
    #expect(
      try facts.objects("blocks").map { try $0.number("norm_ratio") }
        == report.objects("blocks").map { try $0.number("norm_ratio") })
    #expect(try facts.text("alpha") == "0.05" && facts.number("seed") == 5)
    let digest = try CommandUnderTest.shell("sha256sum '\(Fixtures.url("residual.dyn.onnx").path)'").output
    #expect(try digest.hasPrefix(facts.text("source_sha256")))
    let preprocessing = try facts.object("preprocessing")
    #expect(try preprocessing.number("resize") == 36 && preprocessing.numbers("crop") == [32, 32])
    #expect(
      try preprocessing.numbers("mean") == [0.4, 0.5, 0.6]
        && preprocessing.numbers("std") == [0.2, 0.25, 0.3])
    #expect(try preprocessing.text("interpolation") == "bilinear" && preprocessing.text("channels") == "RGB")
    #expect(try preprocessing.text("layout") == "NCHW")
  }

  @Test func inspectHasATableForPeople() throws {
    let text = try workshop.oddity("inspect", "guarded.onnx").output
    for row in [
      "score               featurenorm", "further scores      energy, msp, maxlogit",
      "alpha               0.05",
    ] {
      #expect(text.contains(row + "\n"))
    }
    #expect(text.contains("NormRatio") && text.contains("\"resize\":36"))
  }
}
