//! What somebody meant who wrote something else.

/// The name that is most like what was written, if one is.
pub(crate) fn similar<'a>(
    written: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let likeness = |name: &str| strsim::damerau_levenshtein(written, name);
    let (distance, name) = names.into_iter().map(|name| (likeness(name), name)).min()?;
    (distance <= written.chars().count().max(3) / 3).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_found_and_another_word_is_not() {
        let names = ["depth", "tonic", "no_include"];
        assert_eq!(similar("dpeth", names), Some("depth"));
        assert_eq!(similar("no-include", names), Some("no_include"));
        assert_eq!(similar("colour", names), None);
        assert_eq!(similar("", names), None);
    }
}
