use std::fs;

use tempfile::TempDir;

use super::*;

const KEY: &str = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE";

/// A user with a home, and a file at each place. They differ in the last digit of their group.
struct User {
    home: TempDir,
}

const NAMED: char = '1';
const IN_XDG: char = '2';
const IN_HOME: char = '3';

/// As it is for this platform's users.
const CONFIGURATION: &str = if cfg!(windows) {
    "AppData"
} else if cfg!(target_os = "macos") {
    "Library/Application Support"
} else {
    ".config"
};

impl User {
    fn new() -> Self {
        let user = Self { home: tempfile::tempdir().unwrap() };
        user.write(&user.path("named.json"), NAMED);
        user.write(&user.path("xdg/mesh/credentials.json"), IN_XDG);
        user.write(&user.in_home(), IN_HOME);
        user
    }

    fn path(&self, below: &str) -> PathBuf {
        self.home.path().join(below)
    }

    fn in_home(&self) -> PathBuf {
        self.path(CONFIGURATION).join("mesh").join("credentials.json")
    }

    fn write(&self, path: &Path, digit: char) {
        assert!(path.starts_with(self.home.path()));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let group = format!("groups/01JD8Q5V9WXKZ3T7B2N4M6P8R{digit}");
        fs::write(path, format!(r#"{{"api_key": "{KEY}", "group": "{group}"}}"#)).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }

    fn discover(&self, variables: &[(&str, &Path)]) -> Result<Credentials, CredentialsError> {
        let app_data = self.path("AppData");
        let variables = [variables, &[("APPDATA", &app_data)]].concat();
        let variable = |name: &str| {
            let found = variables.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| value.as_os_str().to_owned())
        };
        discover_in(variable, Some(self.home.path().to_owned()))
    }

    #[track_caller]
    fn assert_found(&self, variables: &[(&str, &Path)], digit: char) {
        let group = self.discover(variables).unwrap().group().to_string();
        assert_eq!(group.chars().last(), Some(digit));
    }

    #[track_caller]
    fn refused(&self, variables: &[(&str, &Path)]) -> CredentialsError {
        let error = self.discover(variables).expect_err("it is refused");
        let shown = format!("{error} {error:?} {error:#?}");
        assert!(!shown.contains(&KEY[..8]), "{shown}");
        error
    }
}

#[test]
fn the_variable_comes_first_then_xdg_then_the_platform() {
    let user = User::new();
    let (named, xdg) = (user.path("named.json"), user.path("xdg"));
    user.assert_found(&[("MESH_API_CREDENTIALS", &named), ("XDG_CONFIG_HOME", &xdg)], NAMED);
    user.assert_found(&[("XDG_CONFIG_HOME", &xdg)], IN_XDG);
    user.assert_found(&[], IN_HOME);
    for no_absolute_path in ["", "xdg", "./xdg"] {
        user.assert_found(&[("XDG_CONFIG_HOME", Path::new(no_absolute_path))], IN_HOME);
    }
}

#[test]
fn a_variable_that_is_set_never_falls_back() {
    let user = User::new();
    let broken = user.path("broken.json");
    user.write(&broken, '?');
    for (path, message) in [
        (user.path("missing.json"), "the credentials file cannot be opened"),
        (user.path("named.json/below"), "the credentials file cannot be opened"),
        (broken, "the field `group`: expected `groups/` and a ULID"),
    ] {
        let error = user.refused(&[("MESH_API_CREDENTIALS", &path)]);
        assert!(!error.is_not_found());
        let prefix = format!("{} (named by `MESH_API_CREDENTIALS`): {message}", path.display());
        assert!(error.to_string().starts_with(&prefix), "{error}");
    }
    let error = user.refused(&[("MESH_API_CREDENTIALS", Path::new(""))]);
    assert!(!error.is_not_found());
    assert_eq!(
        error.to_string(),
        "`MESH_API_CREDENTIALS` is set, but empty: set it to the path of a credentials file, or \
         unset it"
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_is_refused_at_both_places() {
    use std::os::unix::fs::PermissionsExt;

    let user = User::new();
    let (named, in_home) = (user.path("named.json"), user.in_home());
    for path in [&named, &in_home] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    }
    let error = user.refused(&[("MESH_API_CREDENTIALS", &named)]).to_string();
    assert!(error.starts_with(&format!("{} (named by", named.display())), "{error}");
    assert!(error.contains("`chmod 600`"), "{error}");
    let error = user.refused(&[]).to_string();
    assert!(error.starts_with(&format!("{}: others than", in_home.display())), "{error}");
}

#[test]
fn t_l01_a_key_in_the_variable_is_not_shown() {
    let user = User::new();
    for value in [
        KEY.to_owned(),
        format!(" {KEY}\n"),
        format!("Bearer {KEY}"),
        KEY[1..].to_owned(),
        format!(r#"{{"api_key": "{KEY}", "group": "groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA"}}"#),
        format!("{KEY}\0"),
        KEY.repeat(100),
    ] {
        let error = user.refused(&[("MESH_API_CREDENTIALS", Path::new(&value))]);
        assert!(!error.is_not_found());
        let shown = error.to_string();
        assert!(shown.starts_with("`MESH_API_CREDENTIALS` (its value is not shown: "), "{shown}");
        assert!(!shown.contains(&KEY[20..28]), "{shown}");
    }
}

#[test]
fn a_relative_path_in_the_variable_that_leads_to_a_file_is_told() {
    // The directory of the package is where tests run.
    let error = User::new().refused(&[("MESH_API_CREDENTIALS", Path::new("Cargo.toml"))]);
    let shown = error.to_string();
    assert!(shown.starts_with("Cargo.toml (named by `MESH_API_CREDENTIALS`): "), "{shown}");
}

#[test]
fn nothing_at_either_place_names_both() {
    let user = User::new();
    fs::remove_file(user.in_home()).unwrap();
    let error = user.refused(&[]);
    assert!(error.is_not_found());
    let expected = format!(
        "no credentials: set `MESH_API_CREDENTIALS` to the path of a credentials file, or put one \
         at {}",
        user.in_home().display()
    );
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_configuration_directory_that_cannot_be_looked_into_is_not_an_absence() {
    let user = User::new();
    let file = user.path("named.json");
    let error = user.refused(&[("XDG_CONFIG_HOME", &file)]);
    assert!(!error.is_not_found(), "{error}");
    assert!(error.to_string().starts_with(&file.display().to_string()), "{error}");
}

#[test]
fn without_an_absolute_home_there_is_only_the_variable() {
    for home in [None, Some(PathBuf::new()), Some(PathBuf::from("home"))] {
        let error = discover_in(|_| None, home).expect_err("it is refused");
        assert!(error.is_not_found());
        assert_eq!(
            error.to_string(),
            "no credentials: set `MESH_API_CREDENTIALS` to the path of a credentials file (this \
             user has no configuration directory to look in)"
        );
    }
}
