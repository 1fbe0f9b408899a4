"""Image files as cameras and tools write them, which Pillow reads with a warning or none: one module a format, each with
`files()`, pairs of a name and a file's bytes."""
