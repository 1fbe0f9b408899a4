/// Engines that a program has opened itself. Commands that it calls as functions find them by name.
package struct NamedEngines: Sendable {
  /// The engine for a device with this name; nil if there is none.
  package let find: @Sendable (_ device: String) -> Engine?

  package init(find: @escaping @Sendable (_ device: String) -> Engine?) { self.find = find }

  /// The engines of the running command.
  @TaskLocal package static var current = NamedEngines { _ in nil }
}
