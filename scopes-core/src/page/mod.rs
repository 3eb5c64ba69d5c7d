//! Makes the report one HTML page (feature `page`).
//!
//! [`Report::page`] makes one HTML file, with everything in it: it makes no request.
//! It lists operations and scopes. With JavaScript it also searches, filters, and shows which
//! operations a set of scopes allows; the chosen set is part of the URL, to be sent to others. It can be
//! kept, mailed, printed, and, with the feature `tower`, served to callers with the required scopes:
//! `tower::ReportPage`.
//!
//! ```
//! use scopes_core::report::Report;
//!
//! let page = Report::of_program().with_program("Journal", "1.2.3").page();
//! assert!(page.contains("Journal"));
//! ```

mod data;
mod listing;

use crate::report::Report;

const FRAME: &str = include_str!("page.html");
const STYLES: [&str; 2] = [include_str!("base.css"), include_str!("page.css")];
const SCRIPTS: [&str; 2] = [include_str!("decide.js"), include_str!("page.js")];

/// The hash of the style. The policy names the hashes of style and script, so that no other runs.
const STYLE_HASH: &str = "sha256-lyY/5RPxu0Hn6hD8CXA7GreCftLBahLcthXFgDUOi9o=";
const SCRIPT_HASH: &str = "sha256-glOyB16Zp0Di3+Hogfbhkk8JFOgZksCo3Txf/RTbIGE=";

impl Report {
    /// Returns the report as an HTML page that needs no other file. It shows the name and the version of the
    /// program if the report [has them](Self::with_program).
    ///
    /// The fragment of its URL chooses scopes: `#scopes=entries:read+tags:read`, or `#anonymous` for a
    /// caller without a token.
    #[must_use]
    pub fn page(&self) -> String {
        let data = data::json(self);
        let (style, script) = (STYLES.concat(), SCRIPTS.concat());
        let program = listing::program(self);
        let (title, brand) = if program.is_empty() {
            ("Operations and scopes".to_owned(), String::new())
        } else {
            let brand = format!("<p class=\"brand\">{program}</p>\n");
            (format!("Operations and scopes · {program}"), brand)
        };
        let server = if listing::has_several_servers(self) {
            "<th scope=\"col\">Server</th>"
        } else {
            ""
        };
        let rows = listing::operations(self);
        let size = FRAME.len() + style.len() + script.len() + rows.len() + data.len();
        let mut page = String::with_capacity(size);
        let mut rest = FRAME;
        // From the front to the back, so that nothing is looked for in what was put in.
        for (place, content) in [
            ("{style-hash}", STYLE_HASH),
            ("{script-hash}", SCRIPT_HASH),
            ("{title}", &title),
            ("{style}", &style),
            ("{program}", &brand),
            ("{summary}", &listing::summary(self)),
            ("{server}", server),
            ("{rows}", &rows),
            ("{scopes}", &listing::scopes(self)),
            ("{report}", &data),
            ("{script}", &script),
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
