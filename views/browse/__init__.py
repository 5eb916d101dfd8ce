"""The browse page: every parcel of a version on one map, and the routes that answer it."""
