//! The path of a function, read from the name of a type that is declared in it.

/// The path in the name of a type that is declared in the function; empty where it is declared in
/// none.
///
/// The compiler writes a method whose `impl` stands in another module as
/// `journal::admin::<impl journal::Journal>::purge`, and async code as `{{closure}}`. The path says
/// `journal::Journal::purge`, wherever the `impl` stands: a type has one method of a name.
pub(super) fn path_of(type_name: &'static str) -> &'static str {
    let Some((path, _)) = type_name.rsplit_once("::") else {
        return "";
    };
    let path = path.trim_end_matches("::{{closure}}");
    if !path.contains("{{") && !path.contains("<impl ") {
        return path;
    }
    let open: String = without_braces(path);
    // Made once for each such function, by a program that keeps it until it ends.
    Box::leak(beside_its_type(&open).into_boxed_str())
}

/// `a::{{closure}}::b` as `a::b`.
fn without_braces(path: &str) -> String {
    let mut text = path.to_owned();
    while let Some(start) = text.find("::{{")
        && let Some(end) = text[start..].find("}}")
    {
        text.replace_range(start..start + end + 2, "");
    }
    text
}

/// `a::<impl b::Type>::c` as `b::Type::c`, and `a::<impl Trait for b::Type>::c` as
/// `<b::Type as Trait>::c`.
fn beside_its_type(path: &str) -> String {
    const START: &str = "<impl ";
    let Some(start) = path.rfind(START) else {
        return path.to_owned();
    };
    let inside = &path[start + START.len()..];
    let mut depth = 0_usize;
    let mut split = None;
    let mut previous = ' ';
    for (place, character) in inside.char_indices() {
        match character {
            '<' => depth += 1,
            // The arrow of a function's type closes nothing.
            '>' if previous == '-' => {}
            '>' if depth == 0 => {
                let (written, rest) = (&inside[..place], &inside[place + 1..]);
                return match split {
                    Some(split) => {
                        let (of, implementing) = (&written[..split], &written[split + 5..]);
                        format!("<{implementing} as {of}>{rest}")
                    }
                    None => format!("{written}{rest}"),
                };
            }
            '>' => depth -= 1,
            ' ' if depth == 0 && inside[place..].starts_with(" for ") => split = Some(place),
            _ => {}
        }
        previous = character;
    }
    path.to_owned()
}
