// Every module names settings in its messages.
@_exported import OdditySettings
