import Oddity

extension PaperLayout {
  /// All metrics in [0, 1] as CSV, with a record for each network, method and set.
  ///
  /// For means, the set is called `near-OOD`, `far-OOD` or `mean`, and the number of images is empty.
  var csv: String {
    CSV.line(Self.header)
      + networks.flatMap { network in
        network.table.methods.flatMap { records(of: $0, network) }.map(CSV.line)
      }.joined()
  }

  private static let header = [
    "network", "id_accuracy", "method", "set", "id_images", "ood_images", "fpr95", "fpr95_ci95_lower",
    "fpr95_ci95_upper", "best_fpr95", "auroc", "auroc_ci95_lower", "auroc_ci95_upper", "best_auroc",
    "fpr95_openood", "aupr_in", "aupr_out",
  ]

  private func records(of method: MethodRow, _ network: NetworkResults) -> [[String]] {
    let counts = network.table.sets.map { "\($0.images)" }
    return method.cells.enumerated().map { column, cell in
      let metrics = cell.metrics
      return [
        network.name, network.idAccuracy.map { "\($0)" } ?? "", method.name, cell.name,
        "\(network.table.idImages)", column < counts.count ? counts[column] : "",
      ] + ["\(metrics.fpr95)"] + bounds(cell.fpr95CI95) + ["\(cell.bestFPR95)"]
        + ["\(metrics.auroc)"] + bounds(cell.aurocCI95) + ["\(cell.bestAUROC)"]
        + [metrics.fpr95OpenOOD, metrics.auprIn, metrics.auprOut].map { "\($0)" }
    }
  }

  /// The two bounds as fields, which are empty if there is no interval.
  private func bounds(_ interval: [Double]?) -> [String] {
    interval?.map { "\($0)" } ?? ["", ""]
  }
}
