import Foundation
import Testing
import TestSupport

/// `oddity diagnose`.
@Suite struct DiagnoseCommandTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop.shared }

  /// A model with signatures, and arrays of similar images.
  private func fitted() throws -> String {
    try Fitted.made.get()
    return "diagnosed.onnx"
  }

  private enum Fitted {
    static let made = Result {
      let workshop = try Workshop.shared
      try workshop.makeWaves("diagnosed-waves.npy", count: 400)
      let fit = try workshop.oddity(
        "fit", Fixtures.url("residual.dyn.onnx").path, "--id", "id", "--calibration", "diagnosed-waves.npy",
        "--preprocess", "spec.json", "--score", "energy", "--output", "diagnosed.onnx")
      #expect(fit.status == 0, "\(fit.messages)")
    }
  }

  @Test func itsOwnImagesAreHealthy() throws {
    let outcome = try workshop.oddity("diagnose", fitted(), "diagnosed-waves.npy", "--limit", "64")
    #expect(outcome.status == 0 && outcome.output.hasPrefix("healthy: "), "\(outcome.output)")
    let json = try workshop.oddity("diagnose", fitted(), "diagnosed-waves.npy", "--limit", "64", "--json")
      .json()
    #expect(try json.text("verdict") == "healthy" && json.number("images") == 64)
    #expect(try json.number("calibration_images") == 336 && json.number("p_value") > 0.01)
    #expect(try json.objects("faults").isEmpty && json.number("failures") == 0)
    #expect(try json.objects("warnings").isEmpty)
    #expect(try json.number("p_value_of_classes") > 0)
  }

  @Test func negativesAreNamed() throws {
    let model = try fitted()
    try workshop.makeWaves("negatives.npy", count: 80, times: -1)
    let outcome = try workshop.oddity("diagnose", model, "negatives.npy", "--json")
    #expect(outcome.status == 1)
    let json = try outcome.json()
    #expect(try json.text("verdict") == "fault")
    #expect(try json.objects("faults").count == 14)
    let text = try workshop.oddity("diagnose", model, "negatives.npy")
    #expect(text.status == 1 && text.output.hasPrefix("faulty: ") && text.output.contains("explains"))
  }

  @Test func whatCannotBeDiagnosedIsSaid() throws {
    let none = try workshop.fit(
      "residual.dyn.onnx", "--calibration", "cal", "--preprocess", "spec.json", "--score", "energy",
      to: "unsigned.onnx")
    #expect(none.status == 0, "\(none.messages)")
    let unsigned = try workshop.oddity("diagnose", "unsigned.onnx", "id")
    #expect(unsigned.status == 65 && unsigned.messages.contains("fit it again"))
    let few = try workshop.oddity("diagnose", fitted(), "diagnosed-waves.npy", "--limit", "15")
    #expect(few.status == 2 && few.messages.contains("at least 16"))
    let plain = try workshop.oddity("diagnose", Fixtures.url("residual.dyn.onnx").path, "id")
    #expect(plain.status == 65)
    let missing = try workshop.oddity("diagnose", fitted(), "nowhere")
    #expect(missing.status == 65 || missing.status == 2)
  }
}
