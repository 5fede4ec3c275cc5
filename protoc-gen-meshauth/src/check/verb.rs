//! What the name of a method says that it does.

const READING: [&str; 4] = ["Get", "List", "Search", "Monitor"];

/// Words that are nouns elsewhere (`ClosePrice`, `PutOption`) are not among them.
const WRITING: [&str; 18] = [
    "Activate",
    "Add",
    "Approve",
    "Assign",
    "Cancel",
    "Create",
    "Deactivate",
    "Delete",
    "Deregister",
    "Insert",
    "Reject",
    "Remove",
    "Replace",
    "Revoke",
    "Set",
    "Submit",
    "Update",
    "Upsert",
];

/// Whether the name is that of a method that reads. Not all that do have such a name.
pub(super) fn reads(method: &str) -> bool {
    starts_with_one_of(method, &READING)
}

/// Whether the name is that of a method that writes. Not all that do have such a name.
pub(super) fn writes(method: &str) -> bool {
    starts_with_one_of(method, &WRITING)
}

/// By the whole word: `Getaway` and `Listen` do not read, `Settle` is not `Set`.
fn starts_with_one_of(method: &str, verbs: &[&str]) -> bool {
    let is_word = |rest: &str| !rest.starts_with(|next: char| next.is_ascii_lowercase());
    verbs.iter().any(|verb| method.strip_prefix(verb).is_some_and(is_word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_count() {
        assert!(reads("GetAccount") && reads("List") && reads("Search2"));
        assert!(!reads("Getaway") && !reads("Listen") && !reads("getAccount"));
        assert!(writes("SetLimit") && writes("Cancel") && !writes("Settle"));
    }
}
