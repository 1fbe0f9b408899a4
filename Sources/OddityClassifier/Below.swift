// A floor has all floors below it in sight.
@_exported import OddityStatistics
