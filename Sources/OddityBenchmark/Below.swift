// A layer re-exports the layers below it.
@_exported import OddityFit
