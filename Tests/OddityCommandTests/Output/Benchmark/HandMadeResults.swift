import Foundation
import Oddity

@testable import OddityBenchmark

/// Results with numbers and names that show how they are formatted. They are given as JSON.
enum HandMadeResults {
  /// Two networks, two methods, two sets. The second network has no labels and one image in a set.
  static func networks() throws -> [NetworkResults] {
    try JSONDecoder().decode([Network].self, from: Data(json.utf8)).map {
      NetworkResults(
        name: $0.name, idAccuracy: $0.accuracy, idAccuracyImages: $0.table.idImages, shifted: [],
        table: $0.table, fullSpectrum: nil, hindsight: nil,
        blocks: $0.blocks,
        autoChoice: nil)
    }
  }

  private struct Network: Decodable {
    var name: String
    var accuracy: Double?
    var table: MethodTable
    var blocks: BlockComparison?
  }

  private static let json = """
    [
      {
        "name": "Res_Net|18", "accuracy": 0.84812,
        "table": {
          "id_images": 100, "resamples": 1000, "seed": 7,
          "sets": [{"name": "lsun_c", "images": 30}, {"name": "50% & more", "images": 20}],
          "gains": [],
          "methods": [
            {
              "name": "msp",
              "ood": [
                \(cell("lsun_c", 0.5212, 0.922, [0.5, 0.55], [0.9, 0.95])), \(cell("50% & more", 1, 0, [1, 1], [0, 0]))
              ],
              "groups": [],
              "mean": \(cell("mean", 0.7606, 0.461, [0.75, 0.78], [0.45, 0.47]))
            },
            {
              "name": "energy+norm",
              "ood": [
                \(cell("lsun_c", 0.07127, 0.98657, [0.06, 0.08], [0.98, 0.99], best: true)),
                \(cell("50% & more", 0.5, 0.25, [0.4, 0.6], [0.2, 0.3], best: true))
              ],
              "groups": [],
              "mean": \(cell("mean", 0.28563, 0.61829, [0.25, 0.3], [0.6, 0.65], best: true))
            }
          ]
        },
        "blocks": \(blocks)
      },
      {
        "name": "VGG-11", "accuracy": null,
        "table": {
          "id_images": 100, "resamples": 1000, "seed": 7,
          "sets": [{"name": "lsun_c", "images": 30}, {"name": "50% & more", "images": 1}],
          "gains": [],
          "methods": [
            {
              "name": "a,b",
              "ood": [\(cell("lsun_c", 0.25, 0.5, [0.2, 0.3], [0.4, 0.6])), \(cell("50% & more", 0, 1, nil, nil))],
              "groups": [],
              "mean": \(cell("mean", 0.125, 0.75, nil, nil))
            }
          ]
        }
      }
    ]
    """

  private static let blocks = """
    {
      "kinds": ["jigsaw", "blur"], "sets": ["lsun_c"], "selected": {"index": 1, "tensor": "/layer2/relu_1"},
      "blocks": [
        {"index": 0, "tensor": "/layer1/relu_1", "channels": 64, "height": 8, "width": 8,
         "norm_ratios": [0.9324, null], "aurocs": [0.41], "mean_auroc": 0.41},
        {"index": 1, "tensor": "/layer2/relu_1", "channels": 128, "height": null, "width": 4,
         "norm_ratios": [1.2366, 1.1], "aurocs": [0.914], "mean_auroc": 0.914},
        {"index": null, "tensor": "/tokens", "channels": 192, "tokens": 197,
         "norm_ratios": [1.1, 1.3], "aurocs": [0.9], "mean_auroc": 0.9}
      ],
      "predictions": [
        {"kind": "jigsaw", "spearman": 1, "selected": {"index": 1, "tensor": "/layer2/relu_1"},
         "auroc_lost": 0},
        {"kind": "blur", "spearman": null, "selected": {"index": null, "tensor": "/tokens"},
         "auroc_lost": 0.014}
      ]
    }
    """

  private static func cell(
    _ name: String, _ fpr95: Double, _ auroc: Double, _ fprBounds: [Double]?, _ areaBounds: [Double]?,
    best: Bool = false
  ) -> String {
    func text(_ bounds: [Double]?) -> String { bounds.map { "\($0)" } ?? "null" }
    return """
      {"name": "\(name)", "auroc": \(auroc), "fpr95": \(fpr95), "fpr95_openood": 0.125, "aupr_in": 0.5, "aupr_out": 0.75,
       "auroc_ci95": \(text(areaBounds)), "fpr95_ci95": \(text(fprBounds)),
       "best_auroc": \(best && auroc > 0.3), "best_fpr95": \(best)}
      """
  }
}
