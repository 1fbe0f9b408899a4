import OddityStatistics

/// A bootstrap of several methods, read cell by cell.
struct MethodComparison {
  private let bootstrap: PairedBootstrap
  private let methods: Int

  init(_ bootstrap: PairedBootstrap, methods: Int) {
    self.bootstrap = bootstrap
    self.methods = methods
  }

  func cell(
    _ name: String, _ metrics: MetricValues, method: Int, column: PairedBootstrap.Column
  ) -> MethodCell {
    MethodCell(
      name: name, metrics: metrics,
      aurocCI95: bootstrap.interval(.auroc, method: method, column: column).ifFinite,
      fpr95CI95: bootstrap.interval(.fpr95, method: method, column: column).ifFinite,
      bestAUROC: beatsOthers(.auroc, method, column) { $0.lower > 0 },
      bestFPR95: beatsOthers(.fpr95, method, column) { $0.upper < 0 })
  }

  /// Whether the difference to every other method is on the better side of zero; false where there is no other.
  private func beatsOthers(
    _ metric: PairedBootstrap.Metric, _ method: Int, _ column: PairedBootstrap.Column,
    isBetter: (ConfidenceInterval) -> Bool
  ) -> Bool {
    methods > 1
      && (0..<methods).allSatisfy { other in
        other == method
          || isBetter(
            bootstrap.differenceInterval(metric, method: method, minus: other, column: column))
      }
  }
}
