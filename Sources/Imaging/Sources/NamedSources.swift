/// Sources that a program has made itself, and names to the commands that it calls as functions.
package struct NamedSources: Sendable {
  /// The source of a name; nil where there is none.
  let find: @Sendable (_ name: String) -> (any ImageSource)?

  package init(find: @escaping @Sendable (_ name: String) -> (any ImageSource)?) { self.find = find }

  /// Those of the running command.
  @TaskLocal package static var current = NamedSources { _ in nil }
}
