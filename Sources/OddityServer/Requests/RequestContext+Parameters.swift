import Hummingbird

extension RequestContext {
  /// A parameter of the path, without its percent-encoding, which the router leaves in.
  ///
  /// - Throws: ``Problem`` 400 where it is no text.
  func decodedParameter(_ name: String) throws -> String {
    guard let text = try parameters.require(name).removingPercentEncoding else {
      throw Problem(.badRequest, "the path is not percent-encoded UTF-8")
    }
    return text
  }
}
