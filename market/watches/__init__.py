"""Is data late, fewer or other than it used to be? Seen over the history of a data set."""
