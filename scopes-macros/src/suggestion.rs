//! "did you mean": the nearest of the words that would have been right.

/// The candidate nearest to `word`, if `word` is near enough to be a typo of it.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(word.len()).div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Returns advice for the unknown `word`: the nearest candidate, or the list of all.
pub(crate) fn instead(word: &str, candidates: &[&str]) -> String {
    match nearest(word, candidates.iter().copied()) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None => format!("expected one of: {}", quoted(candidates)),
    }
}

/// Returns the error message for an unknown option, with the list of options.
pub(crate) fn unknown_option(option: &str, options: &[&str]) -> String {
    let instead = instead(option, options);
    match nearest(option, options.iter().copied()) {
        Some(_) => format!(
            "unknown option `{option}`; {instead} (options: {})",
            quoted(options)
        ),
        None => format!("unknown option `{option}`; {instead}"),
    }
}

/// Every word in backticks, separated by commas.
pub(crate) fn quoted<W: AsRef<str>>(words: &[W]) -> String {
    let words: Vec<_> = words
        .iter()
        .map(|word| format!("`{}`", word.as_ref()))
        .collect();
    words.join(", ")
}
