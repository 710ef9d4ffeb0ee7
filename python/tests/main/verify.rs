//! The tests of the package and its types, on the native module of this build.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use tools::workspace::{build_directory, root};
use tools::{PythonTools, RecordingLibraries, found_or_skipped};

/// The tools, with the folder of the package; none if they cannot be installed.
static PACKAGE: LazyLock<Option<(PythonTools, PathBuf)>> = LazyLock::new(|| {
    let tools = found_or_skipped("the Python package", PythonTools::find(&build_directory()))?;
    let folder = build_directory().join("python-package");
    assemble(&folder.join("motorsrnn"));
    Some((tools, folder))
});

/// Puts the package's Python and the module of this build into a folder, as a wheel would.
fn assemble(folder: &Path) {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).unwrap();
    for entry in fs::read_dir(root().join("python/motorsrnn")).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
    }
    let program = std::env::current_exe().unwrap();
    let module = program.with_file_name("lib_motorsrnn.so");
    fs::copy(&module, folder.join("_motorsrnn.abi3.so"))
        .unwrap_or_else(|error| panic!("{}: {error}", module.display()));
}

/// Runs a module of Python at the root of the workspace; skipped without the tools.
fn python(module: &str, arguments: &[&str]) {
    let Some((tools, folder)) = &*PACKAGE else { return };
    let mut python = tools.python();
    python.args(["-m", module]).args(arguments).current_dir(root());
    python.env("PYTHONPATH", folder).env("MYPYPATH", folder);
    let libraries = found_or_skipped("spikes of other libraries", RecordingLibraries::find(&build_directory()));
    if let Some(libraries) = libraries.and_then(|libraries| libraries.folder()) {
        python.env(tools::RECORDING_LIBRARIES_VARIABLE, libraries);
    }
    let output = python.output().unwrap();
    let [printed, errors] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(output.status.success(), "{module} {}: {printed}{errors}", arguments.join(" "));
}

#[test]
fn the_tests_in_python_pass() {
    python("pytest", &PythonTools::PYTEST);
}

#[test]
fn the_package_is_typed() {
    for arguments in PythonTools::MYPY {
        python("mypy", arguments);
    }
}

#[test]
fn the_types_of_the_native_module_are_those_of_its_stub() {
    python("mypy.stubtest", &PythonTools::STUBTEST);
}
