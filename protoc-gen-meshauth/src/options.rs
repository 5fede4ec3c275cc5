//! The plugin's options, read strictly: what is not understood is an error that lists what is.

use crate::error::{Error, ErrorKind};

/// What the plugins of one run must be given alike, since they write into each other's files.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) extern_paths: Vec<(String, String)>,
    pub(crate) compile_well_known_types: bool,
    pub(crate) default_package_filename: Option<String>,
    pub(crate) flat_output_dir: bool,
    pub(crate) no_include: bool,
}

const KNOWN: &str = "compile_well_known_types, default_package_filename=NAME, \
    extern_path=.PROTO=::RUST, flat_output_dir, no_include";

impl Options {
    /// Reads `name`, `name=value` and `name=key=value`, separated by commas.
    pub(crate) fn parse(parameter: &str) -> Result<Self, Error> {
        let mut options = Self::default();
        let mut seen = std::collections::BTreeSet::new();
        for option in parameter.split(',').filter(|option| !option.is_empty()) {
            let (name, value) = match option.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (option, None),
            };
            let key = if name == "extern_path" {
                option.rsplit_once('=').map_or(option, |o| o.0)
            } else {
                name
            };
            if !seen.insert(key) {
                return Err(refuse(format!("the option `{key}` is given twice")));
            }
            options.set(name, value)?;
        }
        Ok(options)
    }

    fn set(&mut self, name: &str, value: Option<&str>) -> Result<(), Error> {
        match name {
            "extern_path" => {
                let path = value.and_then(|value| value.split_once('='));
                let path = path.filter(|(proto, rust)| proto.starts_with('.') && !rust.is_empty());
                let (proto, rust) = path.ok_or_else(|| {
                    refuse(String::from("`extern_path` is written extern_path=.acme.v1=::acme::v1"))
                })?;
                self.extern_paths.push((proto.to_owned(), rust.to_owned()));
            }
            "default_package_filename" => {
                let value = value.filter(|value| !value.is_empty() && !value.contains(['/', '\\']));
                let name = value.ok_or_else(|| {
                    refuse(String::from("`default_package_filename` takes the name of a file"))
                })?;
                self.default_package_filename = Some(name.to_owned());
            }
            "compile_well_known_types" => self.compile_well_known_types = flag(name, value)?,
            "flat_output_dir" => self.flat_output_dir = flag(name, value)?,
            "no_include" => self.no_include = flag(name, value)?,
            _ => return Err(refuse(format!("unknown option `{name}`, there are: {KNOWN}"))),
        }
        Ok(())
    }
}

fn flag(name: &str, value: Option<&str>) -> Result<bool, Error> {
    match value {
        None | Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(_) => Err(refuse(format!("`{name}` takes true, false or nothing"))),
    }
}

fn refuse(what: String) -> Error {
    ErrorKind::Option(what).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_is_read() {
        let options = Options::parse(
            "extern_path=.a.v1=::a::v1,extern_path=.b=crate::b,compile_well_known_types,\
             flat_output_dir=true,no_include=false,default_package_filename=root",
        )
        .unwrap();
        assert_eq!(
            options.extern_paths,
            [
                (String::from(".a.v1"), String::from("::a::v1")),
                (String::from(".b"), String::from("crate::b")),
            ]
        );
        assert!(options.compile_well_known_types && options.flat_output_dir && !options.no_include);
        assert_eq!(options.default_package_filename.as_deref(), Some("root"));
        assert_eq!(Options::parse("").unwrap(), Options::default());
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for (parameter, says) in [
            ("file_descriptor_set", "unknown option `file_descriptor_set`, there are: compile"),
            ("=", "unknown option"),
            ("no_include=yes", "takes true, false or nothing"),
            ("no_include,no_include", "given twice"),
            ("extern_path=.a=::a,extern_path=.a=::b", "given twice"),
            ("extern_path=a=::a", "is written"),
            ("extern_path=.a", "is written"),
            ("default_package_filename=../x", "takes the name of a file"),
        ] {
            let error = Options::parse(parameter).unwrap_err().to_string();
            assert!(error.contains(says), "{parameter}: {error}");
        }
    }
}
