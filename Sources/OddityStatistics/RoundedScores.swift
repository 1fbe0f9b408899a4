extension Sequence<Float> {
  /// Whether all values have at most eleven bits, as those that are computed in bfloat16 or float16 have. So
  /// coarse values are equal by chance.
  package var areRounded: Bool { allSatisfy { $0.bitPattern & 0x1FFF == 0 } }
}
