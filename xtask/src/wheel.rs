//! `cargo xtask wheel`: the Python package as a wheel, and its tests in environments that have nothing else of the workspace.

use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tools::workspace::{build_directory, root, run};
use tools::{FreshEnvironment, PythonTools, RECORDING_LIBRARIES_VARIABLE, RecordingLibraries, found_or_skipped};

use crate::Outcome;

/// Names the wheel that is tested.
const WHEEL_VARIABLE: &str = "MOTORSRNN_WHEEL";

/// What a user does first, in an environment that has nothing else.
const FIRST_STEPS: &str = "
import motorsrnn as ms
decoder = ms.load('examples/decoder.img')
windows = decoder.windows(ms.Recording('examples/centre_out.nwb'))
X, y = windows[decoder.held_out(windows)]
assert decoder.scores_hash(X) == decoder.card['report']['scores_hash']
";

/// Builds the wheel, for systems that are years old, and tests it.
pub fn build_and_test() -> Outcome {
    let tools = PythonTools::find(&build_directory())?.with_zig()?;
    let folder = build_directory().join("wheels");
    let mut maturin = tools.maturin();
    maturin.args(["build", "--profile", "wheel", "--zig", "--compatibility", "manylinux_2_28"]);
    let wheel = build(without_places(&mut maturin), &folder)?;
    println!("{}: {} bytes", wheel.display(), fs::metadata(&wheel)?.len());
    test(&tools, &wheel)?;
    let benchmark = tools.python().arg("python/benchmarks/ticks.py").current_dir(root()).status()?;
    if benchmark.success() { Ok(()) } else { Err("the benchmark failed".into()) }
}

/// Builds the only wheel in a folder.
fn build(maturin: &mut Command, folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    let is_wheel = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "whl");
    let wheels = || -> std::io::Result<Vec<PathBuf>> {
        let entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
        Ok(entries.into_iter().map(|entry| entry.path()).filter(is_wheel).collect())
    };
    for old in wheels()? {
        fs::remove_file(old)?;
    }
    maturin.args(["--locked", "--quiet", "--manifest-path", "python/Cargo.toml", "--out"]).arg(folder);
    run(maturin.arg("--target-dir").arg(build_directory()).current_dir(root()))?;
    wheels()?.pop().ok_or_else(|| "maturin wrote no wheel".into())
}

/// Leaves the folders of this machine and the time out of the wheel, so that everybody builds the same.
fn without_places(maturin: &mut Command) -> &mut Command {
    /// 1 January 2020, the date of the files in the wheel.
    const DATE: &str = "1577836800";
    let home = |variable: &str, folder: &str| {
        let of_user = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(folder);
        std::env::var_os(variable).map_or_else(of_user, PathBuf::from)
    };
    let places = [
        (build_directory(), "target"),
        (root(), "motorsrnn"),
        (home("CARGO_HOME", ".cargo"), "cargo"),
        (home("RUSTUP_HOME", ".rustup"), "rustup"),
    ];
    let flags = |option: &str| -> OsString {
        // Of several that fit, the last holds: the build directory may be in the workspace.
        let flag = |(place, name): &(PathBuf, &str)| format!("{option}={}={name}", place.display());
        places.iter().rev().map(flag).collect::<Vec<_>>().join(" ").into()
    };
    maturin.env("RUSTFLAGS", flags("--remap-path-prefix")).env("SOURCE_DATE_EPOCH", DATE);
    maturin.env("CXXFLAGS", flags("-ffile-prefix-map")).env("CFLAGS", flags("-ffile-prefix-map"))
}

/// Tests a wheel: beside the tools, then alone.
fn test(tools: &PythonTools, wheel: &Path) -> Outcome {
    tools.install(wheel)?;
    let libraries = RecordingLibraries::find(&build_directory());
    let libraries = found_or_skipped("spikes of other libraries", libraries).and_then(|libraries| libraries.folder());
    let python = |module: &str, arguments: &[&str]| {
        let mut python = tools.python();
        python.args(["-m", module]).args(arguments).current_dir(root()).env(WHEEL_VARIABLE, wheel);
        if let Some(folder) = &libraries {
            python.env(RECORDING_LIBRARIES_VARIABLE, folder);
        }
        run(&mut python)
    };
    python("pytest", &PythonTools::PYTEST)?;
    PythonTools::MYPY.iter().try_for_each(|&arguments| python("mypy", arguments))?;
    python("mypy.stubtest", &PythonTools::STUBTEST)?;
    let alone = FreshEnvironment::with(&build_directory(), wheel)?;
    let decode =
        ["decode", "examples/centre_out.nwb", "--network", "examples/decoder.img", "--board", "sim", "--limit", "1"];
    run(alone.program("motorsrnn").args(decode).current_dir(root()))?;
    Ok(run(alone.program("python").args(["-c", FIRST_STEPS]).current_dir(root()))?)
}
