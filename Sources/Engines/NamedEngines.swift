/// Engines that a program has opened itself, and names to the commands that it calls as functions.
package struct NamedEngines: Sendable {
  /// The engine that stands for a device of this name; nil where there is none.
  package let find: @Sendable (_ device: String) -> Engine?

  package init(find: @escaping @Sendable (_ device: String) -> Engine?) { self.find = find }

  /// Those of the running command.
  @TaskLocal package static var current = NamedEngines { _ in nil }
}
