//! Names that are safe in files and tags: letters, digits, `-`, `_` and `.`, and no two alike, even where a file system takes `A` for `a`.
//!
//! `GET /orders/{id}` becomes `GET-orders-id`; of two that become the same the later one gets a number: `GET-orders-id-2`.

use std::collections::BTreeSet;

/// The longest that a name may become, in bytes; file systems allow 255.
const LONGEST: usize = 100;

/// `text` with everything else than letters, digits, `_` and `.` as single dashes; `unnamed` where nothing is left.
pub fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        let is_safe = c.is_alphanumeric() || c == '_' || (c == '.' && !out.is_empty());
        match c {
            _ if out.len() >= LONGEST => break,
            c if is_safe => out.push(c),
            _ if !out.is_empty() && !out.ends_with('-') => out.push('-'),
            _ => {}
        }
    }
    let trimmed = out.trim_end_matches(['-', '.']);
    if trimmed.is_empty() { "unnamed".into() } else { trimmed.into() }
}

/// The same names in the same order, later ones numbered where they were the same as an earlier one.
pub fn unique(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut free = |name: String| {
        let numbered = (2..).map(|n| format!("{name}-{n}"));
        let found = std::iter::once(name.clone()).chain(numbered).find(|candidate| !taken.contains(&candidate.to_lowercase()));
        let found = found.unwrap_or(name);
        taken.insert(found.to_lowercase());
        found
    };
    names.into_iter().map(&mut free).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_safe_characters_are_left() {
        let got = ["GET /orders/{id}", "../../etc/passwd", "Größe", "", "...", "a b,c\nd"].map(slug);
        assert_eq!(got, ["GET-orders-id", "etc-passwd", "Größe", "unnamed", "unnamed", "a-b-c-d"]);
        assert!(slug(&"x".repeat(1000)).len() <= LONGEST);
    }

    #[test]
    fn no_two_names_are_alike() {
        let names = ["a", "A", "a", "a-2", "b"].map(String::from);
        assert_eq!(unique(names), ["a", "A-2", "a-3", "a-2-2", "b"]);
    }
}
