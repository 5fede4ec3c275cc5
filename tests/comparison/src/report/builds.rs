//! What guards cost the build.

use std::fmt;

use crate::measure::Build;

pub(super) fn write(f: &mut fmt::Formatter<'_>, builds: &[Build]) -> fmt::Result {
    let mut table = "";
    for build in builds {
        if table != build.table {
            table = &build.table;
            writeln!(
                f,
                "\n| {table} | wall, ms | CPU, ms | peak, MiB | to the first |\n|---|---|---|---|---|"
            )?;
        }
        let [wall, cpu, peak] = build.cost;
        let to_base = build.to_base.map(|ratio| format!("{ratio:.2}")).join(" / ");
        writeln!(f, "| {} | {wall:.0} | {cpu:.0} | {peak:.0} | {to_base} |", build.name)?;
    }
    writeln!(
        f,
        "\nMedians of processes in turn; ratios are of wall time, CPU time and peak memory.\n"
    )
}

/// The rows of the targets: what is wanted of generation and of the compiler.
pub(super) fn targets(builds: &[Build]) -> [(&'static str, &'static str, String); 2] {
    let last = |name: &str| builds.iter().rfind(|build| build.name == name);
    let generation = last("protoc-gen-meshauth").map(|build| {
        let [wall, cpu, _] = build.to_base;
        format!("{wall:.2} / {cpu:.2}, {:.0} MiB", build.cost[2])
    });
    let check = last("with guards").map(|build| {
        let [wall, cpu, _] = build.to_base;
        format!("{wall:.2} / {cpu:.2}")
    });
    let measured = |text: Option<String>| text.unwrap_or("–".to_owned());
    [
        (
            "generation of 10,000 methods, against protoc-gen-prost, wall / CPU, peak",
            "≤ 0.5, ≤ 118 MB",
            measured(generation),
        ),
        (
            "`cargo check` of 1,000 methods with guards against without, wall / CPU",
            "≤ 1.3",
            measured(check),
        ),
    ]
}
