//! Only a place for the test `vectors`.
