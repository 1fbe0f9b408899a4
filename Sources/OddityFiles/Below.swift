// Every floor names settings in its messages.
@_exported import OdditySettings
