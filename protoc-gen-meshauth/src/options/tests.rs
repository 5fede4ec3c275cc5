use super::*;

#[test]
fn every_option_is_read() {
    let options = Options::parse(
        "extern_path=.a.v1=::a::v1,extern_path=.b=crate::b,compile_well_known_types,\
         flat_output_dir=true,no_include=false,no_client,no_transport,default_package_filename=root,\
         annotation=.acme.access,depth=nested,diagnostics=json,lint=public_write:deny,\
         lint=role_naming:allow,report_limit=7,proto_root=protos/,resources=false,runtime=::acme::auth,\
         tonic=false",
    )
    .unwrap();
    let pair = |proto: &str, rust: &str| (proto.to_owned(), rust.to_owned());
    assert_eq!(options.extern_paths, [pair(".a.v1", "::a::v1"), pair(".b", "crate::b")]);
    assert!(options.compile_well_known_types && options.flat_output_dir && !options.no_include);
    assert_eq!(options.default_package_filename.as_deref(), Some("root"));
    assert_eq!((&*options.annotation, &*options.runtime), ("acme.access", "::acme::auth"));
    assert_eq!((options.depth, options.diagnostics), (Depth::Nested, Format::Json));
    assert_eq!(options.levels.of(Lint::PublicWrite), Level::Deny);
    assert_eq!(options.levels.of(Lint::RoleNaming), Level::Allow);
    assert_eq!(options.levels.of(Lint::ViewerOnWrite), Level::Warn);
    assert_eq!(options.report_limit, Some(7));
    assert_eq!(Options::parse("report_limit=all").unwrap().report_limit, None);
    assert_eq!(options.proto_root.as_deref(), Some("protos/"));
    assert!(!options.resources && !options.tonic);
    assert!(options.no_client && options.no_transport);
    assert_eq!(Options::parse("").unwrap(), Options::default());
}

#[test]
fn what_is_listed_is_known() {
    for (form, what) in OPTIONS {
        assert!(!what.is_empty());
        let wrong = Options::parse(&format!("{}=", before(form, '='))).unwrap_err();
        assert!(!wrong.to_string().contains("unknown option"), "{form}: {wrong}");
    }
}

#[test]
fn what_is_not_understood_is_refused() {
    for (parameter, says) in [
        ("file_descriptor_set", "unknown option `file_descriptor_set`\nthere are:\n  compile"),
        ("dpeth=nested", "unknown option `dpeth`, did you mean `depth`?\nthere are:"),
        ("no-include,no_include=2,tonic", "did you mean `no_include`?\n`no_include` takes true"),
        ("=", "unknown option"),
        ("no_include=yes", "takes true, false or nothing"),
        ("no_include,no_include", "given twice"),
        ("extern_path=.a=::a,extern_path=.a=::b", "the option `extern_path=.a` is given twice"),
        ("lint=public_write:warn,lint=public_write:deny", "`lint=public_write` is given twice"),
        ("extern_path=a=::a", "is written extern_path=.PROTO=::RUST"),
        ("extern_path=.a", "is written"),
        ("extern_path=.a=::a b", "is written"),
        ("extern_path=.a=::a::<u8>", "is written"),
        ("extern_path=.a=super::a", "is written"),
        ("default_package_filename=../x", "is written default_package_filename=NAME"),
        ("default_package_filename", "is written"),
        ("default_package_filename=..", "is written"),
        ("default_package_filename=a\"); evil!(\"", "is written"),
        ("annotation=", "is written annotation=NAME"),
        ("depth=deep", "is written depth=direct|nested"),
        ("diagnostics", "is written diagnostics=text|json|github"),
        ("lint=public_write", "is written lint=NAME:allow|warn|deny"),
        ("lint=public_write:forbid", "is written lint=NAME:allow|warn|deny"),
        ("lint=public:deny", "there is no lint `public` (there are viewer_on_write, "),
        ("report_limit=0", "is written report_limit=NUMBER|all"),
        ("report_limit=none", "is written report_limit=NUMBER|all"),
        ("proto_root", "is written"),
        ("runtime=meshauth", "is written runtime=::RUST"),
    ] {
        let error = Options::parse(parameter).unwrap_err().to_string();
        assert!(error.contains(says), "{parameter}: {error}");
    }
}
