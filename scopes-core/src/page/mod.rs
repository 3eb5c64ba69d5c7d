//! The report as one page (feature `page`).
//!
//! [`Report::page`] makes one HTML file, with everything in it: it loads nothing, and sends nothing.
//! It searches, filters, and answers what a set of scopes allows. It can be kept, mailed, printed,
//! and, with the feature `tower`, served to callers with the required scopes: `tower::ReportPage`.

mod data;

use crate::report::Report;

const FRAME: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPTS: [&str; 2] = [include_str!("decide.js"), include_str!("page.js")];

/// The hash of the style. The policy names the hashes of style and script, so that no other runs.
const STYLE_HASH: &str = "sha256-2ds4/d6RM8RZ5arYWlomgjjNvdEe78loJofLFvXoxTg=";
const SCRIPT_HASH: &str = "sha256-tk1aUJngRkfTp2UgBR25U+zRCPjPbpp7ZyYWxGkut+E=";

impl Report {
    /// The report as an HTML page that needs no other file.
    #[must_use]
    pub fn page(&self) -> String {
        let data = data::json(self);
        let script = SCRIPTS.concat();
        let mut page = String::with_capacity(FRAME.len() + STYLE.len() + script.len() + data.len());
        let mut rest = FRAME;
        // From the front to the back, so that nothing is looked for in what was put in.
        for (place, content) in [
            ("{style-hash}", STYLE_HASH),
            ("{script-hash}", SCRIPT_HASH),
            ("{style}", STYLE),
            ("{report}", data.as_str()),
            ("{script}", script.as_str()),
        ] {
            if let Some((before, after)) = rest.split_once(place) {
                page.push_str(before);
                page.push_str(content);
                rest = after;
            }
        }
        page + rest
    }
}
