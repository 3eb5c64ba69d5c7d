//! Starts EpicMe.

fn main() {}
