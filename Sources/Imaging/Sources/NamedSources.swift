/// Sources that a program has made itself. Commands that it calls as functions find them by name.
package struct NamedSources: Sendable {
  /// The source with a name; nil if there is none.
  let find: @Sendable (_ name: String) -> (any ImageSource)?

  package init(find: @escaping @Sendable (_ name: String) -> (any ImageSource)?) { self.find = find }

  /// The sources of the running command.
  @TaskLocal package static var current = NamedSources { _ in nil }
}
