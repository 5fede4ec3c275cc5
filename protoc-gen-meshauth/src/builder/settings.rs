//! The settings of tonic's and prost's builders that concern meshauth, too: they are taken over here,
//! or refused. The rest of them tonic and prost follow by themselves.

use std::{collections::BTreeSet, env, path::PathBuf};

use super::{Builder, faults::Faults, refused, shown::Shown};
use crate::error::{Error, ErrorKind};

/// What was set, in whichever of the builders.
pub(super) struct Settings {
    pub(super) out_dir: PathBuf,
    /// prost's own is not known before it has written one.
    pub(super) include_file: Option<PathBuf>,
    pub(super) file_descriptor_set: Option<PathBuf>,
    pub(super) default_package_filename: Option<String>,
    /// The services and methods whose comments are left out, by full name.
    pub(super) without_comments: BTreeSet<String>,
    pub(super) rerun_if_changed: bool,
}

impl Settings {
    /// Reads them.
    ///
    /// # Errors
    /// All settings at once that would do nothing here or break the generated code, and those that
    /// contradict each other.
    pub(super) fn read(builder: &mut Builder) -> Result<Self, Error> {
        let tonic = Shown::of("tonic's builder", &builder.tonic, &tonic_prost_build::configure());
        let prost = Shown::of("prost's config", &builder.prost, &prost_build::Config::new());
        let mut faults = Faults::default();
        refused::by_tonic(&tonic, &mut faults);
        refused::by_prost(&prost, &mut builder.prost, &mut faults);
        let mut one = |name: &str, own: &Option<PathBuf>| {
            let others = [tonic.path(name), prost.path(name)];
            let [tonic, prost] = others.map(|path| faults.keep(path));
            let given = [own.clone(), tonic, prost];
            faults.keep(the_same(name, given.into_iter().flatten()))
        };
        let out_dir = one("out_dir", &builder.out_dir);
        let file_descriptor_set = one("file_descriptor_set_path", &builder.file_descriptor_set);
        let of_tonic = faults.keep(tonic.path("include_file"));
        let include_files = [builder.include_file.clone(), of_tonic].into_iter().flatten();
        let include_file = faults.keep(the_same("include_file", include_files));
        let rerun_if_changed = faults.keep(tonic.flag("emit_rerun_if_changed", true));
        let without_comments = faults.keep(tonic.texts("disable_comments"));
        let default_package_filename = faults.keep(prost.text("default_package_filename"));
        faults.none()?;
        let from_env = || env::var_os("OUT_DIR").map(PathBuf::from);
        let out_dir = out_dir.or_else(from_env).ok_or_else(|| {
            let what = "there is no OUT_DIR outside of a build script, set `out_dir`";
            ErrorKind::Option(what.to_owned())
        })?;
        Ok(Self {
            out_dir,
            include_file,
            file_descriptor_set,
            default_package_filename,
            without_comments,
            rerun_if_changed: rerun_if_changed && env::var_os("CARGO").is_some(),
        })
    }
}

/// The one value of a setting that can be given in several places.
pub(super) fn the_same(
    name: &str,
    given: impl IntoIterator<Item = PathBuf>,
) -> Result<Option<PathBuf>, String> {
    let given: BTreeSet<_> = given.into_iter().collect();
    if given.len() > 1 {
        let paths: Vec<_> = given.iter().map(|path| format!("`{}`", path.display())).collect();
        return Err(format!("`{name}` is set to {}: keep one of them", paths.join(" and to ")));
    }
    Ok(given.into_iter().next())
}
