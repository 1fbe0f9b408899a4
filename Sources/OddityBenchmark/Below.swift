// A module re-exports all modules below it.
@_exported import OddityFit
