"""Image files as cameras and tools write them, which Pillow reads with or without a warning. There is one
module per format, each with `files()`, which returns pairs of a name and a file's bytes."""
