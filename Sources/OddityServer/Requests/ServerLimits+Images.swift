extension ServerLimits {
  /// - Throws: ``Problem`` 413 if a request has too many images.
  func check(images count: Int) throws(Problem) {
    guard count <= imagesInRequest else {
      throw Problem(
        .contentTooLarge,
        "the request has \(count) images, but this server accepts at most \(imagesInRequest): send several "
          + "requests, or raise the server's max-images"
      )
    }
  }
}
