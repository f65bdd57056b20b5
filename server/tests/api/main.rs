//! The HTTP API as its clients see it: the whole application, both databases, one file a resource.

mod framework;
