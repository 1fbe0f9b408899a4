import Foundation
import GRDB
import Oddity

/// Keeps streams in an SQLite file, so that they go on after a restart.
///
/// Whatever is saved at once is saved whole or not at all: a process that is killed leaves the last state that was committed.
public struct StreamStore: Sendable {
  private let database: DatabaseQueue

  /// Opens the file, or makes it.
  ///
  /// - Throws: ``OddityError`` `.output` where it is not a state file of ours, or cannot be written.
  public init(path: String) throws(OddityError) {
    do {
      var configuration = Configuration()
      configuration.busyMode = .timeout(5)
      configuration.journalMode = .wal
      database = try DatabaseQueue(path: path, configuration: configuration)
      try Self.migrator.migrate(database)
    } catch {
      throw OddityError(
        .output, "--state \(path) cannot be used: \(Self.reason(error)); name a file that is not there, or one of Oddity",
        underlying: error)
    }
  }

  private static func reason(_ error: any Error) -> String {
    (error as? DatabaseError)?.message ?? error.localizedDescription
  }

  private static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("streams") { database in
      try database.execute(
        sql: """
          CREATE TABLE stream (
            model TEXT NOT NULL, calibration TEXT NOT NULL, source TEXT NOT NULL,
            place INTEGER NOT NULL, state TEXT NOT NULL, counts BLOB NOT NULL,
            PRIMARY KEY (model, calibration, source)
          ) STRICT, WITHOUT ROWID
          """)
    }
    return migrator
  }

  /// The streams of a model with this calibration, in the order in which they began; damaged ones are left out.
  func streams(of model: String, _ calibration: StreamCalibration) throws -> [(StreamName, StreamMartingale)] {
    try database.read { database in
      try Row.fetchAll(
        database, sql: "SELECT * FROM stream WHERE model = ? AND calibration = ? ORDER BY place",
        arguments: [model, calibration.identity])
    }.compactMap { row in
      guard let name = try? StreamName(row["source"] as String),
        let state = try? JSONDecoder().decode(StreamMartingale.State.self, from: Data((row["state"] as String).utf8)),
        let stream = calibration.stream(state, counts: (row["counts"] as Data).littleEndianWords ?? [])
      else { return nil }
      return (name, stream)
    }
  }

  /// Saves streams of any models in one transaction.
  func save(_ streams: [KeptStream]) throws {
    try database.write { database in
      for kept in streams {
        try database.execute(
          sql: "INSERT OR REPLACE INTO stream (model, calibration, source, place, state, counts) VALUES (?, ?, ?, ?, ?, ?)",
          arguments: [
            kept.model, kept.calibration, kept.name.description, kept.place,
            String(decoding: try JSONEncoder().encode(kept.stream.state), as: UTF8.self),
            Data(littleEndian: kept.stream.counts),
          ])
      }
    }
  }
}

/// A stream as it is saved.
struct KeptStream {
  let model: String
  let calibration: String
  let place: Int
  let name: StreamName
  let stream: StreamMartingale
}
