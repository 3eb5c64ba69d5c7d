//! An authorization server for development: it runs on this machine only.
