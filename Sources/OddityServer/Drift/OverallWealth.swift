import Foundation

/// The wealth of all sources of a model together.
///
/// The k-th source to begin has the weight 1/(k(k + 1)), and what no source has yet waits with a wealth of one: a fixed
/// average of martingales, however many sources come. Where sources are independent of each other it reaches
/// 1/δ with probability at most δ, so that many sources do not make many false alarms.
struct OverallWealth {
  let logWealth: Double

  /// - Parameter logWealths: of the sources, in the order in which they began.
  init(_ logWealths: [Double]) {
    let waiting = -log(Double(logWealths.count + 1))
    let weighted = logWealths.enumerated().map { $1 - log(Double(($0 + 1) * ($0 + 2))) } + [waiting]
    let largest = weighted.max() ?? 0
    logWealth = largest + log(weighted.reduce(0) { $0 + exp($1 - largest) })
  }
}
