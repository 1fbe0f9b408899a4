/// The version of Oddity, as `oddity --version` prints it and guarded models record it.
public let oddityVersion = "0.2.0"
