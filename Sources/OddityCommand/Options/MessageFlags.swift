import ArgumentParser

/// What is said beside the results.
struct MessageFlags: ParsableArguments {
  @Flag(help: "No progress bar; warnings and errors stay.")
  var quiet = false
}
