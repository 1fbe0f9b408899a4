import Foundation
import GRDB
import Oddity

/// Saves streams in an SQLite file, so that they continue after a restart.
///
/// Each save is one transaction. If the process is killed, the file holds the last state that was committed.
public struct StreamStore: Sendable {
  private let path: String
  private let database: DatabaseQueue

  /// Opens the file, or creates it.
  ///
  /// - Throws: ``OddityError`` `.output` if the file is not one of Oddity's state files, or cannot be
  ///   written.
  public init(path: String) throws(OddityError) {
    self.path = path
    do {
      var configuration = Configuration()
      configuration.busyMode = .timeout(1)
      configuration.journalMode = .wal
      // Two servers on the same file would overwrite each other's streams.
      configuration.prepareDatabase { try $0.execute(sql: "PRAGMA locking_mode = EXCLUSIVE") }
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      guard try queue.read(Self.isOurs) else {
        throw DatabaseError(message: "it holds another program's tables")
      }
      try Self.migrator.migrate(queue)
      database = queue
    } catch {
      throw Self.unusable(path, error)
    }
  }

  private static func unusable(_ path: String, _ error: any Error) -> OddityError {
    let reason = (error as? DatabaseError)?.message ?? error.localizedDescription
    return OddityError(
      .output, "\(.store, path) cannot be used: \(reason); name a new file, or one that Oddity made",
      underlying: error)
  }

  /// "ODDY"
  private static let applicationID = 0x4F44_4459

  /// Whether the file is empty or was made by this type.
  private static func isOurs(_ database: Database) throws -> Bool {
    let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0
    return try tables == 0 || Int.fetchOne(database, sql: "PRAGMA application_id") == applicationID
  }

  private static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("streams") { database in
      try database.execute(sql: "PRAGMA application_id = \(applicationID)")
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

  /// The saved streams of a model with this calibration, in the order in which they began. Damaged ones are
  /// left out.
  ///
  /// - Throws: ``OddityError`` `.output` where the file cannot be read.
  func streams(
    of model: String, _ calibration: StreamCalibration
  ) throws(OddityError) -> [(StreamName, StreamMartingale)] {
    do {
      return try rows(of: model, calibration).compactMap { try? stream($0, calibration) }
    } catch {
      throw Self.unusable(path, error)
    }
  }

  private func rows(of model: String, _ calibration: StreamCalibration) throws -> [Row] {
    try database.read { database in
      try Row.fetchAll(
        database, sql: "SELECT * FROM stream WHERE model = ? AND calibration = ? ORDER BY place",
        arguments: [model, calibration.identity])
    }
  }

  private func stream(_ row: Row, _ calibration: StreamCalibration) throws -> (StreamName, StreamMartingale)?
  {
    let state = try JSONDecoder().decode(
      StreamMartingale.State.self, from: Data((row["state"] as String).utf8))
    let counts = (row["counts"] as Data).littleEndianWords(UInt32.self) ?? []
    guard let stream = calibration.stream(state, counts: counts) else { return nil }
    return (try StreamName(row["source"] as String), stream)
  }

  /// Saves the changes of a model's streams in one transaction.
  ///
  /// - Throws: ``OddityError`` `.output` where the file cannot be written.
  func save(
    _ changes: DriftMonitor.Changes, of model: String, _ calibration: StreamCalibration
  ) throws(OddityError) {
    do {
      try database.write { try Self.write(changes, of: model, calibration, to: $0) }
    } catch {
      let reason = (error as? DatabaseError)?.message ?? error.localizedDescription
      throw OddityError(
        .output,
        "streams were not saved to \(.store, path): \(reason); the next server continues from the last save",
        underlying: error)
    }
  }

  private static func write(
    _ changes: DriftMonitor.Changes, of model: String, _ calibration: StreamCalibration, to database: Database
  ) throws {
    for name in changes.forgotten {
      try database.execute(
        sql: "DELETE FROM stream WHERE model = ? AND calibration = ? AND source = ?",
        arguments: [model, calibration.identity, name.description])
    }
    for (place, name, stream) in changes.streams {
      try database.execute(
        sql: """
          INSERT OR REPLACE INTO stream (model, calibration, source, place, state, counts) VALUES (?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          model, calibration.identity, name.description, place,
          try stream.state.json(),
          Data(littleEndian: stream.counts),
        ])
    }
  }
}
