import Foundation
import Oddity
import Testing
import TestSupport

/// The suites of the paper and of OpenOOD, whose images are not distributed here.
@Suite struct PublishedSuitesTests {
  private struct Checked: Decodable {
    let suites: [String]
  }

  /// `get_data_check.py` lays out small archives of every kind, and damaged ones.
  @Test func everyKindOfArchiveIsCheckedAndLaidOut() throws {
    let folder = try TemporaryFolder()
    let answer = try PythonReference.run("get_data_check.py", arguments: [folder.url.path])
    let suites = try JSONDecoder().decode(Checked.self, from: answer).suites
    #expect(suites == ["openood-cifar10", "openood-imagenet", "paper-cifar10", "paper-imagenet"])
    for suite in suites { #expect(throws: Never.self) { try Suite(contentsOf: Self.file("\(suite).yaml")) } }
  }

  /// `claims_check.py` ends with an error if a rule is broken.
  @Test func verdictsOnThePapersClaimsFollowTheirRules() throws {
    #expect(try !PythonReference.run("claims_check.py").isEmpty)
  }

  /// The paths below `data/` in a suite are those that `get-data` creates.
  @Test(arguments: ["openood-cifar10", "openood-imagenet", "paper-cifar10", "paper-imagenet"])
  func theSuiteNamesWhatIsLaidOut(name: String) throws {
    let catalogue = try JSONSerialization.jsonObject(
      with: Data(contentsOf: URL(filePath: Self.file("sets/sets.json"))))
    let entries = try #require(catalogue as? [[String: Any]])
    let ofSuite = entries.filter { ($0["suites"] as? [String])?.contains(name) == true }
    let folders = Set(ofSuite.flatMap { ($0["folders"] as? [String: Any])?.keys.map { "data/\($0)" } ?? [] })
    let lists = Set(
      ofSuite.flatMap { $0["lists"] as? [String] ?? [] }.map { "@data/openood/benchmark_imglist/\($0)" })
    let suite = try Suite(contentsOf: Self.file("\(name).yaml"))
    let id = suite.inDistribution
    let sources =
      (id.fit + id.calibration + id.evaluate).map(\.written) + id.shifted.map(\.source.written)
      + suite.outOfDistribution.map(\.source.written)
    // OpenOOD does not distribute ImageNet's training images.
    let known = folders.union(lists).union(["@data/openood/benchmark_imglist/imagenet/train_imagenet.txt"])
    for source in sources { #expect(known.contains(source), "\(source)") }
    if name.hasPrefix("openood") {
      #expect(Set(suite.outOfDistribution.map(\.group)) == [.near, .far] && !id.shifted.isEmpty)
    }
  }

  /// OpenOOD's layout with other images, and a small network instead of its ResNet-18.
  @Test func theSuiteRunsOnOpenOODsLayout() throws {
    let root = try OpenOODLayout()
    let outcome = try CommandUnderTest.run(
      ["benchmark", "Benchmarks/openood-cifar10.yaml", "--json", "--output", "out"],
      directory: root.folder.url)
    #expect(outcome.status == 0, "\(outcome.messages)")
    let networks = try outcome.json().objects("networks")
    #expect(try networks.map { try $0.text("name") } == ["ResNet-18 s0", "ResNet-18 s1", "ResNet-18 s2"])
    let method = try networks[0].object("table").objects("methods")[1]
    let (sets, groups) = try (method.objects("ood"), method.objects("groups"))
    #expect(
      try sets.map { try $0.text("name") } == ["CIFAR-100", "TIN", "MNIST", "SVHN", "Textures", "Places365"])
    for (group, members) in zip(groups, [sets[0..<2], sets[2..<6]]) {
      let mean = try members.map { try $0.number("auroc") }.reduce(0, +) / Double(members.count)
      #expect(try abs(group.number("auroc") - mean) < 1e-12)
    }
    // All images of the lists are assigned to the first class.
    let spectrum = try networks[0].object("full_spectrum")
    #expect(try (0...1).contains(spectrum.number("id_accuracy")))
    #expect(try (0...1).contains(networks[0].number("id_accuracy")))
    #expect(try spectrum.objects("shifted")[0].number("images") == Double(root.calibrationImages))
  }

  private static func file(_ name: String) -> String {
    PythonReference.packageRoot.appending(path: "Benchmarks/\(name)").path
  }
}

/// A folder in the layout of `get-data` for `openood-cifar10.yaml`, with the workshop's images.
private struct OpenOODLayout {
  let folder: TemporaryFolder
  let calibrationImages: Int

  init() throws {
    folder = try TemporaryFolder()
    let files = FileManager.default
    for name in [
      "Benchmarks/data/openood/benchmark_imglist/cifar10", "Benchmarks/data/openood/images_classic",
      ".benchmarks",
    ] {
      try files.createDirectory(at: folder.url.appending(path: name), withIntermediateDirectories: true)
    }
    let benchmarks = PythonReference.packageRoot.appending(path: "Benchmarks")
    for name in ["openood-cifar10.yaml", "openood-cifar10.preprocess.json"] {
      try files.copyItem(
        at: benchmarks.appending(path: name), to: folder.url.appending(path: "Benchmarks/\(name)"))
    }
    for seed in 0..<3 {
      try files.copyItem(
        at: Fixtures.url("residual.dyn.onnx"),
        to: folder.url.appending(path: ".benchmarks/openood-cifar10-s\(seed).onnx"))
    }
    _ = try Self.list(["train_cifar10"], of: "id", label: 0, in: folder)
    calibrationImages = try Self.list(["val_cifar10", "test_cifar10c"], of: "cal", label: 0, in: folder)
    _ = try Self.list(["test_cifar10"], of: "new", label: 0, in: folder)
    let outside = ["cifar100", "tin", "mnist", "svhn", "texture", "places365"].map { "test_\($0)" }
    _ = try Self.list(outside, of: "odd", label: -1, in: folder)
  }

  /// Copies a folder of the workshop to the images, and writes lists of it.
  ///
  /// - Returns: the number of its images.
  private static func list(_ names: [String], of source: String, label: Int, in folder: TemporaryFolder)
    throws
    -> Int
  {
    let data = folder.url.appending(path: "Benchmarks/data/openood")
    let copy = data.appending(path: "images_classic/\(source)")
    try FileManager.default.copyItem(
      at: try Workshop.shared.folder.url.appending(path: source), to: copy)
    let images = try FileManager.default.subpathsOfDirectory(atPath: copy.path).sorted()
      .filter { ["jpg", "jpeg", "png"].contains(($0 as NSString).pathExtension.lowercased()) }
    let lines = images.map { "\(source)/\($0) \(label)\n" }.joined()
    for name in names {
      try Data(lines.utf8).write(to: data.appending(path: "benchmark_imglist/cifar10/\(name).txt"))
    }
    return images.count
  }
}
