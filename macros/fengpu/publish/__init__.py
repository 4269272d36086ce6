"""The only writers: what the build leaves on disk."""
