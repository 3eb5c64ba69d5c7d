//! What the fuzz targets share: the protected site, and the checks that hold for every answer.

pub mod answer;
pub mod handler;
pub mod site;
pub mod verified;
