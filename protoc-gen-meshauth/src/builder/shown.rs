//! The private settings of other crates' builders, read from what their `Debug` shows: there is no
//! other way to them.

use std::{
    collections::{BTreeSet, HashMap},
    fmt::Debug,
    path::PathBuf,
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The fields of a builder.
pub(super) struct Shown {
    /// As people call it: `tonic's builder`.
    name: &'static str,
    /// None if the builder is as it comes: then a version that shows itself in another way is no
    /// reason to refuse it.
    fields: Option<HashMap<String, TokenStream>>,
}

impl Shown {
    pub(super) fn of(name: &'static str, builder: &impl Debug, as_it_comes: &impl Debug) -> Self {
        let shown = format!("{builder:?}");
        let is_set = shown != format!("{as_it_comes:?}");
        Self { name, fields: is_set.then(|| fields(&shown).unwrap_or_default()) }
    }

    /// A flag, which is `default` unless it is set.
    pub(super) fn flag(&self, field: &str, default: bool) -> Result<bool, String> {
        let Some(value) = self.value(field)? else { return Ok(default) };
        match value.to_string().as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(self.unreadable(field)),
        }
    }

    /// The texts in a field, in whatever form they are there.
    pub(super) fn texts(&self, field: &str) -> Result<BTreeSet<String>, String> {
        let mut texts = BTreeSet::new();
        if let Some(value) = self.value(field)? {
            literals(value.clone(), &mut texts);
        }
        Ok(texts)
    }

    /// A text that may be there or not.
    pub(super) fn text(&self, field: &str) -> Result<Option<String>, String> {
        Ok(self.texts(field)?.pop_first())
    }

    pub(super) fn path(&self, field: &str) -> Result<Option<PathBuf>, String> {
        Ok(self.text(field)?.map(PathBuf::from))
    }

    /// That a setting is refused, and why.
    pub(super) fn refusal(&self, setting: &str, why: &str) -> String {
        format!("`{setting}` of {}: {why}", self.name)
    }

    fn value(&self, field: &str) -> Result<Option<&TokenStream>, String> {
        let Some(fields) = &self.fields else { return Ok(None) };
        fields.get(field).map(Some).ok_or_else(|| self.unreadable(field))
    }

    fn unreadable(&self, field: &str) -> String {
        format!(
            "`{field}` of {}: this version of it does not show whether it is set; use the versions \
             that meshauth is tested with, or leave the builder as it comes",
            self.name
        )
    }
}

/// The fields of `Name { field: value, .. }`.
fn fields(shown: &str) -> Option<HashMap<String, TokenStream>> {
    let tokens: TokenStream = shown.parse().ok()?;
    let TokenTree::Group(body) = tokens.into_iter().nth(1)? else { return None };
    let mut fields = HashMap::new();
    let mut tokens = body.stream().into_iter().peekable();
    while let Some(TokenTree::Ident(name)) = tokens.next() {
        let is_end = |token: &TokenTree| is(token, ',');
        let mut value = Vec::new();
        while let Some(token) = tokens.next_if(|token| !is_end(token)) {
            value.push(token);
        }
        tokens.next();
        fields.insert(name.to_string(), value.into_iter().skip(1).collect());
    }
    (body.delimiter() == Delimiter::Brace).then_some(fields)
}

fn is(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

fn literals(tokens: TokenStream, found: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => literals(group.stream(), found),
            TokenTree::Literal(literal) => {
                found.extend(
                    syn::parse_str(&literal.to_string()).map(|text: syn::LitStr| text.value()),
                );
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_as_they_were_set() {
        let odd = "a \"b\" \\ {\n}, c: d";
        let tonic = tonic_prost_build::configure().out_dir(odd).disable_comments(["a.B", "c.D"]);
        let shown = Shown::of("it", &tonic, &tonic_prost_build::configure());
        assert_eq!(shown.path("out_dir"), Ok(Some(PathBuf::from(odd))));
        assert_eq!(shown.texts("disable_comments").map(|texts| texts.len()), Ok(2));
        assert_eq!(shown.flag("use_arc_self", true), Ok(false));
        assert_eq!(shown.path("include_file"), Ok(None));
    }

    #[test]
    fn what_is_not_shown_is_an_error_unless_nothing_is_set() {
        #[derive(Debug)]
        struct Changed(#[expect(dead_code, reason = "it is only shown")] bool);
        let same = Shown::of("it", &Changed(true), &Changed(true));
        assert_eq!(same.flag("use_arc_self", false), Ok(false));
        let set = Shown::of("it", &Changed(false), &Changed(true));
        assert!(set.flag("use_arc_self", false).is_err_and(|says| says.contains("use_arc_self")));
    }
}
