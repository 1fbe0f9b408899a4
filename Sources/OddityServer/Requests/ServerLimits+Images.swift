extension ServerLimits {
  /// - Throws: ``Problem`` 413 if a request has too many images.
  func check(images count: Int) throws(Problem) {
    guard count <= imagesInRequest else {
      throw Problem(
        .contentTooLarge,
        "the request has \(count) images, but at most \(imagesInRequest) are taken: send several requests, or let the server take more (max-images)"
      )
    }
  }
}
