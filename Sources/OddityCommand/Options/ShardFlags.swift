import ArgumentParser
import Oddity

/// Which share of the images this machine takes.
struct ShardFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Take the K-th of N equal shares of every source, so that N machines divide the work (default: all of it).",
      valueName: "k/n"),
    transform: { try Shard(parsing: $0) })
  var shard: Shard?
}
